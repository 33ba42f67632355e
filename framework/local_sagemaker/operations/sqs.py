"""Queues: what a Callback step puts its message into, and whoever answers takes it out of.

A message that was received stays hidden for the visibility timeout, and is gone once it is deleted.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import hashlib
import time
from datetime import datetime, timedelta
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.errors import NotFoundError
from local_sagemaker.queues import MESSAGE, QUEUE, make, put

SERVICE = "sqs"
VISIBILITY_SECONDS = 30  # the service's default
POLL_SECONDS = 0.1


class NoQueue(NotFoundError):
    """Raised where there is no such queue."""

    code = "AWS.SimpleQueueService.NonExistentQueue"


def create_queue(account: Account, *, QueueName: str, **_: Any) -> dict[str, Any]:
    """CreateQueue; one that is there stays as it is."""
    url = f"https://sqs.{account.region}.amazonaws.com/{account.id}/{QueueName}"
    make(account, QueueName, url)
    return {"QueueUrl": url}


def get_queue_url(account: Account, *, QueueName: str, **_: Any) -> dict[str, Any]:
    """GetQueueUrl."""
    found = [one for one in account.store.list(QUEUE) if one["QueueName"] == QueueName]
    if not found:
        raise NoQueue(f"there is no queue {QueueName!r}")
    return {"QueueUrl": found[0]["QueueUrl"]}


def list_queues(account: Account, *, QueueNamePrefix: str = "", **_: Any) -> dict[str, Any]:
    """ListQueues."""
    found = [one for one in account.store.list(QUEUE) if one["QueueName"].startswith(QueueNamePrefix)]
    return {"QueueUrls": [one["QueueUrl"] for one in found]}


def send_message(account: Account, *, QueueUrl: str, MessageBody: str, **_: Any) -> dict[str, Any]:
    """SendMessage."""
    _check(account, QueueUrl)
    name = put(account, QueueUrl, MessageBody)
    return {"MessageId": name, "MD5OfMessageBody": _digest(MessageBody)}


def receive_message(
    account: Account,
    *,
    QueueUrl: str,
    MaxNumberOfMessages: int = 1,
    VisibilityTimeout: int = VISIBILITY_SECONDS,
    WaitTimeSeconds: int = 0,
    **_: Any,
) -> dict[str, Any]:
    """ReceiveMessage: the oldest that can be seen, for which it may wait."""
    _check(account, QueueUrl)
    deadline = time.monotonic() + WaitTimeSeconds
    while not (found := _taken(account, QueueUrl, MaxNumberOfMessages, VisibilityTimeout)):
        if time.monotonic() >= deadline:
            return {}
        time.sleep(POLL_SECONDS)
    return {"Messages": found}


def delete_message(account: Account, *, QueueUrl: str, ReceiptHandle: str) -> dict[str, Any]:
    """DeleteMessage."""
    _check(account, QueueUrl)
    with account.store.transaction() as records:
        records.delete(MESSAGE, ReceiptHandle.partition("/")[0])
    return {}


def _taken(account: Account, url: str, count: int, hidden_seconds: int) -> list[dict[str, Any]]:
    """The first messages that can be seen; from now on they cannot."""
    now = account.now()
    until = (datetime.fromisoformat(now) + timedelta(seconds=hidden_seconds)).isoformat(timespec="milliseconds")
    with account.store.transaction() as records:
        seen = [one for one in records.list(MESSAGE, (QUEUE, url)) if one["VisibleAt"] <= now][:count]
        return [
            {
                "MessageId": one["MessageId"],
                "ReceiptHandle": records.update(
                    MESSAGE,
                    one["MessageId"],
                    {"VisibleAt": until, "ReceiptHandle": f"{one['MessageId']}/{account.new_id()}"},
                )["ReceiptHandle"],
                "Body": one["Body"],
                "MD5OfBody": _digest(one["Body"]),
            }
            for one in seen
        ]


def _check(account: Account, url: str) -> None:
    if account.store.get(QUEUE, url) is None:
        raise NoQueue(f"there is no queue {url}")


def _digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

"""SQS operations on queues: a Callback step sends a message, and the program that answers the step receives it.

A received message is hidden for the visibility timeout. Deleting it removes it.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.definition.members.shared import TAGS
from local_sagemaker.definition.members.table import Table, each
from local_sagemaker.errors import NotFoundError
from local_sagemaker.operations._takes import takes
from local_sagemaker.operations.listing import ascending, page
from local_sagemaker.queues import MESSAGE, QUEUE, later, make_queue, put_message

SERVICE = "sqs"
VISIBILITY_SECONDS = 30  # the service's default
POLL_SECONDS = 0.1


class NoQueue(NotFoundError):
    """Raised when a queue does not exist."""

    code = "AWS.SimpleQueueService.NonExistentQueue"


@takes(
    Table(recorded={"tags": TAGS}, refused={"Attributes": "queues are standard ones, with default attributes, here"})
)
def create_queue(account: Account, *, QueueName: str) -> dict[str, Any]:
    """Create a queue; an existing one stays unchanged (CreateQueue)."""
    url = f"https://sqs.{account.region}.amazonaws.com/{account.id}/{QueueName}"
    make_queue(account, QueueName, url)
    return {"QueueUrl": url}


@takes(Table(refused={"QueueOwnerAWSAccountId": "only this account's queues are known here; leave it out"}))
def get_queue_url(account: Account, *, QueueName: str) -> dict[str, Any]:
    """Return a queue's URL (GetQueueUrl)."""
    queues = [queue for queue in account.store.list(QUEUE) if queue["QueueName"] == QueueName]
    if not queues:
        raise NoQueue(f"the queue {QueueName!r} does not exist")
    return {"QueueUrl": queues[0]["QueueUrl"]}


def list_queues(
    account: Account, *, QueueNamePrefix: str = "", MaxResults: int | None = None, NextToken: str | None = None
) -> dict[str, Any]:
    """List the URLs of the queues (ListQueues)."""
    queues = [queue for queue in account.store.list(QUEUE) if queue["QueueName"].startswith(QueueNamePrefix)]
    answer = page("QueueUrls", queues, ascending(MaxResults, NextToken))
    return answer | {"QueueUrls": [queue["QueueUrl"] for queue in answer["QueueUrls"]]}


@takes(
    Table(
        refused={
            **each("MessageAttributes MessageSystemAttributes", "messages have only a body here"),
            **each("MessageDeduplicationId MessageGroupId", "queues are not FIFO queues here"),
        }
    )
)
def send_message(account: Account, *, QueueUrl: str, MessageBody: str, DelaySeconds: int = 0) -> dict[str, Any]:
    """Put a message into a queue (SendMessage)."""
    _check_queue(account, QueueUrl)
    name = put_message(account, QueueUrl, MessageBody, DelaySeconds)
    return {"MessageId": name, "MD5OfMessageBody": _digest(MessageBody)}


@takes(
    Table(
        without_effect=each(
            "AttributeNames MessageSystemAttributeNames MessageAttributeNames", "messages have only a body here"
        ),
        refused={"ReceiveRequestAttemptId": "queues are not FIFO queues here"},
    )
)
def receive_message(
    account: Account,
    *,
    QueueUrl: str,
    MaxNumberOfMessages: int = 1,
    VisibilityTimeout: int = VISIBILITY_SECONDS,
    WaitTimeSeconds: int = 0,
) -> dict[str, Any]:
    """Return the oldest visible messages and hide them; wait if there are none (ReceiveMessage)."""
    _check_queue(account, QueueUrl)
    deadline = time.monotonic() + WaitTimeSeconds
    while not (messages := _take_messages(account, QueueUrl, MaxNumberOfMessages, VisibilityTimeout)):
        if time.monotonic() >= deadline:
            return {}
        time.sleep(POLL_SECONDS)
    return {"Messages": messages}


def delete_message(account: Account, *, QueueUrl: str, ReceiptHandle: str) -> dict[str, Any]:
    """Delete a received message (DeleteMessage)."""
    _check_queue(account, QueueUrl)
    with account.store.transaction() as records:
        records.delete(MESSAGE, ReceiptHandle.partition("/")[0])
    return {}


def _take_messages(account: Account, url: str, count: int, timeout_seconds: int) -> list[dict[str, Any]]:
    """Return the oldest visible messages; hide them from now on."""
    now, until = account.now(), later(account, timeout_seconds)
    with account.store.transaction() as records:
        visible = [message for message in records.list(MESSAGE, (QUEUE, url)) if message["VisibleAt"] <= now][:count]
        return [
            {
                "MessageId": message["MessageId"],
                "ReceiptHandle": records.update(
                    MESSAGE,
                    message["MessageId"],
                    {"VisibleAt": until, "ReceiptHandle": f"{message['MessageId']}/{account.new_id()}"},
                )["ReceiptHandle"],
                "Body": message["Body"],
                "MD5OfBody": _digest(message["Body"]),
            }
            for message in visible
        ]


def _check_queue(account: Account, url: str) -> None:
    if account.store.get(QUEUE, url) is None:
        raise NoQueue(f"the queue {url!r} does not exist")


def _digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

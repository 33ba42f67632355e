"""Stores the records of queues, which SQS's operations and Callback steps share."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from local_sagemaker.account import Account
from local_sagemaker.errors import JobError

QUEUE, MESSAGE = "queue", "message"
_URL = re.compile(r"https?://[^/\s]+/\d{12}/(?P<name>[\w-]{1,80}(\.fifo)?)")


def make_queue(account: Account, name: str, url: str) -> None:
    """Create a queue; leave an existing one as it is."""
    with account.store.transaction() as records:
        if records.get(QUEUE, url) is None:
            records.insert(QUEUE, url, {"QueueName": name, "QueueUrl": url})


def later(account: Account, seconds: int) -> str:
    """Return the time in so many seconds, as ``Account.now`` does."""
    return (datetime.fromisoformat(account.now()) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def put_message(account: Account, url: str, body: str, delay_seconds: int = 0) -> str:
    """Put a message into an existing queue, where it is hidden for the delay; return the message's id."""
    identifier = account.new_id(20)
    record = {"MessageId": identifier, "Body": body, "VisibleAt": later(account, delay_seconds), "ReceiptHandle": ""}
    account.store.insert(MESSAGE, identifier, record, (QUEUE, url))
    return identifier


def deliver_message(account: Account, url: str, body: str) -> None:
    """Put a message into a queue of any account and region; create the queue if it does not exist.

    Raises:
        JobError: if ``url`` is not the URL of a queue.
    """
    match = _URL.fullmatch(url)
    if match is None:
        example = "https://sqs.<region>.amazonaws.com/<account>/<name>"
        raise JobError(f"ClientError: {url!r} is not the URL of a queue; give one such as {example}")
    make_queue(account, match["name"], url)
    put_message(account, url, body)

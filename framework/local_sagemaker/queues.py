"""The queues' records: what SQS's operations and Callback steps share."""

from __future__ import annotations

import re

from local_sagemaker.account import Account
from local_sagemaker.errors import JobError

QUEUE, MESSAGE = "queue", "message"
_URL = re.compile(r"https?://[^/\s]+/\d{12}/(?P<name>[\w-]{1,80}(\.fifo)?)")


def make(account: Account, name: str, url: str) -> None:
    """A queue; one that is there stays as it is."""
    with account.store.transaction() as records:
        if records.get(QUEUE, url) is None:
            records.insert(QUEUE, url, {"QueueName": name, "QueueUrl": url})


def put(account: Account, url: str, body: str) -> str:
    """A message into a queue that is there; its id."""
    name = account.new_id(20)
    record = {"MessageId": name, "Body": body, "VisibleAt": account.now(), "ReceiptHandle": ""}
    account.store.insert(MESSAGE, name, record, (QUEUE, url))
    return name


def deliver(account: Account, url: str, body: str) -> None:
    """The same into a queue of any account and region; one that is not there is made.

    Raises:
        JobError: it is no URL of a queue.
    """
    match = _URL.fullmatch(url)
    if match is None:
        example = "https://sqs.<region>.amazonaws.com/<account>/<name>"
        raise JobError(f"ClientError: {url!r} is no URL of a queue, such as {example}")
    make(account, match["name"], url)
    put(account, url, body)

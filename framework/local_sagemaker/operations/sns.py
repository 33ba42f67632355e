"""Operations of SNS. Each message that would be sent becomes a file, which can be read here.

<root>/notifications/<time>-<id>.txt
"""

from __future__ import annotations

import re
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.definition.members.table import Table, each
from local_sagemaker.errors import ServiceError
from local_sagemaker.operations._takes import takes

SERVICE = "sns"
NOTIFICATIONS_FOLDER = "notifications"
SUBJECT_CHARACTERS, MESSAGE_BYTES = 100, 256 << 10
_TOPIC = re.compile(r"arn:[^:]+:sns:[^:]+:\d{12}:[\w-]{1,256}")


@takes(
    Table(
        without_effect={"MessageAttributes": "every message is a file, whatever its attributes"},
        refused={
            **each("TargetArn PhoneNumber", "messages are sent to topics here; use TopicArn"),
            "MessageStructure": "every protocol has the same message here; leave it out",
            **each("MessageDeduplicationId MessageGroupId", "topics are not FIFO topics here"),
        },
    )
)
def publish(account: Account, *, Message: str, TopicArn: str = "", Subject: str | None = None) -> dict[str, Any]:
    """Publish a message to a topic (Publish). Every topic exists; a subject must pass the checks that SNS makes."""
    if not _TOPIC.fullmatch(TopicArn):
        raise _invalid(f"TopicArn Reason: {TopicArn!r} is not the ARN of a topic")
    if Subject is not None and not (
        0 < len(Subject) <= SUBJECT_CHARACTERS and Subject.isascii() and Subject.isprintable() and Subject[0] != " "
    ):
        raise _invalid(f"Subject: {Subject!r} is not 1 to {SUBJECT_CHARACTERS} printable ASCII characters")
    if not Message or len(Message.encode()) > MESSAGE_BYTES:
        raise _invalid(f"Message too long or empty: it has {len(Message.encode())} bytes")
    identifier = account.new_id(20)
    folder = account.root / NOTIFICATIONS_FOLDER
    folder.mkdir(exist_ok=True)
    heading = f"Topic: {TopicArn}\n" + (f"Subject: {Subject}\n" if Subject else "")
    name = f"{account.clock().strftime('%Y%m%dT%H%M%S.%f')}-{identifier}.txt"
    partial = folder / f".{name}"
    partial.write_text(f"{heading}\n{Message}", encoding="utf-8")
    partial.replace(folder / name)
    return {"MessageId": identifier}


def _invalid(reason: str) -> ServiceError:
    return ServiceError(f"Invalid parameter: {reason}", "InvalidParameter")

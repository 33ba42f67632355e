"""What calls need of whoever makes them, and what a function's policy allows."""

from __future__ import annotations

import json
from collections.abc import Iterable

from handlers import FOLDER

#: Calls that are other permissions than their names say; none for what needs none.
PERMISSIONS = {
    "s3:HeadObject": {"s3:GetObject", "s3:ListBucket"},
    "s3:ListObjectsV2": {"s3:ListBucket"},
    "sts:GetCallerIdentity": set(),
    "iam:GetUser": set(),  # the provider's first try to learn the account's number; refused, it asks STS
}
#: What Lambda itself asks of a function's role, for the log.
LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}


def needed_actions(calls: Iterable[str]) -> set[str]:
    """What the calls, ``service:Operation`` each, needed."""
    named = {one.replace("monitoring:", "cloudwatch:") for one in calls}
    return {permission for one in named for permission in PERMISSIONS.get(one, {one})}


def allowed_actions(function: str) -> set[str]:
    """Actions of a function's policy.json."""
    document = json.loads(FOLDER.joinpath(function, "policy.json").read_text())
    return {action for statement in document["Statement"] for action in statement["Action"]}

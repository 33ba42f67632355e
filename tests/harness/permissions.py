"""Returns the permissions that calls need, and those that a function's policy allows."""

from __future__ import annotations

import json
from collections.abc import Iterable

from handlers import LAMBDAS_FOLDER

#: Calls whose permissions do not have the call's name -> those permissions; an empty set if the call needs none.
PERMISSIONS = {
    "s3:HeadObject": {"s3:GetObject", "s3:ListBucket"},
    "s3:ListObjectsV2": {"s3:ListBucket"},
    "sts:GetCallerIdentity": set(),
    "iam:GetUser": set(),  # the provider's first try to learn the account's number; if it is denied, it asks STS
}
#: Permissions of a function's role that Lambda itself needs, for the log.
LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}


def needed_actions(calls: Iterable[str]) -> set[str]:
    """Return the permissions that the calls, ``service:Operation`` each, needed."""
    names = {call.replace("monitoring:", "cloudwatch:") for call in calls}
    return {permission for name in names for permission in PERMISSIONS.get(name, {name})}


def allowed_actions(function: str) -> set[str]:
    """Return the actions of a function's policy.json."""
    document = json.loads(LAMBDAS_FOLDER.joinpath(function, "policy.json").read_text())
    return {action for statement in document["Statement"] for action in statement["Action"]}

"""Defines the account of definitions that are compiled for no account, and keeps it from being sent to AWS."""

from __future__ import annotations

from local_sagemaker.settings import DEFAULTS
from local_sagemaker.tools.command_errors import UsageError

import boto3

#: The account of bucket and role if none are given. AWS has no such account, so a definition that was compiled with it
#: can be read, compared and run on this machine; upserting it to AWS is refused.
PLACEHOLDER_ACCOUNT = DEFAULTS["account"]


def refuse_placeholder(text: str, session: boto3.Session) -> None:
    """Raise UsageError if text with the placeholder account would be sent to AWS, rather than to this machine."""
    if PLACEHOLDER_ACCOUNT not in text:
        return
    account = session.client("sts").get_caller_identity()["Account"]
    if account != PLACEHOLDER_ACCOUNT:
        raise UsageError(
            f"the pipeline was compiled with placeholders for role or bucket, and the session is of account {account}; "
            "give get_pipeline a role and a default_bucket"
        )

"""Operations of STS, which return the caller's identity."""

from __future__ import annotations

from typing import Any

from local_sagemaker.account import Account

SERVICE = "sts"


def get_caller_identity(account: Account) -> dict[str, Any]:
    """Return the caller's identity: an assumed session of the root folder's own role (GetCallerIdentity)."""
    assumed = f"arn:aws:sts::{account.id}:assumed-role/{account.role_arn.rpartition('/')[2]}/local"
    return {"UserId": "LOCAL", "Account": account.id, "Arn": assumed}

"""STS: who am I?"""

from __future__ import annotations

from typing import Any

from local_sagemaker.account import Account

SERVICE = "sts"


def get_caller_identity(account: Account) -> dict[str, Any]:
    """GetCallerIdentity: whoever calls has assumed the root folder's own role."""
    assumed = f"arn:aws:sts::{account.id}:assumed-role/{account.role_arn.rpartition('/')[2]}/local"
    return {"UserId": "LOCAL", "Account": account.id, "Arn": assumed}

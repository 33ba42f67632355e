"""STS: who am I?"""

from __future__ import annotations

from typing import Any

from local_sagemaker.account import Account

SERVICE = "sts"


def get_caller_identity(account: Account) -> dict[str, Any]:
    """GetCallerIdentity: the root folder's own account."""
    return {"UserId": "LOCAL", "Account": account.id, "Arn": account.role_arn}

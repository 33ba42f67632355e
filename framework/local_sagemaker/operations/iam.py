"""IAM operations that the SDK calls before it compiles or creates a pipeline. Nothing is ever denied here."""

from __future__ import annotations

from typing import Any

from local_sagemaker.account import Account

SERVICE = "iam"


def get_role(account: Account, *, RoleName: str) -> dict[str, Any]:
    """Return a role; every role exists (GetRole)."""
    return {
        "Role": {
            "Path": "/",
            "RoleName": RoleName,
            "RoleId": "AROALOCALSAGEMAKER",
            "Arn": f"arn:aws:iam::{account.id}:role/{RoleName}",
            "CreateDate": account.now(),
        }
    }


def simulate_principal_policy(
    account: Account,
    *,
    PolicySourceArn: str,
    ActionNames: list[str],
    ResourceArns: list[str] | None = None,
    **context: Any,
) -> dict[str, Any]:
    """Allow every action, as no policy is enforced on this machine (SimulatePrincipalPolicy)."""
    results = [{"EvalActionName": action, "EvalDecision": "allowed"} for action in ActionNames]
    return {"EvaluationResults": results, "IsTruncated": False}

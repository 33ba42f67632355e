"""IAM: as much as the SDK asks before it compiles or creates a pipeline. Nothing is ever denied here."""

from __future__ import annotations

from typing import Any

from local_sagemaker.account import Account

SERVICE = "iam"


def get_role(account: Account, *, RoleName: str) -> dict[str, Any]:
    """GetRole: every role exists."""
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
    """SimulatePrincipalPolicy: allowed, as no policy is enforced on this machine."""
    results = [{"EvalActionName": action, "EvalDecision": "allowed"} for action in ActionNames]
    return {"EvaluationResults": results, "IsTruncated": False}

"""IAM operations that the SDK calls before it compiles or creates a pipeline. Nothing is ever denied here."""

from __future__ import annotations

from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.definition.members.table import Table, each
from local_sagemaker.operations._takes import takes

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


@takes(
    Table(
        recorded=each(
            "PolicyInputList PermissionsBoundaryPolicyInputList PolicyExclusionList ResourcePolicy ResourceOwner "
            "CallerArn ContextEntries ResourceHandlingOption MaxItems Marker",
            "no policy is enforced here, so every action is allowed",
        )
    )
)
def simulate_principal_policy(
    account: Account,
    *,
    PolicySourceArn: str,
    ActionNames: list[str],
    ResourceArns: list[str] | None = None,
) -> dict[str, Any]:
    """Allow every action, as no policy is enforced on this machine (SimulatePrincipalPolicy)."""
    results = [{"EvalActionName": action, "EvalDecision": "allowed"} for action in ActionNames]
    return {"EvaluationResults": results, "IsTruncated": False}

"""IAM operations that the SDK calls before it compiles or creates a pipeline. Nothing is ever denied here."""

from __future__ import annotations

from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.definition.members.table import Table, each
from local_sagemaker.errors import ServiceError
from local_sagemaker.operations._takes import takes
from local_sagemaker.store import Exists

SERVICE = "iam"
_ROLE_RECORD = "role"
_NOT_ASSUMED = "no role is assumed and no policy is enforced on this machine"


def get_role(account: Account, *, RoleName: str) -> dict[str, Any]:
    """Return a role; every role exists (GetRole)."""
    return {"Role": account.store.get(_ROLE_RECORD, RoleName) or _role(account, RoleName)}


@takes(
    Table(
        recorded=each("AssumeRolePolicyDocument Description MaxSessionDuration PermissionsBoundary Tags", _NOT_ASSUMED)
    )
)
def create_role(account: Account, *, RoleName: str, Path: str = "/", **optional: Any) -> dict[str, Any]:
    """Record a role (CreateRole)."""
    described = {name: optional[name] for name in ("Description", "MaxSessionDuration", "Tags") if name in optional}
    document = _role(account, RoleName) | {"Path": Path} | described
    try:
        account.store.insert(_ROLE_RECORD, RoleName, document)
    except Exists:
        raise ServiceError(f"Role with name {RoleName} already exists.", "EntityAlreadyExists", 409) from None
    return {"Role": document}


@takes(Table(recorded=each("RoleName PolicyArn", _NOT_ASSUMED)))
def attach_role_policy(account: Account, **_members: Any) -> dict[str, Any]:
    """Accept a policy, which no role needs here (AttachRolePolicy)."""
    return {}


@takes(Table(recorded=each("RoleName PolicyName PolicyDocument", _NOT_ASSUMED)))
def put_role_policy(account: Account, **_members: Any) -> dict[str, Any]:
    """Accept a policy, which no role needs here (PutRolePolicy)."""
    return {}


def _role(account: Account, name: str) -> dict[str, Any]:
    return {
        "Path": "/",
        "RoleName": name,
        "RoleId": "AROALOCALSAGEMAKER",
        "Arn": f"arn:aws:iam::{account.id}:role/{name}",
        "CreateDate": account.now(),
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

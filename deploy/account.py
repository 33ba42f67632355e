"""Reads the facts about a target account from its SSM parameters, which deploy/base creates."""

from __future__ import annotations

from typing import Any, NamedTuple

from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.targets import Target

import boto3


class AccountFacts(NamedTuple):
    """Holds an account's bucket, its jobs' role, and its security settings; these are None or empty if not required."""

    bucket: str
    role: str
    kms_key: str | None
    permissions_boundary: str | None
    security_group_ids: list[str]
    subnets: list[str]


#: Fact -> name of its parameter, and whether it is required.
SSM_PARAMETERS = {
    "bucket": ("/{environment}/sagemaker_ml_artifacts_s3_bucket", True),
    "role": ("/{environment}/sagemaker_role_arn", True),
    "kms_key": ("/{environment}/sagemaker_kms_key_arn", False),
    "permissions_boundary": ("/{environment}/sagemaker_permissions_boundary_arn", False),
    "security_group_ids": ("sagemaker-domain-sg", False),
    "subnets": ("private-subnets-ids", False),
}
_LIST_FACTS = ("security_group_ids", "subnets")


def sign_in(profile: str, region: str, account: str) -> Target:
    """Open a session with a profile; check its account, so that nothing is ever written to another one.

    Raises:
        UsageError: the profile belongs to another account.
    """
    session = boto3.Session(profile_name=profile, region_name=region)
    session_account = session.client("sts").get_caller_identity()["Account"]
    if session_account != account:
        raise UsageError(
            f"profile {profile!r} belongs to account {session_account}, not to {account}, which the flags name"
        )
    return Target(session)


def account_facts(target: Target, environment: str) -> AccountFacts:
    """Read the account's facts.

    Raises:
        UsageError: a required one is missing.
    """
    names = {fact: name.format(environment=environment) for fact, (name, _) in SSM_PARAMETERS.items()}
    parameters = target.session.client("ssm").get_parameters(Names=list(names.values()))["Parameters"]
    values = {parameter["Name"]: parameter["Value"].strip() for parameter in parameters}
    missing = [
        names[fact] for fact, (_, is_required) in SSM_PARAMETERS.items() if is_required and not values.get(names[fact])
    ]
    if missing:
        raise UsageError(
            f"the account has no SSM parameter {' and none '.join(map(repr, missing))}: apply deploy/base there, with "
            f"Environment = {environment!r}"
        )
    return AccountFacts(**{fact: _read(fact, values.get(name, "")) for fact, name in names.items()})


def _read(fact: str, value: str) -> Any:
    if fact in _LIST_FACTS:
        return [item.strip() for item in value.split(",") if item.strip()]
    return value or None

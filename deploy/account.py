"""What an account that is deployed to says of itself: SSM parameters, which deploy/base makes."""

from __future__ import annotations

from typing import Any, NamedTuple

from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.targets import Target

import boto3


class AccountFacts(NamedTuple):
    """Bucket, role of the jobs, and security settings; None or nothing where the account asks for none."""

    bucket: str
    role: str
    kms_key: str | None
    permissions_boundary: str | None
    security_group_ids: list[str]
    subnets: list[str]


#: Fact -> name of the parameter, and whether there has to be one.
PARAMETERS = {
    "bucket": ("/{environment}/sagemaker_ml_artifacts_s3_bucket", True),
    "role": ("/{environment}/sagemaker_role_arn", True),
    "kms_key": ("/{environment}/sagemaker_kms_key_arn", False),
    "permissions_boundary": ("/{environment}/sagemaker_permissions_boundary_arn", False),
    "security_group_ids": ("sagemaker-domain-sg", False),
    "subnets": ("private-subnets-ids", False),
}
_LISTS = ("security_group_ids", "subnets")


def sign_in(profile: str, region: str, account: str) -> Target:
    """A session of a profile, which has to be of that account: nothing is ever written into another one.

    Raises:
        UsageError: it is of another account.
    """
    session = boto3.Session(profile_name=profile, region_name=region)
    found = session.client("sts").get_caller_identity()["Account"]
    if found != account:
        raise UsageError(f"profile {profile!r} is of account {found}, and not of {account}, which was named")
    return Target(session)


def account_facts(target: Target, environment: str) -> AccountFacts:
    """Read them.

    Raises:
        UsageError: one that has to be there is not.
    """
    names = {fact: name.format(environment=environment) for fact, (name, _) in PARAMETERS.items()}
    found = target.session.client("ssm").get_parameters(Names=list(names.values()))["Parameters"]
    values = {one["Name"]: one["Value"].strip() for one in found}
    missing = [names[fact] for fact, (_, has_to_be) in PARAMETERS.items() if has_to_be and not values.get(names[fact])]
    if missing:
        raise UsageError(
            f"the account has no SSM parameter {' and none '.join(map(repr, missing))}: apply deploy/base there, with "
            f"Environment = {environment!r}"
        )
    return AccountFacts(**{fact: _read(fact, values.get(name, "")) for fact, name in names.items()})


def _read(fact: str, value: str) -> Any:
    if fact in _LISTS:
        return [one.strip() for one in value.split(",") if one.strip()]
    return value or None

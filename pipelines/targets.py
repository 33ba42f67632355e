"""Where a command works: on AWS, or with ``--local`` in a folder of this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipelines._offline import region_or_environment
from pipelines.errors import UsageError

import boto3

LOCAL_CONFIG = Path(__file__).with_name("local.toml")


@dataclass(frozen=True)
class Target:
    """A boto3 session, what get_pipeline is to be told about its account, and the root folder where it is local."""

    session: boto3.Session
    defaults: dict[str, Any]
    root: Path | None = None

    @property
    def client(self) -> Any:
        """boto3's SageMaker client."""
        return self.session.client("sagemaker")

    @property
    def bucket(self) -> str:
        """For code, outputs and what the command itself uploads."""
        return str(self.defaults["default_bucket"])


def open_target(local: str | bool | None, given: Mapping[str, Any], role: str | None) -> Target:
    """The target that the command line names.

    Args:
        local: the root folder of ``--local``, True for the default one, or None for AWS.
        given: get_pipeline's keyword arguments; region and default_bucket are those of the target where they are given.
        role: of ``--role-arn``, for the jobs too where the keyword arguments name none.

    Raises:
        UsageError: no region anywhere, or a folder without a name.
    """
    if local == "":
        raise UsageError("--local '' names no folder; leave the name out for .local-sagemaker")
    target = _aws(given, role) if local is None else _local(None if local is True else str(local), role)
    return replace(target, defaults={name: given.get(name) or value for name, value in target.defaults.items()})


def _aws(given: Mapping[str, Any], role: str | None) -> Target:
    region = region_or_environment(given.get("region"))
    session = boto3.Session(region_name=region)
    bucket = given.get("default_bucket")
    if not bucket:
        bucket = f"sagemaker-{region}-{session.client('sts').get_caller_identity()['Account']}"
    return Target(session, {"region": region, "role": role, "default_bucket": bucket})


def _local(root: str | None, role: str | None) -> Target:
    # Here and not above: only --local needs this machine.
    from local_sagemaker.account import open_account
    from local_sagemaker.session import on

    account = open_account(root, LOCAL_CONFIG)
    defaults = {
        "region": account.region,
        "role": role or account.role_arn,
        "default_bucket": account.default_bucket,
    }
    return Target(on(account), defaults, account.root)

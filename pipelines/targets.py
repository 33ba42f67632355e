"""Where a command works: on AWS, or with ``--local`` in a folder of this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
        """For what the command itself uploads: the bucket that SageMaker's SDK would take."""
        if bucket := self.defaults.get("default_bucket"):
            return str(bucket)
        account = self.session.client("sts").get_caller_identity()["Account"]
        return f"sagemaker-{self.session.region_name}-{account}"


def open_target(local: str | None, region: str | None) -> Target:
    """The target that the command line names.

    Args:
        local: the root folder of ``--local``, or None for AWS.
        region: where it is given; else the environment's, with ``--local`` that of local.toml.
    """
    if local == "":
        raise UsageError("--local '' names no folder; leave the name out for .local-sagemaker")
    if local is None:
        session = boto3.Session(region_name=region)
        return Target(session, {"region": region} if region else {})
    # Here and not above: only --local needs this machine.
    from local_sagemaker.account import open_account
    from local_sagemaker.session import on

    account = open_account(local, LOCAL_CONFIG)
    defaults = {"region": account.region, "role": account.role_arn, "default_bucket": account.default_bucket}
    return Target(on(account), defaults, account.root)

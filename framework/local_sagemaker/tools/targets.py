"""Where a command works: on AWS, or with ``--local`` in a folder of this machine; as which role, in which bucket."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from local_sagemaker import project
from local_sagemaker.tools.command_errors import UsageError

import boto3

RECORDS = "records.sqlite"
#: What a Studio space knows of itself.
STUDIO = Path("/opt/ml/metadata/resource-metadata.json")


@dataclass(frozen=True)
class Target:
    """A boto3 session, and the root folder where it is local."""

    session: boto3.Session
    root: Path | None = None

    @cached_property
    def client(self) -> Any:
        """boto3's SageMaker client."""
        return self.session.client("sagemaker")

    @property
    def options(self) -> str:
        """How a command is told of this target: what to append to one that is shown to a person."""
        return local_option(self.root)

    @property
    def where(self) -> dict[str, str]:
        """What a result says of this target: its root folder, where it has one."""
        return {"root": str(self.root)} if self.root else {}

    def defaults(self, given: Mapping[str, Any], role: str | None) -> dict[str, Any]:
        """What get_pipeline is told about the account.

        Args:
            given: the keyword arguments of the command line, which win.
            role: of ``--role-arn``; on this machine any role will do.
        """
        role = given.get("role") or role or (execution_role(self.session) if self.root else None)
        bucket = given.get("default_bucket") or default_bucket(self.session)
        return {"region": given.get("region") or self.session.region_name, "role": role, "default_bucket": bucket}


def open_target(local: str | bool | None, region: str | None = None) -> Target:
    """The target that the command line names.

    Args:
        local: the root folder of ``--local``, True for the default one, or None for AWS.
        region: on AWS; else that of the environment or the profile. On this machine local.toml says it.

    Raises:
        UsageError: no region anywhere, or a folder without a name.
    """
    if local is None:
        found = region or os.environ.get("AWS_REGION") or boto3.Session().region_name
        if not found:
            raise UsageError(
                "no region: set AWS_REGION, or name one by --region (run-pipeline: --kwargs "
                """'{"region": "eu-west-1"}'); --local needs none"""
            )
        return Target(boto3.Session(region_name=found))
    if local == "":
        raise UsageError("--local '' names no folder; leave the name out for .local-sagemaker")
    # Here and not above: only --local needs this machine.
    from local_sagemaker.account import open_account
    from local_sagemaker.session import on

    account = open_account(None if local is True else str(local), project.config())
    return Target(on(account), account.root)


def open_existing_target(local: str | bool | None, region: str | None = None) -> Target:
    """The same, for a command that only looks: a root folder that is not there is not made.

    Raises:
        UsageError: there is none.
    """
    if local:
        from local_sagemaker.account import DEFAULT_ROOT

        root = Path(DEFAULT_ROOT if local is True else local)
        if not root.joinpath(RECORDS).is_file():
            raise UsageError(
                f"{str(root)!r} is no root folder of a local run; run-pipeline --local makes one. "
                "A name goes before --local, as in: pipelines show NAME --local"
            )
    return open_target(local, region)


def local_option(root: Path | None) -> str:
    """`` --local ROOT``, without the root where it is the default one."""
    if root is None:
        return ""
    from local_sagemaker.account import DEFAULT_ROOT

    return " --local" if root == Path.cwd() / DEFAULT_ROOT else f" --local {root}"


def execution_role(session: boto3.Session, metadata: Path = STUDIO) -> str:
    """ARN of the role that the caller works as, such as a Studio user's execution role, which the space itself tells.

    Raises:
        UsageError: the caller is signed in as something else.
    """
    arn = session.client("sts").get_caller_identity()["Arn"]
    told = str(json.loads(metadata.read_text(encoding="utf-8")).get("ExecutionRoleArn")) if metadata.is_file() else ""
    if told.startswith(f"arn:{arn.split(':')[1]}:iam::{arn.split(':')[4]}:role/"):
        return told
    if ":assumed-role/" not in arn:
        raise UsageError(f"{arn} is no role that jobs could assume; give the ARN of one")
    # The caller's ARN leaves out the role's path, as in role/service-role/Name.
    return str(session.client("iam").get_role(RoleName=arn.split("/")[1])["Role"]["Arn"])


def default_bucket(session: boto3.Session) -> str:
    """Name of the bucket that SageMaker's SDK takes in this account and region where none is named."""
    return f"sagemaker-{session.region_name}-{session.client('sts').get_caller_identity()['Account']}"

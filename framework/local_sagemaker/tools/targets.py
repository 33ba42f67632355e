"""Determines where a command works: on AWS, or with ``--local`` in a folder of this machine; its role and bucket."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from local_sagemaker.definition.definition import Definition
from local_sagemaker.root import DEFAULT_ROOT, RECORDS_FILE
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.command_names import FRAMEWORK, command_name, run_name

import boto3

#: Metadata that a Studio space has about itself.
STUDIO_METADATA = Path("/opt/ml/metadata/resource-metadata.json")


@dataclass(frozen=True)
class Target:
    """A boto3 session, and the root folder if it is a local one."""

    session: boto3.Session
    root: Path | None = None

    @cached_property
    def client(self) -> Any:
        """boto3's SageMaker client."""
        return self.session.client("sagemaker")

    @property
    def options(self) -> str:
        """The options that select this target, to be appended to a command that is shown to the user."""
        return local_option(self.root)

    @property
    def where(self) -> dict[str, str]:
        """The members of a result that describe this target: its root folder, if it has one."""
        return {"root": str(self.root)} if self.root else {}

    def check_start(
        self, definition: Definition, values: Mapping[str, str], uploads: Collection[tuple[str, str]], notes: bool
    ) -> None:
        """Check what a start on this machine would check, before anything is created or uploaded; on AWS nothing.

        Args:
            definition: the definition.
            values: parameter -> value.
            uploads: bucket and key of each object that will be uploaded before the start.
            notes: whether to print what has no effect here; a start itself prints it, too.

        Raises:
            DefinitionError: the execution cannot start; the message lists what is wrong.
        """
        if self.root is None:
            return
        # Imported here: only --local needs the local service.
        from local_sagemaker import start_checks
        from local_sagemaker.account import open_account

        account = open_account(self.root)
        start = start_checks.check_start(account, definition, values, uploads)
        if notes:
            start_checks.print_notes(start)

    def defaults(self, arguments: Mapping[str, Any], role: str | None) -> dict[str, Any]:
        """Return the keyword arguments of get_pipeline that describe the account.

        Args:
            arguments: keyword arguments of the command line, which take precedence.
            role: value of ``--role-arn``; on this machine any role works.
        """
        role = arguments.get("role") or role or (execution_role(self.session) if self.root else None)
        bucket = arguments.get("default_bucket") or default_bucket(self.session)
        return {"region": arguments.get("region") or self.session.region_name, "role": role, "default_bucket": bucket}


def open_target(local: str | bool | None, region: str | None = None) -> Target:
    """Return the target that the command line names.

    Args:
        local: the root folder of ``--local``, True for the default folder, or None for AWS.
        region: the AWS region; by default that of the environment or the profile. On this machine local.toml sets it.

    Raises:
        UsageError: no region is set anywhere, or the folder's name is empty.
    """
    if local is None:
        region_name = region or os.environ.get("AWS_REGION") or boto3.Session().region_name
        if not region_name:
            raise UsageError(
                "no region: set AWS_REGION, or use --region (run-pipeline: --kwargs "
                """'{"region": "eu-west-1"}'); --local needs none"""
            )
        return Target(boto3.Session(region_name=region_name))
    if local == "":
        raise UsageError("--local '' names no folder; omit the name for .local-sagemaker")
    # Imported here: only --local needs the local service.
    from local_sagemaker.account import open_account
    from local_sagemaker.session import session_for

    account = open_account(None if local is True else str(local))
    return Target(session_for(account), account.root)


def open_existing_target(local: str | bool | None, region: str | None = None) -> Target:
    """Return the target for a command that only reads: a missing root folder is not created.

    Raises:
        UsageError: the root folder does not exist.
    """
    if local:
        root = Path(DEFAULT_ROOT if local is True else local)
        if not root.joinpath(RECORDS_FILE).is_file():
            raise UsageError(
                f"{str(root)!r} is not the root folder of a local run; {run_name()}{local_option(root)} creates one. "
                f"Put a name before --local, as in: {command_name()} show NAME --local"
            )
    return open_target(local, region)


def local_option(root: Path | None) -> str:
    """Return `` --local ROOT``, without ROOT if it is the default folder; empty on AWS.

    With the framework's own command, this machine is the default, and `` --aws`` selects AWS.
    """
    is_default_local = command_name() == FRAMEWORK
    if root is None:
        return " --aws" if is_default_local else ""
    if Path.cwd() / root != Path.cwd() / DEFAULT_ROOT:
        return f" --local {root}"
    return "" if is_default_local else " --local"


def execution_role(session: boto3.Session, metadata: Path = STUDIO_METADATA) -> str:
    """Return the ARN of the caller's role, such as a Studio user's execution role, which the space's metadata name.

    Raises:
        UsageError: the caller is not signed in with a role.
    """
    arn = session.client("sts").get_caller_identity()["Arn"]
    studio_role = (
        str(json.loads(metadata.read_text(encoding="utf-8")).get("ExecutionRoleArn")) if metadata.is_file() else ""
    )
    if studio_role.startswith(f"arn:{arn.split(':')[1]}:iam::{arn.split(':')[4]}:role/"):
        return studio_role
    if ":assumed-role/" not in arn:
        raise UsageError(f"{arn} is not a role that jobs could assume; give a role's ARN")
    # The caller's ARN omits the role's path, as in role/service-role/Name.
    return str(session.client("iam").get_role(RoleName=arn.split("/")[1])["Role"]["Arn"])


def default_bucket(session: boto3.Session) -> str:
    """Return the name of the bucket that SageMaker's SDK uses by default in this account and region."""
    return f"sagemaker-{session.region_name}-{session.client('sts').get_caller_identity()['Account']}"

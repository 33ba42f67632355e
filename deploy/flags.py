"""Defines the flags of a target's build.py, and checks their values before AWS is called."""

from __future__ import annotations

import argparse
import re
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from deploy.release import PATIENCE
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.modules import convert_struct

#: Stage -> environment, named as in AWS's deployment samples.
STAGES = {"staging": "preprod", "prod": "prod"}
#: Arguments of get_pipeline that --kwargs may not set: their values come from the flags and the account.
RESERVED_ARGUMENTS = {
    "region", "role", "default_bucket", "model_package_group_name", "pipeline_name", "base_job_prefix",
    "approved_model_function", "kms_key", "subnets", "security_group_ids", "sagemaker_project_name", "session",
}  # fmt: skip


class ProjectNames(NamedTuple):
    """Builds the names that contain project, id and environment."""

    project: str
    project_id: str
    environment: str

    @property
    def prefix(self) -> str:
        """Prefix that everything in the bucket has."""
        return f"{self.project}-{self.project_id}"

    @property
    def pipeline(self) -> str:
        """The pipeline's name, which is in lower case, like SageMaker's ARNs, because the templates contain its ARN."""
        return f"{self.prefix}-{self.environment}".lower()

    @property
    def function(self) -> str:
        """Name of the function that looks up the model: without the project's id, to be at most 64 characters long."""
        return f"sagemaker-{self.project}-{self.environment}-model"


def add_flags(parser: argparse.ArgumentParser, forms: Collection[str]) -> None:
    """Add the flags; ``forms`` are the values that --code accepts."""
    add = parser.add_argument
    add("--sagemaker-project-name", required=True, metavar="NAME", type=_project_name)
    add("--sagemaker-project-id", required=True, metavar="ID", type=_project_id)
    add(
        "--model-package-group-name",
        required=True,
        metavar="GROUP",
        help="model package group; it has the same name in both accounts",
    )
    add(
        "--model-package-version",
        type=_positive_integer,
        metavar="N",
        help="version in the training account; default: the newest approved one",
    )
    add(
        "--no-pin",
        dest="pin",
        action="store_false",
        help="deploy that version, but score with a newer one once it is approved",
    )
    add("--stage", required=True, choices=list(STAGES))
    add("--environment", required=True, choices=list(STAGES.values()))
    add("--region", required=True, metavar="REGION")
    add("--training-id", required=True, metavar="ACCOUNT", help="number of the account in which models are registered")
    add("--target-id", required=True, metavar="ACCOUNT", help="number of the account to release to")
    add("--training-profile", default="dev", metavar="PROFILE")
    add("--target-profile", default="target", metavar="PROFILE")
    add("--import-config", required=True, metavar="FILE", help="the static configuration")
    add(
        "--export-config",
        required=True,
        metavar="FILE",
        help="file to write the configuration to, with the facts that were looked up",
    )
    add(
        "--pipeline-file",
        default="pipelinedefinition.json",
        metavar="NAME",
        help="file to write the definition to, for review",
    )
    add("--code", required=True, choices=list(forms), help="Terraform's variables, or CloudFormation's parameters")
    add("--kwargs", metavar="JSON", help="""arguments of the pipeline's get_pipeline: '{"use_case": "Churn"}'""")
    add(
        "--wait-seconds",
        type=_positive_integer,
        default=PATIENCE,
        metavar="S",
        help="how long to wait until the version is complete",
    )


def project_names(arguments: argparse.Namespace) -> ProjectNames:
    """Return the names that follow from the flags."""
    return ProjectNames(arguments.sagemaker_project_name, arguments.sagemaker_project_id, arguments.environment)


def is_pinned(arguments: argparse.Namespace) -> bool:
    """Return whether the named version keeps scoring, even if a newer one is approved later."""
    return arguments.model_package_version is not None and arguments.pin


def check(arguments: argparse.Namespace) -> None:
    """Check the flags together.

    Raises:
        UsageError: a flag is invalid, or two contradict each other.
    """
    expected = STAGES[arguments.stage]
    if arguments.environment != expected:
        raise UsageError(f"--stage {arguments.stage} goes with --environment {expected}, not {arguments.environment}")
    _check_accounts(arguments.training_id, arguments.target_id)
    _check_files(arguments)
    if reserved := sorted(RESERVED_ARGUMENTS & convert_struct(arguments.kwargs).keys()):
        raise UsageError(f"--kwargs may not set {', '.join(reserved)}; the flags and the account set it")


def _check_accounts(training: str, target: str) -> None:
    for flag, number in {"--training-id": training, "--target-id": target}.items():
        if not re.fullmatch(r"[0-9]{12}", number):
            raise UsageError(f"{flag} {number!r} is not an account number; it has 12 digits")
    if training == target:
        raise UsageError("--training-id and --target-id are the same account, whose versions need no release")


def _check_files(arguments: argparse.Namespace) -> None:
    if Path(arguments.pipeline_file).name != arguments.pipeline_file:
        raise UsageError(f"--pipeline-file {arguments.pipeline_file!r} is a path; give a file name")
    exported = Path(arguments.export_config).resolve()
    if not exported.parent.is_dir():
        raise UsageError(f"--export-config {arguments.export_config!r}: its folder does not exist")
    if exported.is_dir() or exported == Path(arguments.import_config).resolve():
        raise UsageError(f"--export-config {arguments.export_config!r}: give a file that is not the import config")


def _project_name(text: str) -> str:
    """Check SageMaker's own rule, and that the name is short enough to be part of other names."""
    return _check_name(text, r"[a-zA-Z](-*[a-zA-Z0-9])*", 32)


def _project_id(text: str) -> str:
    return _check_name(text, r"[a-zA-Z0-9](-*[a-zA-Z0-9])*", 20)


def _check_name(text: str, pattern: str, longest: int) -> str:
    if len(text) > longest or not re.fullmatch(pattern, text):
        raise argparse.ArgumentTypeError(f"{text!r} is invalid: use letters, digits and inner '-', at most {longest}")
    return text


def _positive_integer(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)

"""What a target's build.py is told: flags, and what is made of them. What can be wrong is found before AWS is asked."""

from __future__ import annotations

import argparse
import re
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from deploy.release import PATIENCE
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.modules import convert_struct

#: Stage -> environment, as AWS's deployment samples have the words.
STAGES = {"staging": "preprod", "prod": "prod"}
#: Arguments of get_pipeline that are not for --kwargs: the flags and the account say them.
OWN = {
    "region", "role", "default_bucket", "model_package_group_name", "pipeline_name", "base_job_prefix",
    "approved_model_function", "kms_key", "subnets", "security_group_ids", "sagemaker_project_name", "session",
}  # fmt: skip


class Names(NamedTuple):
    """What is called by project, id and environment."""

    project: str
    project_id: str
    environment: str

    @property
    def prefix(self) -> str:
        """Of everything in the bucket."""
        return f"{self.project}-{self.project_id}"

    @property
    def pipeline(self) -> str:
        """In lower case, as SageMaker's ARNs have it, which templates have to spell."""
        return f"{self.prefix}-{self.environment}".lower()

    @property
    def function(self) -> str:
        """The function that looks up the model; 64 characters at most, so without the project's id."""
        return f"sagemaker-{self.project}-{self.environment}-model"


def add_to(parser: argparse.ArgumentParser, forms: Collection[str]) -> None:
    """Add them; ``forms`` are what --code may be."""
    add = parser.add_argument
    add("--sagemaker-project-name", required=True, metavar="NAME", type=_project_name)
    add("--sagemaker-project-id", required=True, metavar="ID", type=_project_id)
    add("--model-package-group-name", required=True, metavar="GROUP", help="in both accounts")
    add(
        "--model-package-version", type=_from_one, metavar="N", help="in the training account; else the newest approved"
    )
    add("--no-pin", dest="pin", action="store_false", help="deploy that version, and do not stay with it")
    add("--stage", required=True, choices=list(STAGES))
    add("--environment", required=True, choices=list(STAGES.values()))
    add("--region", required=True, metavar="REGION")
    add("--training-id", required=True, metavar="ACCOUNT", help="number of the account where models are registered")
    add("--target-id", required=True, metavar="ACCOUNT", help="number of the account to release to")
    add("--training-profile", default="dev", metavar="PROFILE")
    add("--target-profile", default="target", metavar="PROFILE")
    add("--import-config", required=True, metavar="FILE", help="the static configuration")
    add("--export-config", required=True, metavar="FILE", help="that, with what was found")
    add("--pipeline-file", default="pipelinedefinition.json", metavar="NAME", help="the definition, to look at")
    add("--code", required=True, choices=list(forms), help="Terraform's variables, or CloudFormation's parameters")
    add("--kwargs", metavar="JSON", help="""of the pipeline's get_pipeline: '{"use_case": "Churn"}'""")
    add("--wait-seconds", type=_from_one, default=PATIENCE, metavar="S", help="for the version to be complete")


def names(given: argparse.Namespace) -> Names:
    """What things are called."""
    return Names(given.sagemaker_project_name, given.sagemaker_project_id, given.environment)


def is_pinned(given: argparse.Namespace) -> bool:
    """Whether the version that is named is to score whatever is approved later."""
    return given.model_package_version is not None and given.pin


def check(given: argparse.Namespace) -> None:
    """Look at the flags together.

    Raises:
        UsageError: one does not go with another, or cannot be.
    """
    expected = STAGES[given.stage]
    if given.environment != expected:
        raise UsageError(f"--stage {given.stage} goes with --environment {expected}, not {given.environment}")
    _check_accounts(given.training_id, given.target_id)
    _check_files(given)
    if own := sorted(OWN & convert_struct(given.kwargs).keys()):
        raise UsageError(f"--kwargs may not set {', '.join(own)}: the flags and the account do")


def _check_accounts(training: str, target: str) -> None:
    for flag, number in {"--training-id": training, "--target-id": target}.items():
        if not re.fullmatch(r"[0-9]{12}", number):
            raise UsageError(f"{flag} {number!r} is no account's number, which has 12 digits")
    if training == target:
        raise UsageError("--training-id and --target-id are one account: its versions need no release")


def _check_files(given: argparse.Namespace) -> None:
    if Path(given.pipeline_file).name != given.pipeline_file:
        raise UsageError(f"--pipeline-file {given.pipeline_file!r} is a path, and has to be a file's name")
    exported = Path(given.export_config).resolve()
    if not exported.parent.is_dir():
        raise UsageError(f"--export-config {given.export_config!r}: there is no such folder")
    if exported.is_dir() or exported == Path(given.import_config).resolve():
        raise UsageError(f"--export-config {given.export_config!r}: it has to be a file of its own")


def _project_name(text: str) -> str:
    """SageMaker's own rule, and short enough to be part of other names."""
    return _matching(text, r"[a-zA-Z](-*[a-zA-Z0-9])*", 32)


def _project_id(text: str) -> str:
    return _matching(text, r"[a-zA-Z0-9](-*[a-zA-Z0-9])*", 20)


def _matching(text: str, pattern: str, longest: int) -> str:
    if len(text) > longest or not re.fullmatch(pattern, text):
        raise argparse.ArgumentTypeError(f"{text!r} is none: letters, digits and inner '-', {longest} at most")
    return text


def _from_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)

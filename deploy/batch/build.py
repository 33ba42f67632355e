"""Release the approved model to an account, with the batch pipeline compiled for it, and write what Terraform needs.

The model, the pipeline's code and its definition go to the target account's bucket, under keys with their contents'
hashes; then the configuration is written, with the facts that have been found added to it. It is written last: where
it is there, everything that it names is.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # deploy is installed nowhere: it goes with the clone

from deploy import account
from deploy.copies import Place, send
from deploy.release import FOLDER, PATIENCE, Ids, Released, release
from pipelines import command_line, linting, output
from pipelines._utils import convert_struct, get_pipeline_driver
from pipelines.code import function_code
from pipelines.errors import UsageError
from pipelines.functions import folder_of
from pipelines.targets import Target

LOG = logging.getLogger("release")
MODULE = "pipelines.batch_inference.pipeline"
FUNCTION = "get_approved_model"
#: Stage -> environment, as the seed's words have it.
STAGES = {"staging": "preprod", "prod": "prod"}
#: Arguments of get_pipeline that are not for --kwargs.
OWN = {
    "region", "role", "default_bucket", "model_package_group_name", "pipeline_name", "base_job_prefix",
    "approved_model_function", "kms_key", "subnets", "security_group_ids", "sagemaker_project_name", "session",
}  # fmt: skip
EXAMPLES = """\
example:
  python deploy/batch/build.py --sagemaker-project-name shells --sagemaker-project-id p-abc123 \\
    --model-package-group-name AbalonePackageGroup --stage staging --environment preprod --region eu-west-1 \\
    --training-id $TRAINING_ACCOUNT --target-id $PREPROD_ACCOUNT --code tf \\
    --import-config deploy/batch/pre-prod-config.tfvars.json --export-config pre-prod-extended.tfvars.json

The profiles dev and target (~/.aws/config) sign in to the two accounts; --training-profile and --target-profile name
others.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """The command; its exit code."""
    return command_line.edge(_main, argv)


def _main(argv: Sequence[str] | None) -> int:
    arguments = _parser().parse_args(argv)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
    LOG.setLevel(arguments.log_level)
    given = _checked(arguments)
    ids = Ids(arguments.training_id, arguments.target_id)
    training = account.sign_in(arguments.training_profile, arguments.region, ids.training)
    target = account.sign_in(arguments.target_profile, arguments.region, ids.target)
    facts = account.facts(target, arguments.environment)
    prefix = f"{arguments.sagemaker_project_name}-{arguments.sagemaker_project_id}"
    place = Place(target.session.client("s3"), facts.bucket, f"{prefix}/{FOLDER}")
    compiled = _compiled(arguments, target, facts, prefix)
    released = release(
        training,
        target,
        arguments.model_package_group_name,
        place,
        arguments.model_package_version,
        ids=ids,
        is_pinned=_is_pinned(arguments),
        say=LOG.info,
        patience=arguments.wait_seconds,
    )
    found = _facts(arguments, facts, prefix, released) | _published(arguments, target, place, prefix, compiled)
    _write(arguments.export_config, FORMS[arguments.code](given | found))
    output.emit(found, lambda result: "\n".join(f"{name} = {value}" for name, value in result.items()), None)
    return 0


def _checked(arguments: argparse.Namespace) -> dict[str, Any]:
    """The static configuration; all that can be wrong with flags and files is found here, before anything is called."""
    expected = STAGES[arguments.stage]
    if arguments.environment != expected:
        raise UsageError(f"--stage {arguments.stage} goes with --environment {expected}, not {arguments.environment}")
    for option in ("training_id", "target_id"):
        number = getattr(arguments, option)
        if not (number.isdecimal() and len(number) == 12):
            raise UsageError(f"--{option.replace('_', '-')} {number!r} is no account's number, which has 12 digits")
    if arguments.training_id == arguments.target_id:
        raise UsageError("--training-id and --target-id are one account: its versions need no release")
    if Path(arguments.pipeline_file).name != arguments.pipeline_file:
        raise UsageError(f"--pipeline-file {arguments.pipeline_file!r} is a path, and has to be a file's name")
    exported, imported = Path(arguments.export_config).resolve(), Path(arguments.import_config).resolve()
    if not exported.parent.is_dir() or exported.is_dir() or exported == imported:
        wrong = "there is no such folder" if not exported.parent.is_dir() else "it has to be a file of its own"
        raise UsageError(f"--export-config {arguments.export_config!r}: {wrong}")
    own = sorted(OWN & convert_struct(arguments.kwargs).keys())
    if own:
        raise UsageError(f"--kwargs may not set {', '.join(own)}: the flags and the account do")
    text = command_line.read_text(arguments.import_config)
    try:
        given = json.loads(text)
    except ValueError as error:
        raise UsageError(f"{arguments.import_config!r} is no JSON: {error}") from None
    values = given.get("Parameters") if arguments.code == "cfn" and isinstance(given, dict) else given
    if not isinstance(values, dict):
        what = '{"Parameters": {NAME: VALUE}}' if arguments.code == "cfn" else "{NAME: VALUE}"
        raise UsageError(f"{arguments.import_config!r} has to be {what} for --code {arguments.code}")
    return values


def _compiled(arguments: argparse.Namespace, target: Target, facts: account.Facts, prefix: str) -> Any:
    """The batch pipeline, for this account; lint has nothing against it."""
    pipeline = get_pipeline_driver(
        MODULE,
        {
            "region": arguments.region,
            "role": facts.role,
            "default_bucket": facts.bucket,
            "model_package_group_name": arguments.model_package_group_name,
            "pipeline_name": _name(arguments, prefix),
            "base_job_prefix": f"{prefix}/batch",
            "approved_model_function": _function(arguments),
            "kms_key": facts.kms_key,
            "subnets": facts.subnets or None,
            "security_group_ids": facts.security_group_ids or None,
            "encrypt_inter_container_traffic": True,
            "sagemaker_project_name": arguments.sagemaker_project_name,
            "session": target.session,
            **convert_struct(arguments.kwargs),
        },
    )
    linting.warn(linting.refuse_errors(pipeline.definition()))
    return pipeline


def _is_pinned(arguments: argparse.Namespace) -> bool:
    return arguments.model_package_version is not None and arguments.pin


def _name(arguments: argparse.Namespace, prefix: str) -> str:
    """The pipeline's: in lower case, as SageMaker's ARNs have it, which templates have to spell."""
    return f"{prefix}-{arguments.environment}".lower()


def _function(arguments: argparse.Namespace) -> str:
    """What the function that looks up the model is called; 64 characters at most, so without the project's id."""
    return f"sagemaker-{arguments.sagemaker_project_name}-{arguments.environment}-model"


def _published(
    arguments: argparse.Namespace, target: Target, place: Place, prefix: str, pipeline: Any
) -> dict[str, str]:
    """Upload the pipeline's code, its definition, and the function's; where the last two lie."""
    pipeline.upload()
    definition = pipeline.definition()
    _write(f"{arguments.stage}-{arguments.pipeline_file}", definition)
    placed = place._replace(prefix=f"{prefix}/pipeline")
    key = send(placed, arguments.pipeline_file, definition.encode(), "application/json")
    code = send(place._replace(prefix=f"{prefix}/functions"), f"{FUNCTION}.zip", function_code(folder_of(FUNCTION)))
    LOG.info("upload  %s", placed.uri(key))
    return {"PipelineDefinitionS3Key": key, "ApprovedModelCodeS3Key": code}


def _facts(arguments: argparse.Namespace, facts: account.Facts, prefix: str, released: Released) -> dict[str, Any]:
    """What the templates are told beside the static configuration."""
    pinned = {"PinModelPackage": True} if _is_pinned(arguments) else {}
    return {
        "region": arguments.region,
        "SageMakerProjectName": arguments.sagemaker_project_name,
        "SageMakerProjectId": arguments.sagemaker_project_id,
        "ModelPackageGroupName": arguments.model_package_group_name,
        "ModelPackageName": released.arn,
        "ModelPackageVersion": released.version,
        "ReleasedFrom": released.origin,
        "ProjectBucket": facts.bucket,
        "Environment": arguments.environment,
        "SubnetIds": facts.subnets,
        "SGIds": facts.security_group_ids,
        "KmsKeyArn": facts.kms_key or "",
        "ExecutionRoleArn": facts.role,
        "PermissionsBoundaryArn": facts.permissions_boundary or "",
        "BatchPipeline": _name(arguments, prefix),
        "ApprovedModelFunction": _function(arguments),
    } | pinned


def _tfvars(values: Mapping[str, Any]) -> Any:
    return dict(values)


def _overrides(values: Mapping[str, Any]) -> Any:
    """``NAME=VALUE``, as aws cloudformation deploy --parameter-overrides file://... takes them; the region is none."""
    lower = {"ModelPackageGroupNameInLowerCase": values["ModelPackageGroupName"].lower()}
    return [f"{name}={_word(value)}" for name, value in {**values, **lower}.items() if name != "region"]


def _word(value: Any) -> str:
    match value:
        case list():
            return ",".join(map(_word, value))
        case bool():
            return str(value).lower()
    return str(value)


#: --code -> what the configuration looks like.
FORMS: dict[str, Callable[[Mapping[str, Any]], Any]] = {"tf": _tfvars, "cfn": _overrides}


def _write(path: str, content: Any) -> None:
    """A file that is there whole or not at all."""
    text = content if isinstance(content, str) else json.dumps(content, indent=2)
    try:
        with NamedTemporaryFile("w", dir=Path(path).resolve().parent, delete=False, encoding="utf-8") as file:
            file.write(text + "\n")
        os.replace(file.name, path)
    except OSError as error:
        raise UsageError(f"cannot write {path!r}: {error.strerror}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "build.py", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    level = os.environ.get("LOGLEVEL", "INFO").upper()
    add("--log-level", default=level, type=str.upper, choices=list(logging.getLevelNamesMapping()), metavar="LEVEL")
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
    add("--code", required=True, choices=list(FORMS), help="Terraform's variables, or CloudFormation's parameters")
    add("--kwargs", metavar="JSON", help="""of the pipeline's get_pipeline: '{"use_case": "Churn"}'""")
    add("--wait-seconds", type=_from_one, default=PATIENCE, metavar="S", help="for the version to be complete")
    return parser


def _project_name(name: str) -> str:
    """SageMaker's own rule for a project's name, and short enough to be part of other names."""
    if not re.fullmatch(r"[a-zA-Z](-*[a-zA-Z0-9]){0,31}", name) or len(name) > 32:
        raise argparse.ArgumentTypeError(f"{name!r} is none: letters, digits and inner '-', 32 at most")
    return name


def _project_id(text: str) -> str:
    if not re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,19}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is none: letters, digits and inner '-', 20 at most")
    return text


def _from_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())

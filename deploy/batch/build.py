"""Releases the approved model and its batch pipeline to an account, and writes the configuration for Terraform.

The model, the pipeline's code and its definition go to the target account's bucket, under keys with their contents'
hashes. Then the configuration is written, with the facts that were looked up. It is written last, so everything that
it names exists.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from typing import Any

from deploy import account, configuration, flags
from deploy.copies import CopyTarget, send
from deploy.functions import function_archive
from deploy.images import AccountIds
from deploy.release import FILES_FOLDER, ReleasedVersion, release
from local_sagemaker.definition.definition import read
from local_sagemaker.tools.lint import linting
from local_sagemaker.tools.modules import convert_struct, get_pipeline_driver
from local_sagemaker.tools.targets import Target
from local_sagemaker.tools.terminal import command_line, output

LOG = logging.getLogger("release")
MODULE = "pipelines.batch_inference.pipeline"
FUNCTION = "get_approved_model"
EXAMPLES = """\
example:
  python deploy/batch/build.py --sagemaker-project-name shells --sagemaker-project-id p-abc123 \\
    --model-package-group-name AbalonePackageGroup --stage staging --environment preprod --region eu-west-1 \\
    --training-id $TRAINING_ACCOUNT --target-id $PREPROD_ACCOUNT --code tf \\
    --import-config deploy/batch/pre-prod-config.tfvars.json --export-config pre-prod-extended.tfvars.json

The profiles dev and target (~/.aws/config) sign in to the two accounts; change them with --training-profile and
--target-profile.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return command_line.run_command(_main, argv)


def _main(argv: Sequence[str] | None) -> int:
    arguments = _parser().parse_args(argv)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
    LOG.setLevel(arguments.log_level)
    flags.check(arguments)
    static, names = configuration.read(arguments.import_config, arguments.code), flags.project_names(arguments)
    training = account.sign_in(arguments.training_profile, arguments.region, arguments.training_id)
    target = account.sign_in(arguments.target_profile, arguments.region, arguments.target_id)
    facts = account.account_facts(target, arguments.environment)
    pipeline = _compile_pipeline(arguments, names, target, facts)
    definition = pipeline.definition()
    linting.warn(linting.lint_or_raise(read(definition)))
    place = CopyTarget(target.session.client("s3"), facts.bucket, names.prefix)
    version = _release(arguments, training, target, place)
    pipeline.upload()
    values = _looked_up_values(arguments, names, facts, version) | _upload(arguments, place, definition)
    configuration.write(arguments.export_config, configuration.EXPORT_FORMATS[arguments.code](static | values))
    output.emit(values, lambda result: "\n".join(f"{name} = {value}" for name, value in result.items()), None)
    return 0


def _compile_pipeline(
    arguments: argparse.Namespace, names: flags.ProjectNames, target: Target, facts: account.AccountFacts
) -> Any:
    """Return the batch pipeline, compiled for this account."""
    pipeline_arguments = {
        "region": arguments.region,
        "role": facts.role,
        "default_bucket": facts.bucket,
        "model_package_group_name": arguments.model_package_group_name,
        "pipeline_name": names.pipeline,
        "base_job_prefix": f"{names.prefix}/batch",
        "approved_model_function": names.function,
        "kms_key": facts.kms_key,
        "subnets": facts.subnets or None,
        "security_group_ids": facts.security_group_ids or None,
        "encrypt_inter_container_traffic": True,
        "sagemaker_project_name": names.project,
        "session": target.session,
    }
    return get_pipeline_driver(MODULE, pipeline_arguments | convert_struct(arguments.kwargs))


def _release(arguments: argparse.Namespace, training: Target, target: Target, place: CopyTarget) -> ReleasedVersion:
    return release(
        training,
        target,
        arguments.model_package_group_name,
        place.below(FILES_FOLDER),
        arguments.model_package_version,
        ids=AccountIds(arguments.training_id, arguments.target_id),
        is_pinned=flags.is_pinned(arguments),
        say=LOG.info,
        patience=arguments.wait_seconds,
    )


def _upload(arguments: argparse.Namespace, place: CopyTarget, definition: str) -> dict[str, str]:
    """Upload the definition, and the code of the function that looks up the model; return their keys."""
    configuration.write(f"{arguments.stage}-{arguments.pipeline_file}", definition)
    key = send(place.below("pipeline"), arguments.pipeline_file, definition.encode(), "application/json")
    code = send(place.below("functions"), f"{FUNCTION}.zip", function_archive(FUNCTION))
    LOG.info("upload  %s", place.uri(key))
    return {"PipelineDefinitionS3Key": key, "ApprovedModelCodeS3Key": code}


def _looked_up_values(
    arguments: argparse.Namespace, names: flags.ProjectNames, facts: account.AccountFacts, version: ReleasedVersion
) -> dict[str, Any]:
    """Return the values for the templates that are not in the static configuration."""
    return {
        "region": arguments.region,
        "SageMakerProjectName": names.project,
        "SageMakerProjectId": names.project_id,
        "ModelPackageGroupName": arguments.model_package_group_name,
        "ModelPackageName": version.arn,
        "ModelPackageVersion": version.version,
        "ReleasedFrom": version.origin,
        "ProjectBucket": facts.bucket,
        "Environment": arguments.environment,
        "SubnetIds": facts.subnets,
        "SGIds": facts.security_group_ids,
        "KmsKeyArn": facts.kms_key or "",
        "ExecutionRoleArn": facts.role,
        "PermissionsBoundaryArn": facts.permissions_boundary or "",
        "BatchPipeline": names.pipeline,
        "ApprovedModelFunction": names.function,
    } | ({"PinModelPackage": True} if flags.is_pinned(arguments) else {})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "build.py", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    level, levels = os.environ.get("LOGLEVEL", "INFO").upper(), list(logging.getLevelNamesMapping())
    parser.add_argument("--log-level", default=level, type=str.upper, choices=levels, metavar="LEVEL")
    flags.add_flags(parser, configuration.EXPORT_FORMATS)
    return parser


if __name__ == "__main__":
    sys.exit(main())

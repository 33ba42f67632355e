"""Release the approved model to an account, with the batch pipeline compiled for it, and write what Terraform needs.

The model, the pipeline's code and its definition go to the target account's bucket, under keys with their contents'
hashes; then the configuration is written, with the facts that have been found added to it. It is written last: where
it is there, everything that it names is.
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
from deploy.functions import code_of
from deploy.images import AccountIds
from deploy.release import FOLDER, ReleasedVersion, release
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

The profiles dev and target (~/.aws/config) sign in to the two accounts; --training-profile and --target-profile name
others.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """The command; its exit code."""
    return command_line.run_command(_main, argv)


def _main(argv: Sequence[str] | None) -> int:
    given = _parser().parse_args(argv)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
    LOG.setLevel(given.log_level)
    flags.check(given)
    static, names = configuration.read(given.import_config, given.code), flags.names(given)
    training = account.sign_in(given.training_profile, given.region, given.training_id)
    target = account.sign_in(given.target_profile, given.region, given.target_id)
    facts = account.account_facts(target, given.environment)
    pipeline = _compiled(given, names, target, facts)
    definition = pipeline.definition()
    linting.warn(linting.refuse_errors(read(definition)))
    place = CopyTarget(target.session.client("s3"), facts.bucket, names.prefix)
    released = _released(given, training, target, place)
    pipeline.upload()
    found = _found(given, names, facts, released) | _published(given, place, definition)
    configuration.write(given.export_config, configuration.FORMS[given.code](static | found))
    output.emit(found, lambda result: "\n".join(f"{name} = {value}" for name, value in result.items()), None)
    return 0


def _compiled(given: argparse.Namespace, names: flags.Names, target: Target, facts: account.AccountFacts) -> Any:
    """The batch pipeline, for this account."""
    arguments = {
        "region": given.region,
        "role": facts.role,
        "default_bucket": facts.bucket,
        "model_package_group_name": given.model_package_group_name,
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
    return get_pipeline_driver(MODULE, arguments | convert_struct(given.kwargs))


def _released(given: argparse.Namespace, training: Target, target: Target, place: CopyTarget) -> ReleasedVersion:
    return release(
        training,
        target,
        given.model_package_group_name,
        place.below(FOLDER),
        given.model_package_version,
        ids=AccountIds(given.training_id, given.target_id),
        is_pinned=flags.is_pinned(given),
        say=LOG.info,
        patience=given.wait_seconds,
    )


def _published(given: argparse.Namespace, place: CopyTarget, definition: str) -> dict[str, str]:
    """Upload the definition, and the code of the function that looks up the model; where they lie."""
    configuration.write(f"{given.stage}-{given.pipeline_file}", definition)
    key = send(place.below("pipeline"), given.pipeline_file, definition.encode(), "application/json")
    code = send(place.below("functions"), f"{FUNCTION}.zip", code_of(FUNCTION))
    LOG.info("upload  %s", place.uri(key))
    return {"PipelineDefinitionS3Key": key, "ApprovedModelCodeS3Key": code}


def _found(
    given: argparse.Namespace, names: flags.Names, facts: account.AccountFacts, released: ReleasedVersion
) -> dict[str, Any]:
    """What the templates are told beside the static configuration."""
    return {
        "region": given.region,
        "SageMakerProjectName": names.project,
        "SageMakerProjectId": names.project_id,
        "ModelPackageGroupName": given.model_package_group_name,
        "ModelPackageName": released.arn,
        "ModelPackageVersion": released.version,
        "ReleasedFrom": released.origin,
        "ProjectBucket": facts.bucket,
        "Environment": given.environment,
        "SubnetIds": facts.subnets,
        "SGIds": facts.security_group_ids,
        "KmsKeyArn": facts.kms_key or "",
        "ExecutionRoleArn": facts.role,
        "PermissionsBoundaryArn": facts.permissions_boundary or "",
        "BatchPipeline": names.pipeline,
        "ApprovedModelFunction": names.function,
    } | ({"PinModelPackage": True} if flags.is_pinned(given) else {})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "build.py", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    level, levels = os.environ.get("LOGLEVEL", "INFO").upper(), list(logging.getLevelNamesMapping())
    parser.add_argument("--log-level", default=level, type=str.upper, choices=levels, metavar="LEVEL")
    flags.add_to(parser, configuration.FORMS)
    return parser


if __name__ == "__main__":
    sys.exit(main())

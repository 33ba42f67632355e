"""Writes the parameters and uploads the functions for the CloudFormation stack that leads a commit to an endpoint."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy import configuration, templates
from deploy.buckets import notify_eventbridge
from deploy.endpoint import build as endpoint
from deploy.functions import function_archive
from local_sagemaker.tools.aws_errors import is_missing
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.service.functions import has_code
from local_sagemaker.tools.targets import Target, open_target
from local_sagemaker.tools.terminal import command_line, output

from botocore.exceptions import ClientError
from sagemaker.core import image_uris

CODEPIPELINE_FOLDER = Path(__file__).resolve().parent
TEMPLATE = CODEPIPELINE_FOLDER / "codepipeline.yml"
#: Folder of deploy/lambdas -> suffix of the function's name.
FUNCTIONS = {
    "submit_pipeline": "submit",
    "confirm_pipeline": "confirm",
    "test_endpoint": "test",
    "approve_model": "approve",
}
#: Subcommand -> its help.
SUBCOMMAND_HELP = {
    "stack": "upload the functions' code to the bucket, and write the parameters of codepipeline.yml: the "
    "configuration and the values known here, checked against the template. The file is written last",
    "functions": "update the functions of an existing stack to this code, as CodeBuild does on a commit",
}
EXAMPLES = """\
example:
  python deploy/codepipeline/build.py stack --sagemaker-project-name shells --sagemaker-project-id p-abc123 \\
    --s3-bucket $BUCKET --artifact-bucket $ARTIFACTS --pipeline-role $JOBS_ROLE_ARN \\
    --model-execution-role $MODEL_ROLE_ARN --build-role $BUILD_ROLE_ARN --deployment-role $DEPLOYMENT_ROLE_ARN
  aws cloudformation deploy --stack-name shells-codepipeline --template-file deploy/codepipeline/codepipeline.yml \\
    --capabilities CAPABILITY_IAM --parameter-overrides file://codepipeline-export.json
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return command_line.run_command(_main, argv)


def _main(argv: Sequence[str] | None) -> int:
    arguments = _parser().parse_args(argv)
    done = SUBCOMMANDS[arguments.subcommand](arguments, open_target(None, arguments.region))
    output.emit(done, lambda result: json.dumps(result, indent=2), None)
    return 0


def _stack(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """Check everything, then upload the functions' code and write the parameters."""
    archives = {name: function_archive(name) for name in FUNCTIONS}
    prefix = (
        f"{arguments.sagemaker_project_name}-{arguments.sagemaker_project_id}/functions/{_digest(archives.values())}"
    )
    s3 = target.session.client("s3")
    parameters = _check_parameters(arguments, _looked_up_values(arguments, prefix, str(target.session.region_name)), s3)
    for name, content in archives.items():
        s3.put_object(Bucket=arguments.artifact_bucket, Key=f"{prefix}/{name}.zip", Body=content)
    bucket = parameters.with_defaults["DataBucket"]
    report = {"bucket": notify_eventbridge(s3, bucket)} if bucket else {}
    configuration.write(arguments.export_config, {"Parameters": dict(parameters)})
    return {"parameters": dict(parameters), **report}


def _check_parameters(
    arguments: argparse.Namespace, looked_up: Mapping[str, str], s3: Any
) -> templates.TemplateParameters:
    """Return the configuration with the looked-up values, checked.

    Raises:
        UsageError: CloudFormation would reject a value, now or when it creates an endpoint; or a bucket is unsuitable.
    """
    path = arguments.import_config
    configured = configuration.read(path, configuration.CLOUDFORMATION)
    parameters = templates.check(TEMPLATE, {**configured, **looked_up}, path)
    for first, second in (("DataBucket", "DataKey"), ("ImageFolder", "ImageBase")):
        if bool(parameters.with_defaults[first]) != bool(parameters.with_defaults[second]):
            raise UsageError(f"{path}: {first} and {second} go together; give both or neither")
    for stage in endpoint.STAGES:
        _check_endpoint(stage, parameters)
    _check_buckets(s3, parameters)
    return parameters


def _check_endpoint(stage: str, parameters: Mapping[str, str]) -> None:
    """Raise UsageError if CloudFormation would reject the parameters that CodePipeline will pass for an endpoint."""
    path = str(endpoint.ENDPOINT_FOLDER / f"{stage}-config.json")
    own = {name: parameters[name] for name in ("SageMakerProjectName", "ModelExecutionRoleArn", "MonitorImageUri")}
    later = {"ModelPackageName": "arn:later/group/1", "DataCaptureUploadPath": "s3://later/datacapture"}
    endpoint.check({**configuration.read(path, configuration.CLOUDFORMATION), **own, **later}, path)


def _check_buckets(s3: Any, parameters: Mapping[str, str]) -> None:
    """Raise UsageError if jobs may write the artifacts that are deployed, or CodePipeline cannot notice new data."""
    if parameters["ArtifactBucket"] == parameters["ProjectBucket"]:
        raise UsageError("--artifact-bucket has to differ from --s3-bucket, where jobs may write")
    for bucket in filter(None, (parameters["ArtifactBucket"], parameters.get("DataBucket"))):
        if s3.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
            raise UsageError(
                f"bucket {bucket!r} is not versioned, but CodePipeline requires it: aws s3api put-bucket-versioning "
                f"--bucket {bucket} --versioning-configuration Status=Enabled"
            )


def _looked_up_values(arguments: argparse.Namespace, prefix: str, region: str) -> dict[str, str]:
    return {
        "SageMakerProjectName": arguments.sagemaker_project_name,
        "SageMakerProjectId": arguments.sagemaker_project_id,
        "ProjectInLowerCase": f"{arguments.sagemaker_project_name}-{arguments.sagemaker_project_id}".lower(),
        "ProjectBucket": arguments.s3_bucket,
        "ArtifactBucket": arguments.artifact_bucket,
        "MonitorImageUri": image_uris.retrieve("model-monitor", region),
        "FunctionsS3Prefix": prefix,
        "PipelineRoleArn": arguments.pipeline_role,
        "ModelExecutionRoleArn": arguments.model_execution_role,
        "BuildRoleArn": arguments.build_role,
        "DeploymentRoleArn": arguments.deployment_role,
    }


def _functions(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """Update the code of each function that differs; return name -> action taken.

    Raises:
        UsageError: the stack does not exist.
    """
    client = target.session.client("lambda")
    prefix = f"codepipeline-{arguments.sagemaker_project_name}"
    return {name: _update(client, f"{prefix}-{suffix}", name) for name, suffix in FUNCTIONS.items()}


def _update(client: Any, function: str, folder: str) -> str:
    code = function_archive(folder)
    try:
        current = client.get_function_configuration(FunctionName=function)
    except ClientError as error:
        if is_missing(error):
            raise UsageError(f"there is no function {function!r}: deploy {TEMPLATE.name} first") from None
        raise
    if has_code(current, code):
        return "none, as it is the same"
    client.update_function_code(FunctionName=function, ZipFile=code)
    client.get_waiter("function_updated").wait(FunctionName=function)
    return "updated"


def _digest(contents: Any) -> str:
    return hashlib.sha256(b"".join(hashlib.sha256(content).digest() for content in contents)).hexdigest()


SUBCOMMANDS: dict[str, Callable[[argparse.Namespace, Target], dict[str, Any]]] = {
    "stack": _stack,
    "functions": _functions,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "build.py", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    subparsers = parser.add_subparsers(dest="subcommand", required=True, metavar="SUBCOMMAND")
    stack, functions = (
        subparsers.add_parser(name, help=text, description=text) for name, text in SUBCOMMAND_HELP.items()
    )
    for subparser in (stack, functions):
        subparser.add_argument("--sagemaker-project-name", required=True, metavar="NAME")
        subparser.add_argument("--region", default=os.environ.get("AWS_REGION"), metavar="REGION")
    add = stack.add_argument
    add("--sagemaker-project-id", required=True, metavar="ID")
    add("--s3-bucket", required=True, metavar="BUCKET", help="the project's bucket")
    add(
        "--artifact-bucket",
        required=True,
        metavar="BUCKET",
        help="CodePipeline's own bucket, versioned, where no job may write",
    )
    add("--pipeline-role", required=True, metavar="ARN", help="role of SageMaker's pipeline and its jobs")
    add("--model-execution-role", required=True, metavar="ARN", help="role of the endpoints' models")
    add("--build-role", required=True, metavar="ARN", help="role of CodeBuild: deploy/iam, ci")
    add(
        "--deployment-role",
        required=True,
        metavar="ARN",
        help="role that creates the endpoints: deploy/iam, deployment",
    )
    add(
        "--import-config",
        default=str(CODEPIPELINE_FOLDER / "codepipeline-config.json"),
        metavar="FILE",
        help="the configuration",
    )
    add(
        "--export-config",
        default="codepipeline-export.json",
        metavar="FILE",
        help="file to write the configuration to, with the values that are known now",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

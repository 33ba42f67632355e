"""What CloudFormation needs for the pipeline from a commit to an endpoint, and the functions' code."""

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
from deploy.functions import code_of
from local_sagemaker.tools.aws_errors import is_missing
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.service.functions import has_code
from local_sagemaker.tools.targets import Target, open_target
from local_sagemaker.tools.terminal import command_line, output

from botocore.exceptions import ClientError
from sagemaker.core import image_uris

FOLDER = Path(__file__).resolve().parent
TEMPLATE = FOLDER / "codepipeline.yml"
#: Folder of deploy/lambdas -> what the function's name ends with.
FUNCTIONS = {
    "submit_pipeline": "submit",
    "confirm_pipeline": "confirm",
    "test_endpoint": "test",
    "approve_model": "approve",
}
#: Verb -> what it does, in the command's help.
WORDS = {
    "stack": "send the functions' code to the bucket, and write the parameters of codepipeline.yml: what a person "
    "decides, with what is known here, checked against the template. The file is written last",
    "functions": "bring the functions of a stack that is there up to date with this code: CodeBuild does, on a commit",
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
    """The command; its exit code."""
    return command_line.run_command(_main, argv)


def _main(argv: Sequence[str] | None) -> int:
    given = _parser().parse_args(argv)
    done = VERBS[given.verb](given, open_target(None, given.region))
    output.emit(done, lambda result: json.dumps(result, indent=2), None)
    return 0


def _stack(given: argparse.Namespace, target: Target) -> dict[str, Any]:
    """All that can be wrong is found before anything is sent."""
    archives = {name: code_of(name) for name in FUNCTIONS}
    prefix = f"{given.sagemaker_project_name}-{given.sagemaker_project_id}/functions/{_digest(archives.values())}"
    s3 = target.session.client("s3")
    parameters = _checked(given, _found(given, prefix, str(target.session.region_name)), s3)
    for name, content in archives.items():
        s3.put_object(Bucket=given.artifact_bucket, Key=f"{prefix}/{name}.zip", Body=content)
    told = {"bucket": notify_eventbridge(s3, bucket)} if (bucket := parameters.whole["DataBucket"]) else {}
    configuration.write(given.export_config, {"Parameters": dict(parameters)})
    return {"parameters": dict(parameters), **told}


def _checked(given: argparse.Namespace, found: Mapping[str, str], s3: Any) -> templates.TemplateCheck:
    """What is decided with what is found.

    Raises:
        UsageError: CloudFormation would refuse some of it, here or when it makes an endpoint; or a bucket will not do.
    """
    path = given.import_config
    decided = configuration.read(path, configuration.CLOUDFORMATION)
    parameters = templates.check(TEMPLATE, {**decided, **found}, path)
    for one, other in (("DataBucket", "DataKey"), ("ImageFolder", "ImageBase")):
        if bool(parameters.whole[one]) != bool(parameters.whole[other]):
            raise UsageError(f"{path}: {one} and {other} go together")
    for stage in endpoint.STAGES:
        _check_endpoint(stage, parameters)
    _check_buckets(s3, parameters)
    return parameters


def _check_endpoint(stage: str, parameters: Mapping[str, str]) -> None:
    """Raise UsageError where CloudFormation would refuse what CodePipeline will give it for an endpoint."""
    path = str(endpoint.FOLDER / f"{stage}-config.json")
    own = {name: parameters[name] for name in ("SageMakerProjectName", "ModelExecutionRoleArn", "MonitorImageUri")}
    later = {"ModelPackageName": "arn:later/group/1", "DataCaptureUploadPath": "s3://later/datacapture"}
    endpoint.check({**configuration.read(path, configuration.CLOUDFORMATION), **own, **later}, path)


def _check_buckets(s3: Any, parameters: Mapping[str, str]) -> None:
    """Raise UsageError where jobs may write what CodePipeline deploys, or CodePipeline cannot notice new data."""
    if parameters["ArtifactBucket"] == parameters["ProjectBucket"]:
        raise UsageError("--artifact-bucket has to be another one than --s3-bucket, where jobs may write")
    for bucket in filter(None, (parameters["ArtifactBucket"], parameters.get("DataBucket"))):
        if s3.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
            raise UsageError(
                f"bucket {bucket!r} keeps no versions, which CodePipeline asks for: aws s3api put-bucket-versioning "
                f"--bucket {bucket} --versioning-configuration Status=Enabled"
            )


def _found(given: argparse.Namespace, prefix: str, region: str) -> dict[str, str]:
    return {
        "SageMakerProjectName": given.sagemaker_project_name,
        "SageMakerProjectId": given.sagemaker_project_id,
        "ProjectInLowerCase": f"{given.sagemaker_project_name}-{given.sagemaker_project_id}".lower(),
        "ProjectBucket": given.s3_bucket,
        "ArtifactBucket": given.artifact_bucket,
        "MonitorImageUri": image_uris.retrieve("model-monitor", region),
        "FunctionsS3Prefix": prefix,
        "PipelineRoleArn": given.pipeline_role,
        "ModelExecutionRoleArn": given.model_execution_role,
        "BuildRoleArn": given.build_role,
        "DeploymentRoleArn": given.deployment_role,
    }


def _functions(given: argparse.Namespace, target: Target) -> dict[str, Any]:
    """Each gets its code, where that is another one.

    Raises:
        UsageError: the stack is not there.
    """
    client = target.session.client("lambda")
    prefix = f"codepipeline-{given.sagemaker_project_name}"
    return {name: _updated(client, f"{prefix}-{word}", name) for name, word in FUNCTIONS.items()}


def _updated(client: Any, function: str, folder: str) -> str:
    code = code_of(folder)
    try:
        found = client.get_function_configuration(FunctionName=function)
    except ClientError as error:
        if is_missing(error):
            raise UsageError(f"there is no function {function!r}: deploy {TEMPLATE.name} first") from None
        raise
    if has_code(found, code):
        return "none, as it is the same"
    client.update_function_code(FunctionName=function, ZipFile=code)
    client.get_waiter("function_updated").wait(FunctionName=function)
    return "updated"


def _digest(contents: Any) -> str:
    return hashlib.sha256(b"".join(hashlib.sha256(one).digest() for one in contents)).hexdigest()


VERBS: dict[str, Callable[[argparse.Namespace, Target], dict[str, Any]]] = {"stack": _stack, "functions": _functions}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "build.py", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    stack, functions = (verbs.add_parser(name, help=words, description=words) for name, words in WORDS.items())
    for one in (stack, functions):
        one.add_argument("--sagemaker-project-name", required=True, metavar="NAME")
        one.add_argument("--region", default=os.environ.get("AWS_REGION"), metavar="REGION")
    add = stack.add_argument
    add("--sagemaker-project-id", required=True, metavar="ID")
    add("--s3-bucket", required=True, metavar="BUCKET", help="of the project")
    add(
        "--artifact-bucket",
        required=True,
        metavar="BUCKET",
        help="CodePipeline's own, where no job may write; versioned",
    )
    add("--pipeline-role", required=True, metavar="ARN", help="that SageMaker's pipeline and its jobs work as")
    add("--model-execution-role", required=True, metavar="ARN", help="that the endpoints' models work as")
    add("--build-role", required=True, metavar="ARN", help="that CodeBuild works as: deploy/iam, ci")
    add("--deployment-role", required=True, metavar="ARN", help="that makes the endpoints: deploy/iam, deployment")
    add("--import-config", default=str(FOLDER / "codepipeline-config.json"), metavar="FILE", help="what you decide")
    add("--export-config", default="codepipeline-export.json", metavar="FILE", help="that, with what is known here")
    return parser


if __name__ == "__main__":
    sys.exit(main())

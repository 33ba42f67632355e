"""Write what the endpoints of two stages are deployed with: the newest approved version, and what a person decides.

Each stage's file gets the facts that are found out added to it, and is checked against the template: where it is
written, CloudFormation takes it. Nothing is deployed here.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy import configuration, templates
from deploy.release import approved_version
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.targets import Target, open_target
from local_sagemaker.tools.terminal import command_line, output

from sagemaker.core import image_uris

FOLDER = Path(__file__).resolve().parent
TEMPLATE = FOLDER / "endpoint-config-template.yml"
STAGES = ("staging", "prod")
#: MonitoringEngine -> the parameters that it needs.
NEEDED = {
    "project": ("MonitorPipelineName", "StartRoleArn"),
    "sagemaker": ("MonitorPipelineName", "StartRoleArn", "MonitorUrl", "MonitorImageUri"),
}
EXAMPLES = """\
example:
  python deploy/endpoint/build.py --model-execution-role $ROLE_ARN --model-package-group-name AbalonePackageGroup \\
    --sagemaker-project-name shells --sagemaker-project-id p-abc123 --s3-bucket $BUCKET
  aws cloudformation deploy --stack-name shells-staging --template-file deploy/endpoint/endpoint-config-template.yml \\
    --parameter-overrides file://staging-config-export.json
"""


def main(argv: Sequence[str] | None = None) -> int:
    """The command; its exit code."""
    return command_line.run_command(_main, argv)


def _main(argv: Sequence[str] | None) -> int:
    given = _parser().parse_args(argv)
    decided = {
        stage: configuration.read(getattr(given, f"import_{stage}_config"), configuration.CLOUDFORMATION)
        for stage in STAGES
    }
    found = _found(given, open_target(None, given.region))
    stages = {stage: check({**_of_stage(given, stage), **decided[stage], **found}, stage) for stage in STAGES}
    for stage, parameters in stages.items():
        for path, content in _files(given, stage, parameters).items():
            configuration.write(path, content)
    output.emit(stages, lambda result: json.dumps(result, indent=2), None)
    return 0


def _found(given: argparse.Namespace, target: Target) -> dict[str, str]:
    """What both stages have in common."""
    package = approved_version(target, given.model_package_group_name, given.model_package_version)
    return {
        "SageMakerProjectName": given.sagemaker_project_name,
        "ModelPackageName": package["ModelPackageArn"],
        "ModelExecutionRoleArn": given.model_execution_role,
        "MonitorImageUri": image_uris.retrieve("model-monitor", target.session.region_name),
    }


def _of_stage(given: argparse.Namespace, stage: str) -> dict[str, str]:
    """What a stage has unless its configuration says otherwise."""
    prefix = f"{given.sagemaker_project_name}-{given.sagemaker_project_id}"
    return {"StageName": stage, "DataCaptureUploadPath": f"s3://{given.s3_bucket}/{prefix}/datacapture/{stage}"}


def check(parameters: Mapping[str, Any], stage: str) -> dict[str, str]:
    """The parameters as text, once each is one of the template's, keeps its rules, and goes together with the others.

    Raises:
        UsageError: see ``templates.check``; or two do not go together.
    """
    values = templates.check(TEMPLATE, parameters, stage)
    whole = values.whole
    if float(whole["MaxInstanceCount"]) < float(whole["EndpointInstanceCount"]):
        raise UsageError(f"{stage}: MaxInstanceCount {whole['MaxInstanceCount']} is below EndpointInstanceCount")
    if whole["TrafficShifting"] == "CANARY" and float(whole["EndpointInstanceCount"]) < 2:
        raise UsageError(f"{stage}: TrafficShifting CANARY needs an EndpointInstanceCount of 2 at least")
    if whole["Serverless"] == "true" and whole["EnableDataCapture"] == "true":
        raise UsageError(
            f"{stage}: a serverless endpoint captures no data; set Serverless or EnableDataCapture to false"
        )
    _check_monitoring(whole, stage)
    return values


def _check_monitoring(whole: Mapping[str, str], stage: str) -> None:
    engine = whole["MonitoringEngine"]
    if engine == "none":
        return
    if whole["EnableDataCapture"] != "true":
        raise UsageError(f"{stage}: MonitoringEngine {engine} looks at what is captured; set EnableDataCapture to true")
    if missing := [name for name in NEEDED[engine] if not whole[name]]:
        raise UsageError(f"{stage}: MonitoringEngine {engine} needs {', '.join(missing)}; README.md says of what")


def _files(given: argparse.Namespace, stage: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Path -> content of what a stage is deployed with."""
    tags = {"sagemaker:project-name": given.sagemaker_project_name, "sagemaker:project-id": given.sagemaker_project_id}
    exported = getattr(given, f"export_{stage}_config")
    if not given.export_cfn_params_tags:
        return {exported: {"Parameters": dict(parameters), "Tags": tags}}
    stem = exported.removesuffix(".json")
    listed = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    return {
        f"{stem}-params.json": listed,
        f"{stem}-tags.json": [{"Key": key, "Value": value} for key, value in tags.items()],
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "build.py", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add, environment = parser.add_argument, os.environ.get
    add("--model-execution-role", required=True, metavar="ARN", help="that the model works as")
    add("--model-package-group-name", required=True, metavar="GROUP", help="whose newest approved version is served")
    add("--model-package-version", type=int, metavar="N", help="another approved one")
    add("--sagemaker-project-name", required=True, metavar="NAME")
    add("--sagemaker-project-id", required=True, metavar="ID")
    add("--s3-bucket", required=True, metavar="BUCKET", help="for captured data")
    add("--region", default=environment("AWS_REGION"), metavar="REGION")
    for stage in STAGES:
        add(f"--import-{stage}-config", default=str(FOLDER / f"{stage}-config.json"), metavar="FILE")
        add(f"--export-{stage}-config", default=f"{stage}-config-export.json", metavar="FILE")
    add(
        "--export-cfn-params-tags",
        action="store_true",
        help="parameters and tags in two lists, as create-stack has them",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

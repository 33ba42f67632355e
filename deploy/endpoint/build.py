"""Writes the parameters of two stages' endpoints: their configuration and the newest approved version.

The facts that are looked up are added to each stage's configuration, and the result is checked against the template,
so that CloudFormation accepts the written file. Nothing is deployed here.
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

ENDPOINT_FOLDER = Path(__file__).resolve().parent
TEMPLATE = ENDPOINT_FOLDER / "endpoint-config-template.yml"
STAGES = ("staging", "prod")
#: MonitoringEngine -> the parameters that it needs.
MONITORING_PARAMETERS = {
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
    """Run the command; return its exit code."""
    return command_line.run_command(_main, argv)


def _main(argv: Sequence[str] | None) -> int:
    arguments = _parser().parse_args(argv)
    configured = {
        stage: configuration.read(getattr(arguments, f"import_{stage}_config"), configuration.CLOUDFORMATION)
        for stage in STAGES
    }
    common = _common_values(arguments, open_target(None, arguments.region))
    stages = {
        stage: check({**_stage_defaults(arguments, stage), **configured[stage], **common}, stage) for stage in STAGES
    }
    for stage, parameters in stages.items():
        for path, content in _files(arguments, stage, parameters).items():
            configuration.write(path, content)
    output.emit(stages, lambda result: json.dumps(result, indent=2), None)
    return 0


def _common_values(arguments: argparse.Namespace, target: Target) -> dict[str, str]:
    """Return the values that both stages have in common."""
    package = approved_version(target, arguments.model_package_group_name, arguments.model_package_version)
    return {
        "SageMakerProjectName": arguments.sagemaker_project_name,
        "ModelPackageName": package["ModelPackageArn"],
        "ModelExecutionRoleArn": arguments.model_execution_role,
        "MonitorImageUri": image_uris.retrieve("model-monitor", target.session.region_name),
    }


def _stage_defaults(arguments: argparse.Namespace, stage: str) -> dict[str, str]:
    """Return the values of a stage, unless its configuration sets others."""
    prefix = f"{arguments.sagemaker_project_name}-{arguments.sagemaker_project_id}"
    return {"StageName": stage, "DataCaptureUploadPath": f"s3://{arguments.s3_bucket}/{prefix}/datacapture/{stage}"}


def check(parameters: Mapping[str, Any], stage: str) -> dict[str, str]:
    """Check the parameters, each by the template's rules and in combination; return them as strings.

    Raises:
        UsageError: see ``templates.check``; or two parameters contradict each other.
    """
    values = templates.check(TEMPLATE, parameters, stage)
    all_values = values.with_defaults
    if float(all_values["MaxInstanceCount"]) < float(all_values["EndpointInstanceCount"]):
        raise UsageError(f"{stage}: MaxInstanceCount {all_values['MaxInstanceCount']} is below EndpointInstanceCount")
    if all_values["TrafficShifting"] == "CANARY" and float(all_values["EndpointInstanceCount"]) < 2:
        raise UsageError(f"{stage}: TrafficShifting CANARY needs an EndpointInstanceCount of at least 2")
    if all_values["Serverless"] == "true" and all_values["EnableDataCapture"] == "true":
        raise UsageError(
            f"{stage}: a serverless endpoint cannot capture data; set Serverless or EnableDataCapture to false"
        )
    _check_monitoring(all_values, stage)
    return values


def _check_monitoring(all_values: Mapping[str, str], stage: str) -> None:
    engine = all_values["MonitoringEngine"]
    if engine == "none":
        return
    if all_values["EnableDataCapture"] != "true":
        raise UsageError(f"{stage}: MonitoringEngine {engine} needs captured data; set EnableDataCapture to true")
    if missing := [name for name in MONITORING_PARAMETERS[engine] if not all_values[name]]:
        raise UsageError(f"{stage}: MonitoringEngine {engine} needs {', '.join(missing)}; see README.md")


def _files(arguments: argparse.Namespace, stage: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return path -> content of the files with which a stage is deployed."""
    tags = {
        "sagemaker:project-name": arguments.sagemaker_project_name,
        "sagemaker:project-id": arguments.sagemaker_project_id,
    }
    exported = getattr(arguments, f"export_{stage}_config")
    if not arguments.export_cfn_params_tags:
        return {exported: {"Parameters": dict(parameters), "Tags": tags}}
    stem = exported.removesuffix(".json")
    parameter_list = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    return {
        f"{stem}-params.json": parameter_list,
        f"{stem}-tags.json": [{"Key": key, "Value": value} for key, value in tags.items()],
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "build.py", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add, environment = parser.add_argument, os.environ.get
    add("--model-execution-role", required=True, metavar="ARN", help="the model's role")
    add("--model-package-group-name", required=True, metavar="GROUP", help="serve its newest approved version")
    add("--model-package-version", type=int, metavar="N", help="serve this approved version instead")
    add("--sagemaker-project-name", required=True, metavar="NAME")
    add("--sagemaker-project-id", required=True, metavar="ID")
    add("--s3-bucket", required=True, metavar="BUCKET", help="bucket for captured data")
    add("--region", default=environment("AWS_REGION"), metavar="REGION")
    for stage in STAGES:
        add(f"--import-{stage}-config", default=str(ENDPOINT_FOLDER / f"{stage}-config.json"), metavar="FILE")
        add(f"--export-{stage}-config", default=f"{stage}-config-export.json", metavar="FILE")
    add(
        "--export-cfn-params-tags",
        action="store_true",
        help="write parameters and tags as two lists, as create-stack takes them",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""Test what get_pipeline defines: the seeds' names, parameters that take effect, settings that reach every job."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from local_sagemaker.definition.expressions import references
from local_sagemaker.definition.graph import graph_of
from local_sagemaker.tools.code import container_code
from pipelines.batch_inference.batch import OUTPUTS
from pipelines.batch_inference.pipeline import APPROVED_MODEL, get_pipeline
from pipelines.batch_inference.preprocess import BASELINE

ROLE = "arn:aws:iam::111122223333:role/test"  # the account of AWS's own examples
PAIR = "MonitorAbaloneDataQuality-monitoring", "MonitorAbaloneDataQuality-transform"


def compile_pipeline(**arguments):
    return graph_of(get_pipeline("us-east-1", **arguments).definition())


def jobs(definition):
    step_types = ("Processing", "QualityCheck", "Transform")
    return {name: step.arguments for name, step in definition.steps.items() if step.type in step_types}


def test_the_familiar_parameters_come_first():
    assert list(compile_pipeline().parameters)[:5] == [
        "ProcessingInstanceCount", "ProcessingInstanceType", "InferenceInstanceCount", "InferenceInstanceType",
        "InputDataUrl",
    ]  # fmt: skip


def test_every_parameter_is_read_somewhere():
    definition = compile_pipeline()
    read_paths = {p for step in definition.steps.values() for p in references([step.arguments, step.settings])}

    assert {f"Parameters.{name}" for name in definition.parameters} <= read_paths


def test_every_output_of_the_function_is_read_except_those_for_users():
    definition = compile_pipeline()
    paths = {p for step in definition.steps.values() for p in references([step.arguments, step.settings])}
    read_paths = {
        name for name in APPROVED_MODEL if f"Steps.LambdaStepGetApprovedModel.OutputParameters['{name}']" in paths
    }

    assert set(APPROVED_MODEL) - read_paths == {"ModelPackageVersion", "ModelQualityStatistics"}


def test_the_outputs_are_those_that_the_script_writes():
    outputs = jobs(compile_pipeline())["PreprocessAbaloneData"]["ProcessingOutputConfig"]["Outputs"]

    assert {output["OutputName"] for output in outputs} == {*OUTPUTS, BASELINE}
    assert all(output["S3Output"]["LocalPath"].endswith(f"/{output['OutputName']}") for output in outputs)


@pytest.mark.parametrize(("monitor_first", "edge"), [(True, PAIR), (False, PAIR[::-1])])
def test_the_order_of_monitor_and_transform_is_an_argument(monitor_first, edge):
    first_step, second_step = edge
    edges = compile_pipeline(monitor_before_transform=monitor_first).edges

    assert first_step in edges[second_step]
    assert second_step not in edges[first_step]


def test_a_version_can_be_pinned_and_another_function_used():
    other_function = "arn:aws:lambda:us-east-1:444455556666:function:theirs"
    lookup = compile_pipeline(model_package_version=3, approved_model_function=other_function).steps[
        "LambdaStepGetApprovedModel"
    ]

    assert lookup.arguments == {"model_package_group_name": "AbalonePackageGroup", "model_package_version": 3}
    assert lookup.settings["FunctionArn"] == other_function
    plain = compile_pipeline(role=ROLE, default_bucket="b-u-c").steps["LambdaStepGetApprovedModel"]
    assert plain.arguments == {"model_package_group_name": "AbalonePackageGroup"}
    name = "function:sagemaker-get-approved-model"
    assert plain.settings["FunctionArn"] == f"arn:aws:lambda:us-east-1:111122223333:{name}"


def test_settings_reach_every_job():
    definition = compile_pipeline(
        kms_key="key", subnets=["subnet-1"], security_group_ids=["sg-1"], enable_network_isolation=True,
        encrypt_inter_container_traffic=True, tags=[{"Key": "team", "Value": "sea"}],
    )  # fmt: skip

    for name, arguments in jobs(definition).items():
        text = json.dumps(arguments)
        assert '"key"' in text, name
        assert {"Key": "team", "Value": "sea"} in arguments["Tags"], name
        if "TransformInput" not in arguments:
            network = arguments["NetworkConfig"]
            assert network["VpcConfig"] == {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}, name
            assert network["EnableNetworkIsolation"] is network["EnableInterContainerTrafficEncryption"] is True
    model = definition.steps["AbaloneCreateModel"].arguments
    assert model["EnableNetworkIsolation"] is True
    assert model["VpcConfig"]["Subnets"] == ["subnet-1"]


def test_the_model_is_defined_by_the_package_alone():
    container = compile_pipeline().steps["AbaloneCreateModel"].arguments["PrimaryContainer"]

    assert set(container) == {"ModelPackageName"}


def test_each_execution_writes_scores_below_its_own_prefix():
    jobs_by_name = jobs(compile_pipeline())
    outputs = jobs_by_name["PreprocessAbaloneData"]["ProcessingOutputConfig"]["Outputs"]
    empty = next(output["S3Output"]["S3Uri"] for output in outputs if output["OutputName"] == "no_scores")

    assert jobs_by_name[PAIR[1]]["TransformOutput"]["S3OutputPath"] == empty
    assert list(references(empty)) == ["Execution.PipelineExecutionId"]


@pytest.mark.parametrize("script", ["preprocess", "quality"])
def test_scripts_run_without_an_installed_project(tmp_path, script):
    name, content = container_code(f"pipelines.batch_inference.{script}")
    tmp_path.joinpath(name).write_bytes(content)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}

    process = subprocess.run(
        [sys.executable, "-I", name, "--help"],
        capture_output=True, text=True, check=False, cwd=tmp_path, env=environment,
    )  # fmt: skip

    assert process.returncode == 0, process.stderr
    assert "--id-column" in process.stdout

"""What get_pipeline defines: the seeds' names, parameters that take effect, settings that reach every job."""

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


def compiled(**arguments):
    return graph_of(get_pipeline("us-east-1", **arguments).definition())


def jobs(definition):
    kinds = ("Processing", "QualityCheck", "Transform")
    return {name: step.arguments for name, step in definition.steps.items() if step.type in kinds}


def test_parameters_begin_with_those_that_users_know():
    assert list(compiled().parameters)[:5] == [
        "ProcessingInstanceCount", "ProcessingInstanceType", "InferenceInstanceCount", "InferenceInstanceType",
        "InputDataUrl",
    ]  # fmt: skip


def test_every_parameter_is_read_somewhere():
    definition = compiled()
    read = {p for step in definition.steps.values() for p in references([step.arguments, step.settings])}

    assert {f"Parameters.{name}" for name in definition.parameters} <= read


def test_every_output_of_the_function_but_for_people_is_read():
    definition = compiled()
    paths = {p for step in definition.steps.values() for p in references([step.arguments, step.settings])}
    read = {name for name in APPROVED_MODEL if f"Steps.LambdaStepGetApprovedModel.OutputParameters['{name}']" in paths}

    assert set(APPROVED_MODEL) - read == {"ModelPackageVersion", "ModelQualityStatistics"}


def test_the_outputs_are_those_that_the_script_writes():
    outputs = jobs(compiled())["PreprocessAbaloneData"]["ProcessingOutputConfig"]["Outputs"]

    assert {output["OutputName"] for output in outputs} == {*OUTPUTS, BASELINE}
    assert all(output["S3Output"]["LocalPath"].endswith(f"/{output['OutputName']}") for output in outputs)


@pytest.mark.parametrize(("first", "edge"), [(True, PAIR), (False, PAIR[::-1])])
def test_the_order_of_monitor_and_transform_is_an_argument(first, edge):
    before, after = edge
    edges = compiled(monitor_before_transform=first).edges

    assert before in edges[after]
    assert after not in edges[before]


def test_a_version_can_be_pinned_and_the_function_be_another():
    other = "arn:aws:lambda:us-east-1:444455556666:function:theirs"
    lookup = compiled(model_package_version=3, approved_model_function=other).steps["LambdaStepGetApprovedModel"]

    assert lookup.arguments == {"model_package_group_name": "AbalonePackageGroup", "model_package_version": 3}
    assert lookup.settings["FunctionArn"] == other
    plain = compiled(role=ROLE, default_bucket="b-u-c").steps["LambdaStepGetApprovedModel"]
    assert plain.arguments == {"model_package_group_name": "AbalonePackageGroup"}
    name = "function:sagemaker-get-approved-model"
    assert plain.settings["FunctionArn"] == f"arn:aws:lambda:us-east-1:111122223333:{name}"


def test_settings_reach_every_job():
    definition = compiled(
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


def test_the_model_is_the_package_and_nothing_else():
    container = compiled().steps["AbaloneCreateModel"].arguments["PrimaryContainer"]

    assert set(container) == {"ModelPackageName"}


def test_scores_go_below_a_prefix_of_the_executions_own():
    found = jobs(compiled())
    outputs = found["PreprocessAbaloneData"]["ProcessingOutputConfig"]["Outputs"]
    empty = next(one["S3Output"]["S3Uri"] for one in outputs if one["OutputName"] == "no_scores")

    assert found[PAIR[1]]["TransformOutput"]["S3OutputPath"] == empty
    assert list(references(empty)) == ["Execution.PipelineExecutionId"]


@pytest.mark.parametrize("script", ["preprocess", "quality"])
def test_scripts_run_where_the_project_is_not_installed(tmp_path, script):
    name, content = container_code(f"pipelines.batch_inference.{script}")
    tmp_path.joinpath(name).write_bytes(content)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}

    done = subprocess.run(
        [sys.executable, "-I", name, "--help"],
        capture_output=True, text=True, check=False, cwd=tmp_path, env=environment,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "--id-column" in done.stdout

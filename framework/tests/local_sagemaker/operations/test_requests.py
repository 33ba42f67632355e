"""Arguments are checked against botocore's model when a pipeline is created, and again when an execution starts."""

from __future__ import annotations

import copy

from local_sagemaker.testing import create, processing_step, start

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def step(session):
    return processing_step("Step", session, "pass", outputs={"out": "s3://bucket/out"})


def changed_step(step, path, value):
    """Copy the step with a member of its Arguments set, or removed if the value is None."""
    copied = copy.deepcopy(step)
    *parents, last = path
    target = copied["Arguments"]
    for name in parents:
        target = target[name]
    if value is None:
        del target[last]
    else:
        target[last] = value
    return copied


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            ["ProcessingInput"],
            [],
            "is not a member of CreateProcessingJobRequest; did you mean 'ProcessingInputs'?",
        ),
        (["AppSpecification"], None, "Arguments lacks AppSpecification"),
        (["ProcessingInputs"], {}, "Arguments.ProcessingInputs must be a list; it is {}"),
        (
            ["ProcessingInputs", 0, "S3Input", "S3Uri"],
            5,
            "Arguments.ProcessingInputs[0].S3Input.S3Uri must be a string; it is 5",
        ),
        (["AppSpecification", "ImageUri"], 5, "Arguments.AppSpecification.ImageUri must be a string; it is 5"),
        (["AppSpecification", "ContainerArguments"], ["a", 1], "ContainerArguments[1] must be a string; it is 1"),
        (["Environment"], {"A": 5}, "Arguments.Environment.A must be a string; it is 5"),
        (["StoppingCondition"], {"MaxRuntimeInSeconds": -5}, "MaxRuntimeInSeconds is -5; it must be at least 1"),
        (
            ["ProcessingResources", "ClusterConfig", "InstanceCount"],
            "two",
            'InstanceCount must be an integer; it is "two"',
        ),
        (
            ["ProcessingResources", "ClusterConfig", "InstanceCount"],
            1.9,
            "must be an integer; it is 1.9",
        ),
        (
            ["ProcessingResources", "ClusterConfig", "InstanceCount"],
            True,
            "must be an integer; it is true",
        ),
        (["ProcessingResources", "ClusterConfig", "InstanceCount"], 0, "InstanceCount is 0; it must be at least 1"),
        (["ProcessingOutputConfig", "Outputs", 0, "S3Output", "S3UploadMode"], "EndOfjob", "did you mean 'EndOfJob'?"),
    ],
)
def test_an_invalid_request_is_refused_when_the_pipeline_is_created(session, client, step, path, value, message):
    with pytest.raises(ClientError) as raised:
        create(session, {"Steps": [changed_step(step, path, value)]})

    assert message in str(raised.value)
    assert "step 'Step': " in str(raised.value)
    assert client.list_pipelines()["PipelineSummaries"] == []


@pytest.mark.parametrize(
    ("count", "message"),
    [("0", "it must be at least 1"), ("-3", "it must be at least 1"), ("101", "it must be at most 100")],
)
def test_a_parameters_value_is_checked_where_it_is_used_before_anything_starts(session, client, step, count, message):
    step = changed_step(step, ["ProcessingResources", "ClusterConfig", "InstanceCount"], {"Get": "Parameters.Count"})
    name = create(session, {"Parameters": [{"Name": "Count", "Type": "Integer", "DefaultValue": 1}], "Steps": [step]})

    with pytest.raises(ClientError, match=message):
        start(session, name, {"Count": count})

    assert client.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"] == []


def test_an_unknown_instance_type_is_accepted(session, step):
    path = ["ProcessingResources", "ClusterConfig", "InstanceType"]

    assert create(session, {"Steps": [changed_step(step, path, "ml.m99.large")]})


def test_an_unknown_image_is_reported_before_anything_starts(session, client, step):
    uri = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgbost:3.2-0"
    name = create(session, {"Steps": [changed_step(step, ["AppSpecification", "ImageUri"], uri)]})

    with pytest.raises(ClientError, match="did you mean 'sagemaker-xgboost'"):
        start(session, name)

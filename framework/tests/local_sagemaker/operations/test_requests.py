"""Arguments against botocore's model: found when a pipeline is created, and again when parameters are known."""

from __future__ import annotations

import copy

from local_sagemaker.testing import create, processing, start

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def step(session):
    return processing("Step", session, "pass", outputs={"out": "s3://bucket/out"})


def changed(step, path, value):
    """The step with a member of its Arguments set, or removed where the value is None."""
    found = copy.deepcopy(step)
    *parents, last = path
    target = found["Arguments"]
    for name in parents:
        target = target[name]
    if value is None:
        del target[last]
    else:
        target[last] = value
    return found


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            ["ProcessingInput"],
            [],
            "is no member of CreateProcessingJobRequest; did you mean 'ProcessingInputs'?",
        ),
        (["AppSpecification"], None, "Arguments lacks AppSpecification"),
        (["ProcessingInputs"], {}, "Arguments.ProcessingInputs must be a list; it is {}"),
        (
            ["ProcessingInputs", 0, "S3Input", "S3Uri"],
            5,
            "Arguments.ProcessingInputs[0].S3Input.S3Uri must be a text; it is 5",
        ),
        (["AppSpecification", "ImageUri"], 5, "Arguments.AppSpecification.ImageUri must be a text; it is 5"),
        (["AppSpecification", "ContainerArguments"], ["a", 1], "ContainerArguments[1] must be a text; it is 1"),
        (["Environment"], {"A": 5}, "Arguments.Environment.A must be a text; it is 5"),
        (["StoppingCondition"], {"MaxRuntimeInSeconds": -5}, "MaxRuntimeInSeconds is -5; it must be at least 1"),
        (
            ["ProcessingResources", "ClusterConfig", "InstanceCount"],
            "two",
            'InstanceCount must be a whole number; it is "two"',
        ),
        (
            ["ProcessingResources", "ClusterConfig", "InstanceCount"],
            1.9,
            "must be a whole number; it is 1.9",
        ),
        (
            ["ProcessingResources", "ClusterConfig", "InstanceCount"],
            True,
            "must be a whole number; it is true",
        ),
        (["ProcessingResources", "ClusterConfig", "InstanceCount"], 0, "InstanceCount is 0; it must be at least 1"),
        (["ProcessingOutputConfig", "Outputs", 0, "S3Output", "S3UploadMode"], "EndOfjob", "did you mean 'EndOfJob'?"),
    ],
)
def test_a_request_that_is_none_is_refused_when_the_pipeline_is_created(session, client, step, path, value, message):
    with pytest.raises(ClientError) as raised:
        create(session, {"Steps": [changed(step, path, value)]})

    assert message in str(raised.value)
    assert "step 'Step': " in str(raised.value)
    assert client.list_pipelines()["PipelineSummaries"] == []


@pytest.mark.parametrize(
    ("given", "message"),
    [("0", "it must be at least 1"), ("-3", "it must be at least 1"), ("101", "it must be at most 100")],
)
def test_a_parameters_value_is_tried_in_its_place_before_anything_starts(session, client, step, given, message):
    step = changed(step, ["ProcessingResources", "ClusterConfig", "InstanceCount"], {"Get": "Parameters.Count"})
    name = create(session, {"Parameters": [{"Name": "Count", "Type": "Integer", "DefaultValue": 1}], "Steps": [step]})

    with pytest.raises(ClientError, match=message):
        start(session, name, {"Count": given})

    assert client.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"] == []


def test_a_new_instance_type_is_let_pass(session, step):
    path = ["ProcessingResources", "ClusterConfig", "InstanceType"]

    assert create(session, {"Steps": [changed(step, path, "ml.m99.large")]})


def test_an_unknown_image_is_found_before_anything_starts(session, client, step):
    uri = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgbost:3.2-0"
    name = create(session, {"Steps": [changed(step, ["AppSpecification", "ImageUri"], uri)]})

    with pytest.raises(ClientError, match="did you mean 'sagemaker-xgboost'"):
        start(session, name)

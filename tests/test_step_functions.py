"""Functions that the SDK's ``@step`` turns into steps run on this machine, with their results passed on."""

from __future__ import annotations

import time

from local_sagemaker.testing import ROLE, SCIKIT_LEARN

import pytest


@pytest.fixture
def sdk():
    """Return the SDK's modules, imported without a region and without a network."""
    import pipelines.compiling.sdk  # noqa: F401  which imports them so

    from sagemaker.core.workflow.pipeline_context import PipelineSession
    from sagemaker.mlops.workflow import function_step
    from sagemaker.mlops.workflow.pipeline import Pipeline

    return PipelineSession, function_step.step, Pipeline


def test_functions_run_as_steps(sdk, session):
    pipeline_session, step, pipeline = sdk
    settings = {"instance_type": "ml.m5.large", "image_uri": SCIKIT_LEARN, "role": ROLE}

    def add(left, right):
        return left + right

    def write(value):
        import pathlib

        pathlib.Path("/opt/ml/model").mkdir(parents=True, exist_ok=True)
        pathlib.Path("/opt/ml/model/value").write_text(str(value))

    total = step(add, name="Add", **settings)(1, 2)
    last = step(write, name="Write", **settings)(total)
    local_session = pipeline_session(boto_session=session, default_bucket="sagemaker-us-east-1-000000000000")
    functions = pipeline(name="Functions", steps=[last], sagemaker_session=local_session)
    functions.upsert(ROLE)
    execution = functions.start()
    while (status := execution.describe()["PipelineExecutionStatus"]) == "Executing":
        time.sleep(0.1)

    assert status == "Succeeded", execution.list_steps()

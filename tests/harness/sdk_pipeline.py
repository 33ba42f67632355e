"""A module that makes its own session, and returns the SDK's own pipeline; tests copy it to a working folder."""

import boto3
from sagemaker.core.workflow.parameters import ParameterString
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.pipeline import Pipeline


def get_pipeline(region, pipeline_name="Mine"):
    session = PipelineSession(boto_session=boto3.Session(region_name=region))
    reason = ParameterString("Reason", default_value="over")
    return Pipeline(
        name=pipeline_name,
        parameters=[reason],
        steps=[FailStep(name="End", error_message=reason)],
        sagemaker_session=session,
    )

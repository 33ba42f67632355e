"""Operations that create, describe, list, stop and delete processing, training and transform jobs."""

from __future__ import annotations

from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.batch_transform.rules import request_errors as transform_request_errors
from local_sagemaker.definition.members.processing import CREATE_PROCESSING_JOB
from local_sagemaker.definition.members.table import Table
from local_sagemaker.definition.members.training import CREATE_TRAINING_JOB
from local_sagemaker.definition.members.transform import CREATE_TRANSFORM_JOB
from local_sagemaker.errors import ValidationError
from local_sagemaker.operations._takes import takes
from local_sagemaker.operations.job_kinds import (
    PROCESSING,
    QUERY,
    TRAINING,
    TRANSFORM,
    create,
    delete,
    describe,
    list_jobs,
    stop,
)
from local_sagemaker.operations.models import describe_model

SERVICE = "sagemaker"


@takes(CREATE_PROCESSING_JOB)
def create_processing_job(account: Account, **request: Any) -> dict[str, Any]:
    """Create a processing job, which starts at once (CreateProcessingJob)."""
    return create(account, PROCESSING, request)


def describe_processing_job(account: Account, *, ProcessingJobName: str) -> dict[str, Any]:
    """Return a processing job (DescribeProcessingJob)."""
    return describe(account, PROCESSING, ProcessingJobName)


@takes(Table(QUERY))
def list_processing_jobs(account: Account, **query: Any) -> dict[str, Any]:
    """List the processing jobs (ListProcessingJobs)."""
    return list_jobs(account, PROCESSING, query)


def stop_processing_job(account: Account, *, ProcessingJobName: str) -> dict[str, Any]:
    """Send a stop request to a processing job (StopProcessingJob)."""
    return stop(account, PROCESSING, ProcessingJobName)


def delete_processing_job(account: Account, *, ProcessingJobName: str) -> dict[str, Any]:
    """Delete a processing job's record and folder; what it wrote to S3 stays (DeleteProcessingJob)."""
    return delete(account, PROCESSING, ProcessingJobName)


@takes(CREATE_TRAINING_JOB)
def create_training_job(account: Account, **request: Any) -> dict[str, Any]:
    """Create a training job, which starts at once (CreateTrainingJob)."""
    uri = f"{request['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{request['TrainingJobName']}/output/model.tar.gz"
    members = {"SecondaryStatus": "Starting", "ModelArtifacts": {"S3ModelArtifacts": uri}}
    return create(account, TRAINING, request | members)


def describe_training_job(account: Account, *, TrainingJobName: str) -> dict[str, Any]:
    """Return a training job (DescribeTrainingJob)."""
    return describe(account, TRAINING, TrainingJobName)


@takes(
    Table(
        QUERY,
        refused={
            "WarmPoolStatusEquals": "there are no warm pools; leave it out",
            "TrainingPlanArnEquals": "there are no training plans; leave it out",
        },
    )
)
def list_training_jobs(account: Account, **query: Any) -> dict[str, Any]:
    """List the training jobs (ListTrainingJobs)."""
    return list_jobs(account, TRAINING, query)


def stop_training_job(account: Account, *, TrainingJobName: str) -> dict[str, Any]:
    """Send a stop request to a training job (StopTrainingJob)."""
    return stop(account, TRAINING, TrainingJobName)


def delete_training_job(account: Account, *, TrainingJobName: str) -> dict[str, Any]:
    """Delete a training job's record and folder; what it wrote to S3 stays (DeleteTrainingJob)."""
    return delete(account, TRAINING, TrainingJobName)


@takes(CREATE_TRANSFORM_JOB)
def create_transform_job(account: Account, **request: Any) -> dict[str, Any]:
    """Create a transform job of an existing model, which starts at once (CreateTransformJob)."""
    describe_model(account, ModelName=request["ModelName"])
    if problem := next(transform_request_errors(request), None):
        raise ValidationError(problem)
    return create(account, TRANSFORM, request)


def describe_transform_job(account: Account, *, TransformJobName: str) -> dict[str, Any]:
    """Return a transform job (DescribeTransformJob)."""
    return describe(account, TRANSFORM, TransformJobName)


@takes(Table(QUERY))
def list_transform_jobs(account: Account, **query: Any) -> dict[str, Any]:
    """List the transform jobs (ListTransformJobs)."""
    return list_jobs(account, TRANSFORM, query)


def stop_transform_job(account: Account, *, TransformJobName: str) -> dict[str, Any]:
    """Send a stop request to a transform job (StopTransformJob)."""
    return stop(account, TRANSFORM, TransformJobName)

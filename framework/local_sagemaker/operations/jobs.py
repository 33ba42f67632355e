"""Processing, training and transform jobs: create, describe, list, stop, delete."""

from __future__ import annotations

from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.batch_transform.rules import request_errors as transform_problems
from local_sagemaker.errors import ValidationError
from local_sagemaker.operations.job_kinds import (
    PROCESSING,
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


def create_processing_job(account: Account, **request: Any) -> dict[str, Any]:
    """CreateProcessingJob: starts at once."""
    return create(account, PROCESSING, request)


def describe_processing_job(account: Account, *, ProcessingJobName: str) -> dict[str, Any]:
    """DescribeProcessingJob."""
    return describe(account, PROCESSING, ProcessingJobName)


def list_processing_jobs(account: Account, **query: Any) -> dict[str, Any]:
    """ListProcessingJobs."""
    return list_jobs(account, PROCESSING, **query)


def stop_processing_job(account: Account, *, ProcessingJobName: str) -> dict[str, Any]:
    """StopProcessingJob."""
    return stop(account, PROCESSING, ProcessingJobName)


def delete_processing_job(account: Account, *, ProcessingJobName: str) -> dict[str, Any]:
    """DeleteProcessingJob: its record and its folder; what it wrote to S3 stays."""
    return delete(account, PROCESSING, ProcessingJobName)


def create_training_job(account: Account, **request: Any) -> dict[str, Any]:
    """CreateTrainingJob: starts at once."""
    return create(account, TRAINING, request | {"SecondaryStatus": "Starting"})


def describe_training_job(account: Account, *, TrainingJobName: str) -> dict[str, Any]:
    """DescribeTrainingJob."""
    return describe(account, TRAINING, TrainingJobName)


def list_training_jobs(account: Account, **query: Any) -> dict[str, Any]:
    """ListTrainingJobs."""
    return list_jobs(account, TRAINING, **query)


def stop_training_job(account: Account, *, TrainingJobName: str) -> dict[str, Any]:
    """StopTrainingJob."""
    return stop(account, TRAINING, TrainingJobName)


def delete_training_job(account: Account, *, TrainingJobName: str) -> dict[str, Any]:
    """DeleteTrainingJob: its record and its folder; what it wrote to S3 stays."""
    return delete(account, TRAINING, TrainingJobName)


def create_transform_job(account: Account, **request: Any) -> dict[str, Any]:
    """CreateTransformJob: starts at once, with a model that is there."""
    describe_model(account, ModelName=request["ModelName"])
    if problem := next(transform_problems(request), None):
        raise ValidationError(problem)
    return create(account, TRANSFORM, request)


def describe_transform_job(account: Account, *, TransformJobName: str) -> dict[str, Any]:
    """DescribeTransformJob."""
    return describe(account, TRANSFORM, TransformJobName)


def list_transform_jobs(account: Account, **query: Any) -> dict[str, Any]:
    """ListTransformJobs."""
    return list_jobs(account, TRANSFORM, **query)


def stop_transform_job(account: Account, *, TransformJobName: str) -> dict[str, Any]:
    """StopTransformJob."""
    return stop(account, TRANSFORM, TransformJobName)

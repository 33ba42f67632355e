"""Reads a step's jobs and their outputs from its metadata, as ListPipelineExecutionSteps returns them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_sagemaker.tools.aws_errors import is_missing
from local_sagemaker.tools.targets import Target

from botocore.exceptions import ClientError

#: Job kind, as a step's metadata name it -> log group.
#: https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
LOG_GROUPS = {
    "ProcessingJob": "/aws/sagemaker/ProcessingJobs",
    "TrainingJob": "/aws/sagemaker/TrainingJobs",
    "TransformJob": "/aws/sagemaker/TransformJobs",
}
#: The types of check steps, whose jobs are processing jobs.
CHECK_STEP_TYPES = ("QualityCheck", "ClarifyCheck")


def jobs(metadata: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (job kind, name) for each job in a step's metadata."""
    arns = [(job_kind, metadata[job_kind]["Arn"]) for job_kind in LOG_GROUPS if job_kind in metadata]
    arns += [
        ("ProcessingJob", metadata[c]["CheckJobArn"]) for c in CHECK_STEP_TYPES if "CheckJobArn" in metadata.get(c, {})
    ]
    return [(job_kind, arn.rpartition("/")[2]) for job_kind, arn in arns]


def describe_processing_job(target: Target, job: str) -> dict[str, Any]:
    """Return DescribeProcessingJob's response; empty if the job's record has been deleted."""
    try:
        return dict(target.client.describe_processing_job(ProcessingJobName=job))
    except ClientError as error:
        if is_missing(error):
            return {}
        raise


def output_uri(job: Mapping[str, Any], name: str) -> str | None:
    """Return the URI of an output in a processing job's description; None if it has no output with that name."""
    outputs = (job.get("ProcessingOutputConfig") or {}).get("Outputs") or ()
    return next((output["S3Output"]["S3Uri"] for output in outputs if output.get("OutputName") == name), None)


def completed_output_uri(job: Mapping[str, Any], name: str) -> str | None:
    """Return the URI of an output of a completed processing job; None if the job has not completed."""
    return output_uri(job, name) if job.get("ProcessingJobStatus") == "Completed" else None

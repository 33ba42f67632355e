"""What the metadata of a step, of ListPipelineExecutionSteps, name: its jobs, and what those have put out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_sagemaker.tools.aws_errors import is_missing
from local_sagemaker.tools.targets import Target

from botocore.exceptions import ClientError

#: Kind of job, as a step's metadata name it -> log group.
#: https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
GROUPS = {
    "ProcessingJob": "/aws/sagemaker/ProcessingJobs",
    "TrainingJob": "/aws/sagemaker/TrainingJobs",
    "TransformJob": "/aws/sagemaker/TransformJobs",
}
#: Kinds of checks: their jobs are processing jobs.
CHECKS = ("QualityCheck", "ClarifyCheck")


def jobs(metadata: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Kind and name of each job that a step's metadata, of ListPipelineExecutionSteps, name."""
    arns = [(kind, metadata[kind]["Arn"]) for kind in GROUPS if kind in metadata]
    arns += [("ProcessingJob", metadata[c]["CheckJobArn"]) for c in CHECKS if "CheckJobArn" in metadata.get(c, {})]
    return [(kind, arn.rpartition("/")[2]) for kind, arn in arns]


def described_job(target: Target, job: str) -> dict[str, Any]:
    """DescribeProcessingJob; empty where the job's record is gone."""
    try:
        return dict(target.client.describe_processing_job(ProcessingJobName=job))
    except ClientError as error:
        if is_missing(error):
            return {}
        raise


def output_uri(job: Mapping[str, Any], name: str) -> str | None:
    """The URI of an output of a processing job that is described; None where it has none of that name."""
    outputs = (job.get("ProcessingOutputConfig") or {}).get("Outputs") or ()
    return next((one["S3Output"]["S3Uri"] for one in outputs if one.get("OutputName") == name), None)


def output_of(job: Mapping[str, Any], name: str) -> str | None:
    """The same of a job that has ended well; None of one that has not."""
    return output_uri(job, name) if job.get("ProcessingJobStatus") == "Completed" else None

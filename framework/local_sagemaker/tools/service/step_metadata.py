"""What the metadata of a step, of ListPipelineExecutionSteps, name: its jobs, and what those have put out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_sagemaker.tools.refusals import is_missing
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


def output_of(target: Target, job: str, name: str) -> str | None:
    """The URI of an output of a processing job that has ended well; None where it has none of that name, or is gone."""
    try:
        described = target.client.describe_processing_job(ProcessingJobName=job)
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    outputs = (described.get("ProcessingOutputConfig") or {}).get("Outputs") or ()
    uris = [output["S3Output"]["S3Uri"] for output in outputs if output.get("OutputName") == name]
    return uris[0] if uris and described["ProcessingJobStatus"] == "Completed" else None

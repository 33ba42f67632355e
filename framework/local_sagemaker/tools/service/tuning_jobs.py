"""Lists the training jobs of a tuning step, and describes the best of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_sagemaker.tools.service.executions import pages

TUNING_JOB = "HyperParameterTuningJob"


def tuning_job_name(metadata: Mapping[str, Any]) -> str | None:
    """Return the name of the tuning job in a step's metadata, as ListPipelineExecutionSteps returns them, or None."""
    return metadata["TuningJob"]["Arn"].rpartition("/")[2] if "TuningJob" in metadata else None


def training_jobs(client: Any, tuning_job: str) -> list[str]:
    """Return the names of a tuning job's training jobs, in the order of their creation."""
    summaries = pages(
        client,
        "list_training_jobs_for_hyper_parameter_tuning_job",
        HyperParameterTuningJobName=tuning_job,
        SortBy="CreationTime",
        SortOrder="Ascending",
    )
    return [job["TrainingJobName"] for job in summaries]


def best_job(client: Any, tuning_job: str) -> dict[str, Any] | None:
    """Return name, metric, value and hyperparameters of the best training job, and the number of jobs.

    Return None if there is no best job yet.
    """
    job = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=tuning_job)
    if not (best := job.get("BestTrainingJob")):
        return None
    metric = best["FinalHyperParameterTuningJobObjectiveMetric"]
    return {
        "training_job": best["TrainingJobName"],
        "metric": metric["MetricName"],
        "value": metric["Value"],
        "hyperparameters": best["TunedHyperParameters"],
        "jobs": sum(job["TrainingJobStatusCounters"].values()),
    }

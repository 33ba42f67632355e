"""The training jobs of a tuning step, and the best of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_sagemaker.tools.service.executions import pages

KIND = "HyperParameterTuningJob"


def name_of(metadata: Mapping[str, Any]) -> str | None:
    """The tuning job that a step's metadata, of ListPipelineExecutionSteps, name."""
    return metadata["TuningJob"]["Arn"].rpartition("/")[2] if "TuningJob" in metadata else None


def training_jobs(client: Any, tuning_job: str) -> list[str]:
    """Names of a tuning job's training jobs, in the order in which they were made."""
    found = pages(
        client,
        "list_training_jobs_for_hyper_parameter_tuning_job",
        HyperParameterTuningJobName=tuning_job,
        SortBy="CreationTime",
        SortOrder="Ascending",
    )
    return [job["TrainingJobName"] for job in found]


def best(client: Any, tuning_job: str) -> dict[str, Any] | None:
    """The best training job's name, metric, value and hyperparameters, and of how many; None where there is none."""
    job = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=tuning_job)
    if not (found := job.get("BestTrainingJob")):
        return None
    metric = found["FinalHyperParameterTuningJobObjectiveMetric"]
    return {
        "training_job": found["TrainingJobName"],
        "metric": metric["MetricName"],
        "value": metric["Value"],
        "hyperparameters": found["TunedHyperParameters"],
        "jobs": sum(job["TrainingJobStatusCounters"].values()),
    }

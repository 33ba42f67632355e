"""Operations that create, describe, list, stop and delete hyperparameter tuning jobs, and list a job's training
jobs.
"""

from __future__ import annotations

from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.definition.members.table import Table
from local_sagemaker.definition.members.tuning import CREATE_HYPER_PARAMETER_TUNING_JOB
from local_sagemaker.operations._takes import takes
from local_sagemaker.operations.job_kinds import QUERY, TUNING, create, delete, describe, list_jobs, stop
from local_sagemaker.operations.listing import PAGES, listing
from local_sagemaker.operations.tuning_requests import check, objective

SERVICE = "sagemaker"
#: The kind of record for a training job of a tuning job, with the values that it tried; the tuning job is its parent.
TRIAL = "tuned"
_SORTED_BY_NAME = {"SortBy": "Name", "SortOrder": "Ascending"}
SUMMARY_MEMBERS = (
    "TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingStartTime", "TrainingEndTime", "TrainingJobStatus",
    "TunedHyperParameters", "FailureReason", "FinalHyperParameterTuningJobObjectiveMetric", "ObjectiveStatus",
)  # fmt: skip


@takes(CREATE_HYPER_PARAMETER_TUNING_JOB)
def create_hyper_parameter_tuning_job(account: Account, **request: Any) -> dict[str, Any]:
    """Create a tuning job, which starts at once (CreateHyperParameterTuningJob)."""
    check(account, request)
    counters = {
        "TrainingJobStatusCounters": dict.fromkeys(
            ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped"), 0
        ),
        "ObjectiveStatusCounters": dict.fromkeys(("Succeeded", "Pending", "Failed"), 0),
    }
    return create(account, TUNING, request | counters)


def describe_hyper_parameter_tuning_job(account: Account, *, HyperParameterTuningJobName: str) -> dict[str, Any]:
    """Return a tuning job (DescribeHyperParameterTuningJob)."""
    return describe(account, TUNING, HyperParameterTuningJobName)


@takes(Table(QUERY))
def list_hyper_parameter_tuning_jobs(account: Account, **query: Any) -> dict[str, Any]:
    """List the tuning jobs (ListHyperParameterTuningJobs)."""
    listed = list_jobs(account, TUNING, query)
    return listed | {TUNING.summaries: [_summary(job) for job in listed[TUNING.summaries]]}


def stop_hyper_parameter_tuning_job(account: Account, *, HyperParameterTuningJobName: str) -> dict[str, Any]:
    """Request the stop of a tuning job (StopHyperParameterTuningJob)."""
    return stop(account, TUNING, HyperParameterTuningJobName)


def delete_hyper_parameter_tuning_job(account: Account, *, HyperParameterTuningJobName: str) -> dict[str, Any]:
    """Delete a tuning job's record and folder; its training jobs stay (DeleteHyperParameterTuningJob)."""
    return delete(account, TUNING, HyperParameterTuningJobName)


@takes(Table(f"StatusEquals {PAGES}"))
def list_training_jobs_for_hyper_parameter_tuning_job(
    account: Account, *, HyperParameterTuningJobName: str, **query: Any
) -> dict[str, Any]:
    """List a tuning job's training jobs (ListTrainingJobsForHyperParameterTuningJob). Sorted by the objective, jobs
    without a value come last.
    """
    job = describe(account, TUNING, HyperParameterTuningJobName)
    trials = account.store.list(TRIAL, (TUNING.record_kind, HyperParameterTuningJobName))
    summaries = [{name: trial[name] for name in SUMMARY_MEMBERS if name in trial} for trial in trials]
    if query.get("SortBy") == "FinalObjectiveMetricValue":
        is_larger_better = objective(job)["Type"] == "Maximize"
        summaries.sort(key=lambda summary: _rank(summary, is_larger_better), reverse=True)
        query = {"SortOrder": "Descending", **query, "SortBy": "CreationTime"}  # the order that they have now
    return listing(
        "TrainingJobSummaries",
        summaries,
        _SORTED_BY_NAME | query,
        name="TrainingJobName",
        status="TrainingJobStatus",
    )


def _rank(summary: dict[str, Any], is_larger_better: bool) -> tuple[bool, float]:
    """Return the sort key that puts the best training job first."""
    metric = summary.get("FinalHyperParameterTuningJobObjectiveMetric")
    value = metric["Value"] if metric else 0.0
    return metric is None, -value if is_larger_better else value


def _summary(job: dict[str, Any]) -> dict[str, Any]:
    name_members = ("Name", "Arn", "Status")
    members = [f"HyperParameterTuningJob{name}" for name in name_members] + ["CreationTime", "LastModifiedTime"]
    counters = ["TrainingJobStatusCounters", "ObjectiveStatusCounters"]
    config = job["HyperParameterTuningJobConfig"]
    summary = {name: job[name] for name in [*members, *counters] if name in job}
    return summary | {"Strategy": config["Strategy"], "ResourceLimits": config["ResourceLimits"]}

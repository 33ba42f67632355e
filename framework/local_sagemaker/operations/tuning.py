"""Hyperparameter tuning jobs: create, describe, list, stop, delete; and the training jobs of one."""

from __future__ import annotations

from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.operations.job_kinds import TUNING, create, delete, describe, list_jobs, stop
from local_sagemaker.operations.listing import page
from local_sagemaker.operations.tuning_requests import check, objective

SERVICE = "sagemaker"
#: Of the record that says what a training job was tried with; its parent is the tuning job.
TUNED = "tuned"
SUMMARY = (
    "TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingStartTime", "TrainingEndTime", "TrainingJobStatus",
    "TunedHyperParameters", "FailureReason", "FinalHyperParameterTuningJobObjectiveMetric", "ObjectiveStatus",
)  # fmt: skip


def create_hyper_parameter_tuning_job(account: Account, **request: Any) -> dict[str, Any]:
    """CreateHyperParameterTuningJob: starts at once."""
    check(account, request)
    counters = {
        "TrainingJobStatusCounters": dict.fromkeys(
            ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped"), 0
        ),
        "ObjectiveStatusCounters": dict.fromkeys(("Succeeded", "Pending", "Failed"), 0),
    }
    return create(account, TUNING, request | counters)


def describe_hyper_parameter_tuning_job(account: Account, *, HyperParameterTuningJobName: str) -> dict[str, Any]:
    """DescribeHyperParameterTuningJob."""
    return describe(account, TUNING, HyperParameterTuningJobName)


def list_hyper_parameter_tuning_jobs(account: Account, **query: Any) -> dict[str, Any]:
    """ListHyperParameterTuningJobs."""
    found = list_jobs(account, TUNING, **query)
    return found | {TUNING.summaries: [_in_short(job) for job in found[TUNING.summaries]]}


def stop_hyper_parameter_tuning_job(account: Account, *, HyperParameterTuningJobName: str) -> dict[str, Any]:
    """StopHyperParameterTuningJob."""
    return stop(account, TUNING, HyperParameterTuningJobName)


def delete_hyper_parameter_tuning_job(account: Account, *, HyperParameterTuningJobName: str) -> dict[str, Any]:
    """DeleteHyperParameterTuningJob: its record and its folder; its training jobs stay."""
    return delete(account, TUNING, HyperParameterTuningJobName)


def list_training_jobs_for_hyper_parameter_tuning_job(
    account: Account,
    *,
    HyperParameterTuningJobName: str,
    StatusEquals: str = "",
    SortBy: str = "Name",
    **pages: Any,
) -> dict[str, Any]:
    """ListTrainingJobsForHyperParameterTuningJob; by the objective's value, what has none comes last."""
    job = describe(account, TUNING, HyperParameterTuningJobName)
    found = [
        {name: one[name] for name in SUMMARY if name in one}
        for one in account.store.list(TUNED, (TUNING.kind, HyperParameterTuningJobName))
        if StatusEquals in ("", one["TrainingJobStatus"])
    ]
    if SortBy == "FinalObjectiveMetricValue":
        is_larger_better = objective(job)["Type"] == "Maximize"
        ranked = sorted(found, key=lambda one: _rank(one, is_larger_better))
        order = {one["TrainingJobName"]: number for number, one in enumerate(ranked)}
        return page("TrainingJobSummaries", found, sort=lambda o: order[o["TrainingJobName"]], **_best_first(pages))
    sort = {"CreationTime": "CreationTime", "Status": "TrainingJobStatus"}.get(SortBy, "TrainingJobName")
    return page("TrainingJobSummaries", found, sort=lambda one: one[sort], **{"SortOrder": "Ascending"} | pages)


def _rank(one: dict[str, Any], is_larger_better: bool) -> tuple[bool, float]:
    """What sorts the best first."""
    metric = one.get("FinalHyperParameterTuningJobObjectiveMetric")
    value = metric["Value"] if metric else 0.0
    return metric is None, -value if is_larger_better else value


def _best_first(pages: dict[str, Any]) -> dict[str, Any]:
    """The order of the answer: Descending, the default of people who ask for the best, begins with the best."""
    return pages | {"SortOrder": "Descending" if pages.get("SortOrder") == "Ascending" else "Ascending"}


def _in_short(job: dict[str, Any]) -> dict[str, Any]:
    own = ("Name", "Arn", "Status")
    members = [f"HyperParameterTuningJob{name}" for name in own] + ["CreationTime", "LastModifiedTime"]
    counters = ["TrainingJobStatusCounters", "ObjectiveStatusCounters"]
    config = job["HyperParameterTuningJobConfig"]
    found = {name: job[name] for name in [*members, *counters] if name in job}
    return found | {"Strategy": config["Strategy"], "ResourceLimits": config["ResourceLimits"]}

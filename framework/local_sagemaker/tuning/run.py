"""Runs one tuning job: starts its training jobs, polls them, and records the best."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

from local_sagemaker import images
from local_sagemaker.account import Account
from local_sagemaker.errors import LocalSageMakerError, NotFoundError
from local_sagemaker.jobs.metrics import Metrics
from local_sagemaker.operations import jobs
from local_sagemaker.operations.job_kinds import RUNNING, TUNING
from local_sagemaker.operations.tuning import TRIAL, list_training_jobs_for_hyper_parameter_tuning_job
from local_sagemaker.operations.tuning_requests import objective
from local_sagemaker.processes import Children
from local_sagemaker.tuning import search

from optuna.trial import Trial, TrialState

POLL_SECONDS = 0.1
#: The hyperparameter by which the service passes the name of the objective metric to a container.
OBJECTIVE_HYPERPARAMETER = "_tuning_objective_metric"
ALL_FAILED = "All training jobs failed. Please take a look at the training jobs failures to get more details."
#: Status of a training job -> its counter; every other status counts as NonRetryableError.
COUNTERS = {"InProgress": "InProgress", "Stopping": "InProgress", "Completed": "Completed", "Stopped": "Stopped"}


class Tuning:
    """One tuning job that this process runs."""

    def __init__(self, account: Account, name: str):
        self.children = Children(forked=frozenset())  # not forked, as libraries have started threads in this process
        self.account, self.name = replace(account, start=self.children.start), name
        self.job = account.store.get(TUNING.record_kind, name) or {}
        self.config, self.training = self.job["HyperParameterTuningJobConfig"], self.job["TrainingJobDefinition"]
        self.objective = objective(self.job)
        self.study = search.make_study(self.config, self.objective["Type"])
        self.ranges = search.search_ranges(self.config)
        self.metrics = _find_metrics(account, self.training["AlgorithmSpecification"])
        self.trials: dict[str, Trial] = {}
        self.reported_values: dict[str, int] = {}  # training job -> how many of its values Optuna has
        self.start_time = time.monotonic()

    def run(self) -> str:
        """Train until the search is over; return the final status."""
        try:
            self._loop()
        except LocalSageMakerError as error:
            self._stop_all()
            return self._end("Failed", str(error))
        except Exception as error:
            self._stop_all()
            self._end("Failed", f"InternalServerError: {type(error).__name__}: {error}"[:1024])
            raise
        if self._is_stopping():
            return self._end("Stopped")
        if not any(summary.get("ObjectiveStatus") == "Succeeded" for summary in self._summaries()):
            return self._end("Failed", f"AlgorithmError: {ALL_FAILED} {self._first_failure()}"[:1024])
        return self._end("Completed")

    def _loop(self) -> None:
        remaining = search.job_count(self.config)
        parallel = min(self.config["ResourceLimits"]["MaxParallelTrainingJobs"], os.cpu_count() or 1)
        while True:
            for name in list(self.trials):
                self._check_job(name)
            if self._is_stopping() or self._is_search_over():
                remaining = 0
                self._stop_all()
            while remaining and len(self.trials) < parallel:
                self._start_training_job()
                remaining -= 1
            if not self.trials:
                return
            self.children.wait(POLL_SECONDS)

    def _start_training_job(self) -> None:
        trial = self.study.ask()
        tuned = search.suggest(trial, self.ranges)
        name = f"{self.name}-{trial.number + 1:03d}-{self.account.new_id(8)}"
        request = _training_request(
            self.training, name, tuned | {OBJECTIVE_HYPERPARAMETER: self.objective["MetricName"]}
        )
        record = {"TrainingJobName": name, "TunedHyperParameters": tuned, "ObjectiveStatus": "Pending"}
        parent = (TUNING.record_kind, self.name)
        self.account.store.insert(TRIAL, name, record | {"TrainingJobStatus": "InProgress"}, parent)
        arn = jobs.create_training_job(self.account, **request)["TrainingJobArn"]
        now = self.account.now()
        self.account.store.update("TrainingJob", name, {"TuningJobArn": self.job[TUNING.arn]})
        self.account.store.update(TRIAL, name, {"TrainingJobArn": arn, "CreationTime": now})
        self.trials[name] = trial
        self._record_progress()

    def _check_job(self, name: str) -> None:
        """Record a finished training job, or stop an unpromising one early."""
        try:
            job = jobs.describe_training_job(self.account, TrainingJobName=name)
        except NotFoundError:  # a user has deleted it
            job = {"TrainingJobStatus": "Stopped", "FailureReason": "ClientError: the training job was deleted"}
        if job["TrainingJobStatus"] in RUNNING:
            if self._is_hopeless(name):
                jobs.stop_training_job(self.account, TrainingJobName=name)
            return
        trial = self.trials.pop(name)
        value = self._objective_value(name, job)
        changes: dict[str, Any] = {
            n: job[n] for n in ("TrainingStartTime", "TrainingEndTime", "FailureReason") if n in job
        }
        changes |= {"TrainingJobStatus": job["TrainingJobStatus"], "ObjectiveStatus": "Failed"}
        if value is not None:
            metric = {"Type": self.objective["Type"], "MetricName": self.objective["MetricName"], "Value": value}
            changes |= {"FinalHyperParameterTuningJobObjectiveMetric": metric, "ObjectiveStatus": "Succeeded"}
        self.account.store.update(TRIAL, name, changes)
        state = TrialState.FAIL if value is None else TrialState.COMPLETE
        self.study.tell(trial, value, state)
        print(f"{name}: {job['TrainingJobStatus']}, {self.objective['MetricName']} {value}", flush=True)
        self._record_progress()

    def _objective_value(self, name: str, job: dict[str, Any]) -> float | None:
        """Return the objective's final value; for a job that was stopped, the last value in its log."""
        final_values = {metric["MetricName"]: metric["Value"] for metric in job.get("FinalMetricDataList") or ()}
        if job["TrainingJobStatus"] == "Stopped":
            return next(iter(self._read_values(name)[-1:]), None)
        return final_values.get(self.objective["MetricName"])

    def _read_values(self, name: str) -> list[float]:
        log = self.account.root / "jobs" / name / "algo-1.log"
        return self.metrics.values(log, self.objective["MetricName"]) if log.is_file() else []

    def _is_hopeless(self, name: str) -> bool:
        if self.config.get("TrainingJobEarlyStoppingType") != "Auto" and self.config["Strategy"] != "Hyperband":
            return False
        trial, values = self.trials[name], self._read_values(name)
        for step in range(self.reported_values.get(name, 0), len(values)):
            trial.report(values[step], step)
        self.reported_values[name] = len(values)
        return bool(values) and trial.should_prune()

    def _is_search_over(self) -> bool:
        criteria = self.config.get("TuningJobCompletionCriteria") or {}
        limit = self.config["ResourceLimits"].get("MaxRuntimeInSeconds")
        if limit and time.monotonic() - self.start_time > limit:
            return True
        return self._is_target_reached(criteria.get("TargetObjectiveMetricValue")) or self._has_stalled(
            (criteria.get("BestObjectiveNotImproving") or {}).get("MaxNumberOfTrainingJobsNotImproving")
        )

    def _is_target_reached(self, target: float | None) -> bool:
        if target is None or (best := self._best()) is None:
            return False
        value = best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
        return bool(value >= target if self.objective["Type"] == "Maximize" else value <= target)

    def _has_stalled(self, max_jobs_without_improvement: int | None) -> bool:
        if max_jobs_without_improvement is None:
            return False
        done = [trial for trial in self.study.trials if trial.state is TrialState.COMPLETE]
        return bool(done) and len(done) - done.index(self.study.best_trial) > max_jobs_without_improvement

    def _is_stopping(self) -> bool:
        record = self.account.store.get(TUNING.record_kind, self.name) or {}
        return record.get(TUNING.status) == "Stopping"

    def _stop_all(self) -> None:
        for name in self.trials:
            with suppress(NotFoundError):
                jobs.stop_training_job(self.account, TrainingJobName=name)

    def _summaries(self) -> list[dict[str, Any]]:
        return self.account.store.list(TRIAL, (TUNING.record_kind, self.name))

    def _best(self) -> dict[str, Any] | None:
        summaries = list_training_jobs_for_hyper_parameter_tuning_job(
            self.account, HyperParameterTuningJobName=self.name, SortBy="FinalObjectiveMetricValue", MaxResults=1
        )["TrainingJobSummaries"]
        return summaries[0] if summaries and "FinalHyperParameterTuningJobObjectiveMetric" in summaries[0] else None

    def _first_failure(self) -> str:
        reasons = (
            f"{summary['TrainingJobName']}: {summary['FailureReason']}"
            for summary in self._summaries()
            if "FailureReason" in summary
        )
        no_value = (
            f"no job printed a value of {self.objective['MetricName']!r}; check that it is a metric of the algorithm"
        )
        return f"The first: {next(reasons, no_value)}"

    def _record_progress(self) -> None:
        """Record the counters and the best training job."""
        summaries = self._summaries()
        statuses = [COUNTERS.get(summary["TrainingJobStatus"], "NonRetryableError") for summary in summaries]
        objectives = [summary["ObjectiveStatus"] for summary in summaries]
        changes: dict[str, Any] = {
            "TrainingJobStatusCounters": {name: statuses.count(name) for name in self.job["TrainingJobStatusCounters"]},
            "ObjectiveStatusCounters": {name: objectives.count(name) for name in self.job["ObjectiveStatusCounters"]},
            "LastModifiedTime": self.account.now(),
        }
        if best := self._best():
            changes["BestTrainingJob"] = best
        self.account.store.update(TUNING.record_kind, self.name, changes)

    def _end(self, status: str, reason: str = "") -> str:
        self._record_progress()
        changes = {TUNING.status: status, "HyperParameterTuningEndTime": self.account.now()}
        self.account.store.update(
            TUNING.record_kind, self.name, changes | ({"FailureReason": reason} if reason else {})
        )
        return status


def _find_metrics(account: Account, specification: dict[str, Any]) -> Metrics:
    """Return the patterns of the metrics in the logs of the training jobs."""
    image = images.find_image(account.config, specification["TrainingImage"])
    return Metrics(specification.get("MetricDefinitions") or (), image.metrics)


def _training_request(definition: dict[str, Any], name: str, tuned: dict[str, str]) -> dict[str, Any]:
    """Return the request of one training job."""
    resources = definition.get("ResourceConfig") or definition.get("HyperParameterTuningResourceConfig")
    tuning_members = (
        "DefinitionName",
        "HyperParameterRanges",
        "HyperParameterTuningResourceConfig",
        "StaticHyperParameters",
    )
    request = {
        member: value for member, value in definition.items() if member not in (*tuning_members, "TuningObjective")
    }
    hyperparameters = (definition.get("StaticHyperParameters") or {}) | tuned
    return request | {"TrainingJobName": name, "ResourceConfig": resources, "HyperParameters": hyperparameters}

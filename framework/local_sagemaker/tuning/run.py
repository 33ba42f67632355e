"""The loop of one tuning job."""

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
from local_sagemaker.operations.tuning import TUNED, list_training_jobs_for_hyper_parameter_tuning_job
from local_sagemaker.operations.tuning_requests import objective
from local_sagemaker.processes import Children
from local_sagemaker.tuning import search

from optuna.trial import Trial, TrialState

POLL_SECONDS = 0.1
#: The hyperparameter by which the service tells a container what it is tuned for.
OBJECTIVE = "_tuning_objective_metric"
ALL_FAILED = "All training jobs failed. Please take a look at the training jobs failures to get more details."
#: Status of a training job -> the counter that it goes into.
COUNTERS = {"InProgress": "InProgress", "Stopping": "InProgress", "Completed": "Completed", "Stopped": "Stopped"}


class Tuning:
    """One tuning job that this process runs."""

    def __init__(self, account: Account, name: str):
        self.children = Children(forked=frozenset())  # libraries of this process have threads
        self.account, self.name = replace(account, start=self.children.start), name
        self.job = account.store.get(TUNING.kind, name) or {}
        self.config, self.training = self.job["HyperParameterTuningJobConfig"], self.job["TrainingJobDefinition"]
        self.objective = objective(self.job)
        self.study = search.study(self.config, self.objective["Type"])
        self.ranges = search.ranges(self.config)
        self.metrics = _metrics(account, self.training["AlgorithmSpecification"])
        self.trials: dict[str, Trial] = {}
        self.reported: dict[str, int] = {}
        self.began = time.monotonic()

    def run(self) -> str:
        """Train until enough has been tried; the final status."""
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
        if not any(one.get("ObjectiveStatus") == "Succeeded" for one in self._tried()):
            return self._end("Failed", f"AlgorithmError: {ALL_FAILED} {self._first_failure()}"[:1024])
        return self._end("Completed")

    def _loop(self) -> None:
        left = search.count(self.config)
        parallel = min(self.config["ResourceLimits"]["MaxParallelTrainingJobs"], os.cpu_count() or 1)
        while True:
            for name in list(self.trials):
                self._look(name)
            if self._is_stopping() or self._is_enough():
                left = 0
                self._stop_all()
            while left and len(self.trials) < parallel:
                self._train()
                left -= 1
            if not self.trials:
                return
            self.children.wait(POLL_SECONDS)

    def _train(self) -> None:
        trial = self.study.ask()
        tuned = search.suggest(trial, self.ranges)
        name = f"{self.name}-{trial.number + 1:03d}-{self.account.new_id(8)}"
        request = _training_job(self.training, name, tuned | {OBJECTIVE: self.objective["MetricName"]})
        record = {"TrainingJobName": name, "TunedHyperParameters": tuned, "ObjectiveStatus": "Pending"}
        parent = (TUNING.kind, self.name)
        self.account.store.insert(TUNED, name, record | {"TrainingJobStatus": "InProgress"}, parent)
        arn = jobs.create_training_job(self.account, **request)["TrainingJobArn"]
        now = self.account.now()
        self.account.store.update("TrainingJob", name, {"TuningJobArn": self.job[TUNING.arn]})
        self.account.store.update(TUNED, name, {"TrainingJobArn": arn, "CreationTime": now})
        self.trials[name] = trial
        self._update()

    def _look(self, name: str) -> None:
        """Take a training job's end in; or stop it, where what it has come to so far is no good."""
        try:
            found = jobs.describe_training_job(self.account, TrainingJobName=name)
        except NotFoundError:  # somebody has deleted it
            found = {"TrainingJobStatus": "Stopped", "FailureReason": "ClientError: the training job was deleted"}
        if found["TrainingJobStatus"] in RUNNING:
            if self._is_hopeless(name):
                jobs.stop_training_job(self.account, TrainingJobName=name)
            return
        trial = self.trials.pop(name)
        value = self._value(name, found)
        changes: dict[str, Any] = {
            n: found[n] for n in ("TrainingStartTime", "TrainingEndTime", "FailureReason") if n in found
        }
        changes |= {"TrainingJobStatus": found["TrainingJobStatus"], "ObjectiveStatus": "Failed"}
        if value is not None:
            metric = {"Type": self.objective["Type"], "MetricName": self.objective["MetricName"], "Value": value}
            changes |= {"FinalHyperParameterTuningJobObjectiveMetric": metric, "ObjectiveStatus": "Succeeded"}
        self.account.store.update(TUNED, name, changes)
        state = TrialState.FAIL if value is None else TrialState.COMPLETE
        self.study.tell(trial, value, state)
        print(f"{name}: {found['TrainingJobStatus']}, {self.objective['MetricName']} {value}", flush=True)
        self._update()

    def _value(self, name: str, found: dict[str, Any]) -> float | None:
        """The objective's last value; of a job that was stopped early, the last that it had printed."""
        finals = {one["MetricName"]: one["Value"] for one in found.get("FinalMetricDataList") or ()}
        wanted = self.objective["MetricName"]
        if found["TrainingJobStatus"] == "Stopped":
            return next(iter(self._printed(name)[-1:]), None)
        return finals.get(wanted)

    def _printed(self, name: str) -> list[float]:
        log = self.account.root / "jobs" / name / "algo-1.log"
        return self.metrics.values(log, self.objective["MetricName"]) if log.is_file() else []

    def _is_hopeless(self, name: str) -> bool:
        if self.config.get("TrainingJobEarlyStoppingType") != "Auto" and self.config["Strategy"] != "Hyperband":
            return False
        trial, printed = self.trials[name], self._printed(name)
        for step in range(self.reported.get(name, 0), len(printed)):
            trial.report(printed[step], step)
        self.reported[name] = len(printed)
        return bool(printed) and trial.should_prune()

    def _is_enough(self) -> bool:
        criteria = self.config.get("TuningJobCompletionCriteria") or {}
        limit = self.config["ResourceLimits"].get("MaxRuntimeInSeconds")
        if limit and time.monotonic() - self.began > limit:
            return True
        return self._is_reached(criteria.get("TargetObjectiveMetricValue")) or self._is_stuck(
            (criteria.get("BestObjectiveNotImproving") or {}).get("MaxNumberOfTrainingJobsNotImproving")
        )

    def _is_reached(self, target: float | None) -> bool:
        if target is None or (best := self._best()) is None:
            return False
        value = best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
        return bool(value >= target if self.objective["Type"] == "Maximize" else value <= target)

    def _is_stuck(self, jobs_without: int | None) -> bool:
        if jobs_without is None:
            return False
        done = [trial for trial in self.study.trials if trial.state is TrialState.COMPLETE]
        return bool(done) and len(done) - done.index(self.study.best_trial) > jobs_without

    def _is_stopping(self) -> bool:
        found = self.account.store.get(TUNING.kind, self.name) or {}
        return found.get(TUNING.status) == "Stopping"

    def _stop_all(self) -> None:
        for name in self.trials:
            with suppress(NotFoundError):
                jobs.stop_training_job(self.account, TrainingJobName=name)

    def _tried(self) -> list[dict[str, Any]]:
        return self.account.store.list(TUNED, (TUNING.kind, self.name))

    def _best(self) -> dict[str, Any] | None:
        found = list_training_jobs_for_hyper_parameter_tuning_job(
            self.account, HyperParameterTuningJobName=self.name, SortBy="FinalObjectiveMetricValue", MaxResults=1
        )["TrainingJobSummaries"]
        return found[0] if found and "FinalHyperParameterTuningJobObjectiveMetric" in found[0] else None

    def _first_failure(self) -> str:
        reasons = (
            f"{one['TrainingJobName']}: {one['FailureReason']}" for one in self._tried() if "FailureReason" in one
        )
        silent = f"none printed a value of {self.objective['MetricName']!r}: is it a metric of the algorithm?"
        return f"The first: {next(reasons, silent)}"

    def _update(self) -> None:
        """Write down how it stands."""
        tried = self._tried()
        statuses = [COUNTERS.get(one["TrainingJobStatus"], "NonRetryableError") for one in tried]
        objectives = [one["ObjectiveStatus"] for one in tried]
        changes: dict[str, Any] = {
            "TrainingJobStatusCounters": {name: statuses.count(name) for name in self.job["TrainingJobStatusCounters"]},
            "ObjectiveStatusCounters": {name: objectives.count(name) for name in self.job["ObjectiveStatusCounters"]},
            "LastModifiedTime": self.account.now(),
        }
        if best := self._best():
            changes["BestTrainingJob"] = best
        self.account.store.update(TUNING.kind, self.name, changes)

    def _end(self, status: str, reason: str = "") -> str:
        self._update()
        changes = {TUNING.status: status, "HyperParameterTuningEndTime": self.account.now()}
        self.account.store.update(TUNING.kind, self.name, changes | ({"FailureReason": reason} if reason else {}))
        return status


def _metrics(account: Account, specification: dict[str, Any]) -> Metrics:
    """What is looked for in the logs of the training jobs."""
    image = images.find(account.config, specification["TrainingImage"])
    return Metrics(specification.get("MetricDefinitions") or (), image.metrics)


def _training_job(definition: dict[str, Any], name: str, tuned: dict[str, str]) -> dict[str, Any]:
    """The request of one training job."""
    resources = definition.get("ResourceConfig") or definition.get("HyperParameterTuningResourceConfig")
    own = ("DefinitionName", "HyperParameterRanges", "HyperParameterTuningResourceConfig", "StaticHyperParameters")
    request = {member: value for member, value in definition.items() if member not in (*own, "TuningObjective")}
    hyperparameters = (definition.get("StaticHyperParameters") or {}) | tuned
    return request | {"TrainingJobName": name, "ResourceConfig": resources, "HyperParameters": hyperparameters}

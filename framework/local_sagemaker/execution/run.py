"""Runs one execution: starts its steps, polls their jobs, and stops them on request."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.definition.definition_errors import ExpressionError
from local_sagemaker.definition.expressions import evaluate
from local_sagemaker.definition.graph import graph_of
from local_sagemaker.definition.step import Step
from local_sagemaker.definition.step_specs import STEP_SPECS
from local_sagemaker.errors import LocalSageMakerError, NotFoundError
from local_sagemaker.execution.schedule import ready_steps
from local_sagemaker.execution.scope import initial_scope, with_property_files
from local_sagemaker.operations.executions import STEP_FAILURE
from local_sagemaker.pipeline_events import execution_event, step_event
from local_sagemaker.processes import Children
from local_sagemaker.step_types import handlers
from local_sagemaker.step_types.handler import Outcome, Request

#: Seconds between two polls, which look for stop requests and for jobs of an earlier run that have ended. The end of a
#: job that this process started is noticed at once.
POLL_SECONDS = 0.1
TUNING_JOB_NAME_LENGTH = 32  # the service's limit
TOKEN_LENGTH = 10


class Execution:
    """One execution that this process runs."""

    def __init__(self, account: Account, arn: str, children: Children):
        self.account, self.arn, self.children = replace(account, start=children.start), arn, children
        self.record = account.store.get("execution", arn) or {}
        self.graph = graph_of(self.record["PipelineDefinition"])
        self.scope = initial_scope(account, self.graph, self.record)
        self.handlers = handlers()
        self.status: dict[str, str] = {}
        self.reported: dict[str, str] = {}  # step -> the status that its last event reported
        self.job_names: dict[str, str] = {}
        self.not_taken: set[str] = set()
        self.fail_message = ""

    def resume(self) -> None:
        """Take over the results of an earlier run of this execution: steps that succeeded, jobs that outlived it."""
        for step in self.account.store.list("step", ("execution", self.arn)):
            name = step["StepName"]
            if step["StepStatus"] == "Succeeded":
                self.status[name] = "Succeeded"
                self.scope["Steps"][name] = step["Properties"]
                self.not_taken |= set(step["NotTaken"])
            elif (outcome := self._poll_earlier_job(step)).status in ("Executing", "Succeeded"):
                self.job_names[name] = step["JobName"]
                self.account.store.update("step", f"{self.arn}/{name}", {"EndTime": None, "FailureReason": None})
                self._record_outcome(name, outcome)

    def _poll_earlier_job(self, step: dict[str, Any]) -> Outcome:
        """Return the outcome of a step's job that may have outlived the earlier run."""
        poll = self.handlers[step["StepType"]].poll
        try:
            return poll(self.account, step["JobName"]) if poll else Outcome("Failed")
        except NotFoundError:  # the run ended after it wrote the step's record, before it created the job
            return Outcome("Failed")

    def run(self) -> str:
        """Run the steps to their end; return the execution's final status."""
        try:
            self.resume()
            return self._loop()
        except Exception as error:
            self._abandon(f"InternalServerError: {type(error).__name__}: {error}"[:1024])
            raise

    def _loop(self) -> str:
        stopping = False
        while True:
            for name in self._running():
                self._poll(name)
            if not stopping and self._is_stopping():
                stopping = True
                self._stop_jobs()
            if stopping or not (names := self._ready()):
                if not self._running():
                    return self._end(stopping)
                self.children.wait(POLL_SECONDS)
            else:
                for name in names:
                    self._start(name)

    def _ready(self) -> list[str]:
        return ready_steps(self.graph.edges, self.status, self.not_taken, self._step_limit())

    def _running(self) -> list[str]:
        return [name for name, status in self.status.items() if status == "Executing"]

    def _step_limit(self) -> int:
        """Return how many steps may run: the execution's limit, but at most one per core; idle steps need no core."""
        allowed = (self.record.get("ParallelismConfiguration") or {}).get("MaxParallelExecutionSteps")
        idle = sum(self.handlers[self.graph.steps[name].type].is_idle for name in self._running())
        return min(allowed or 1 << 30, (os.cpu_count() or 1) + idle)

    def _start(self, name: str) -> None:
        step = self.graph.steps[name]
        self.job_names[name] = self._job_name(name)
        self.status[name] = "Executing"
        self._record(step)
        try:
            arguments, settings = evaluate([step.arguments, step.settings], self.scope, self.account.objects.read_text)
            request = Request(arguments, self.job_names[name], f"{self.arn}/{name}", step.branches, settings)
            outcome = self.handlers[step.type].start(self.account, request)
        except (ExpressionError, LocalSageMakerError) as error:
            outcome = Outcome("Failed", reason=_failure_reason(error))
        self._record_outcome(name, outcome)

    def _record(self, step: Step) -> None:
        """Record that the step starts, in place of the record of an earlier start; keep its count of attempts."""
        key = f"{self.arn}/{step.name}"
        started = {
            "StepName": step.name,
            "StepType": step.type,
            "StepStatus": "Executing",
            "StartTime": self.account.now(),
            "JobName": self.job_names[step.name],
        } | {k: step.raw[v] for k, v in _OPTIONAL_MEMBERS.items() if step.raw.get(v)}
        with self.account.store.transaction() as records:
            attempts = (records.get("step", key) or {}).get("AttemptCount", 0)
            records.delete("step", key)
            records.insert("step", key, started | {"AttemptCount": attempts + 1}, ("execution", self.arn))
        self._report(started | {"StepStatus": "Starting"})

    def _report(self, step: dict[str, Any]) -> None:
        """Send the event of a step if its status differs from that of its last event."""
        name, status = step["StepName"], step["StepStatus"]
        if self.reported.get(name) != status:
            step_event(self.account, self.record, step, self.reported.get(name))
            self.reported[name] = status

    def _poll(self, name: str) -> None:
        poll = self.handlers[self.graph.steps[name].type].poll
        if poll and (outcome := poll(self.account, self.job_names[name])).status != "Executing":
            self._record_outcome(name, outcome)

    def _record_outcome(self, name: str, outcome: Outcome) -> None:
        step = self.graph.steps[name]
        if outcome.status == "Stopped" and not self._is_stopping():
            reason = f"ClientError: the job was stopped: {outcome.properties.get('SecondaryStatus', 'by a request')}"
            outcome = replace(outcome, status="Failed", reason=reason)
        self.status[name] = outcome.status
        self.not_taken |= set(outcome.not_taken)
        changes: dict[str, Any] = {"StepStatus": outcome.status, "Metadata": outcome.metadata}
        if outcome.status != "Executing":
            changes["EndTime"] = self.account.now()
            properties = with_property_files(step, outcome.properties)
            self.scope["Steps"][name] = changes["Properties"] = properties
            changes["NotTaken"] = list(outcome.not_taken)
        if outcome.reason:
            changes["FailureReason"] = outcome.reason[:1024]
        if step.type == "Fail":
            self.fail_message = outcome.reason
        self._report(self.account.store.update("step", f"{self.arn}/{name}", changes))

    def _is_stopping(self) -> bool:
        record = self.account.store.get("execution", self.arn) or {}
        return record.get("PipelineExecutionStatus") == "Stopping"

    def _stop_jobs(self) -> None:
        for name in self._running():
            if stop := self.handlers[self.graph.steps[name].type].stop:
                with suppress(NotFoundError):  # the job has not been created yet
                    stop(self.account, self.job_names[name])

    def _abandon(self, reason: str) -> None:
        """Stop the jobs and record the failure, after an unexpected error in this process itself."""
        self._stop_jobs()
        for name in self._running():
            failed = {"StepStatus": "Failed", "EndTime": self.account.now(), "FailureReason": reason}
            self._report(self.account.store.update("step", f"{self.arn}/{name}", failed))
        self._change_status({"PipelineExecutionStatus": "Failed", "FailureReason": reason})

    def _change_status(self, changes: dict[str, Any]) -> None:
        """Change the execution's own status, and send its event."""
        before = (self.account.store.get("execution", self.arn) or {}).get("PipelineExecutionStatus")
        changes |= {"LastModifiedTime": self.account.now()}
        execution_event(self.account, self.account.store.update("execution", self.arn, changes), before)

    def _end(self, stopping: bool) -> str:
        failed = "Failed" in self.status.values()
        status = "Stopped" if stopping else "Failed" if failed else "Succeeded"
        changes = {"PipelineExecutionStatus": status}
        if status == "Failed":
            changes["FailureReason"] = self.fail_message or STEP_FAILURE
        self._change_status(changes)
        return status

    def _job_name(self, step_name: str) -> str:
        """Return ``pipelines-<execution>-<step>-<token>``, as the service names the jobs of its steps.

        The name of a tuning job, at most 32 characters, begins with ``<execution>``. If the Arguments name the job, as
        the SDK's use_custom_job_prefix does, it is ``<name>-<execution>-<token>-<earlier attempts>``
        (https://github.com/aws/sagemaker-python-sdk/pull/3946).
        """
        step = self.graph.steps[step_name]
        length = self.handlers[step.type].name_length
        execution, token = self.arn.rsplit("/", 1)[-1], self.account.new_id(TOKEN_LENGTH)
        if prefix := self._custom_prefix(step):
            tail = f"-{execution}-{token}-{self._attempts(step_name)}"
            return f"{prefix[: length - len(tail)].rstrip('-')}{tail}".lstrip("-")
        head = f"pipelines-{execution}-" if length > TUNING_JOB_NAME_LENGTH else f"{execution}-"
        room = length - len(head) - 1 - TOKEN_LENGTH
        return f"{head}{step_name[:room].rstrip('-_').replace('_', '-')}-{token}"

    def _custom_prefix(self, step: Step) -> str | None:
        """Return the job name in the step's Arguments, if it is known by now."""
        operation = STEP_SPECS[step.type].operation or ""
        if not operation.endswith("Job"):
            return None
        name = step.arguments.get(f"{operation.removeprefix('Create')}Name")
        try:
            value = evaluate(name, self.scope, self.account.objects.read_text)
        except ExpressionError:
            return None
        return value if isinstance(value, str) else None

    def _attempts(self, step_name: str) -> int:
        """Return how often the step has been started before."""
        return int((self.account.store.get("step", f"{self.arn}/{step_name}") or {}).get("AttemptCount", 0))


_OPTIONAL_MEMBERS = {"StepDisplayName": "DisplayName", "StepDescription": "Description"}


def _failure_reason(error: Exception) -> str:
    text = str(error)
    return text if text.startswith(("ClientError", "AlgorithmError")) else f"ClientError: {text}"

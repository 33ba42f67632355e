"""The loop of one execution."""

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
from local_sagemaker.errors import LocalSageMakerError, NotFoundError
from local_sagemaker.execution.schedule import ready_steps
from local_sagemaker.execution.scope import initial_scope, with_property_files
from local_sagemaker.pipeline_events import execution_event, step_event
from local_sagemaker.processes import Children
from local_sagemaker.step_types import handlers
from local_sagemaker.step_types.handler import Outcome, Request

#: Between two looks at requests and at what this process did not start; the end of a job wakes it at once.
POLL_SECONDS = 0.1
SHORT_NAME_LENGTH = 32  # of tuning jobs
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
        self.told: dict[str, str] = {}  # step -> the status that the last event told of it
        self.job_names: dict[str, str] = {}
        self.not_taken: set[str] = set()
        self.fail_message = ""

    def resume(self) -> None:
        """Take over what an earlier run of this execution has done: steps that succeeded, and jobs that outlived it."""
        for step in self.account.store.list("step", ("execution", self.arn)):
            name = step["StepName"]
            if step["StepStatus"] == "Succeeded":
                self.status[name] = "Succeeded"
                self.scope["Steps"][name] = step["Properties"]
                self.not_taken |= set(step["NotTaken"])
            elif (outcome := self._outlived(step)).status in ("Executing", "Succeeded"):
                self.job_names[name] = step["JobName"]
                self.account.store.update("step", f"{self.arn}/{name}", {"EndTime": None, "FailureReason": None})
                self._settle(name, outcome)

    def _outlived(self, step: dict[str, Any]) -> Outcome:
        """How the job of a step stands whose end nobody was there to see."""
        poll = self.handlers[step["StepType"]].poll
        try:
            return poll(self.account, step["JobName"]) if poll else Outcome("Failed")
        except NotFoundError:  # the run ended between the step's record and its job
            return Outcome("Failed")

    def run(self) -> str:
        """Run the steps to their end; the execution's final status."""
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
        return ready_steps(self.graph.edges, self.status, self.not_taken, self._limit())

    def _running(self) -> list[str]:
        return [name for name, status in self.status.items() if status == "Executing"]

    def _limit(self) -> int:
        """What the execution is allowed, and never more than this machine has cores; what merely waits needs none."""
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
            outcome = Outcome("Failed", reason=_reason(error))
        self._settle(name, outcome)

    def _record(self, step: Step) -> None:
        """Write down that the step starts; one that has started before keeps nothing but the count of its attempts."""
        key = f"{self.arn}/{step.name}"
        started = {
            "StepName": step.name,
            "StepType": step.type,
            "StepStatus": "Executing",
            "StartTime": self.account.now(),
            "JobName": self.job_names[step.name],
        } | {k: step.raw[v] for k, v in _DESCRIBED.items() if step.raw.get(v)}
        with self.account.store.transaction() as records:
            attempts = (records.get("step", key) or {}).get("AttemptCount", 0)
            records.delete("step", key)
            records.insert("step", key, started | {"AttemptCount": attempts + 1}, ("execution", self.arn))
        self._tell(started | {"StepStatus": "Starting"})

    def _tell(self, step: dict[str, Any]) -> None:
        """An event of a step, where its status is another one than the last event said."""
        name, status = step["StepName"], step["StepStatus"]
        if self.told.get(name) != status:
            step_event(self.account, self.record, step, self.told.get(name))
            self.told[name] = status

    def _poll(self, name: str) -> None:
        poll = self.handlers[self.graph.steps[name].type].poll
        if poll and (outcome := poll(self.account, self.job_names[name])).status != "Executing":
            self._settle(name, outcome)

    def _settle(self, name: str, outcome: Outcome) -> None:
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
        self._tell(self.account.store.update("step", f"{self.arn}/{name}", changes))

    def _is_stopping(self) -> bool:
        record = self.account.store.get("execution", self.arn) or {}
        return record.get("PipelineExecutionStatus") == "Stopping"

    def _stop_jobs(self) -> None:
        for name in self._running():
            if stop := self.handlers[self.graph.steps[name].type].stop:
                with suppress(NotFoundError):  # it has not been created yet
                    stop(self.account, self.job_names[name])

    def _abandon(self, reason: str) -> None:
        """This process has met an error of its own: end the jobs and say so, where nobody else will."""
        self._stop_jobs()
        for name in self._running():
            failed = {"StepStatus": "Failed", "EndTime": self.account.now(), "FailureReason": reason}
            self._tell(self.account.store.update("step", f"{self.arn}/{name}", failed))
        self._change({"PipelineExecutionStatus": "Failed", "FailureReason": reason})

    def _change(self, changes: dict[str, Any]) -> None:
        """The execution's own status, and an event of it."""
        before = (self.account.store.get("execution", self.arn) or {}).get("PipelineExecutionStatus")
        changes |= {"LastModifiedTime": self.account.now()}
        execution_event(self.account, self.account.store.update("execution", self.arn, changes), before)

    def _end(self, stopping: bool) -> str:
        failed = "Failed" in self.status.values()
        status = "Stopped" if stopping else "Failed" if failed else "Succeeded"
        changes = {"PipelineExecutionStatus": status}
        if status == "Failed":
            changes["FailureReason"] = self.fail_message or "Step failure: One or multiple steps failed."
        self._change(changes)
        return status

    def _job_name(self, step_name: str) -> str:
        """``pipelines-<execution>-<step>-<token>``, as the service names the jobs of its steps; a short one has no
        ``pipelines``.
        """
        length = self.handlers[self.graph.steps[step_name].type].name_length
        head, token = f"{self.arn.rsplit('/', 1)[-1]}-", self.account.new_id(TOKEN_LENGTH)
        head = f"pipelines-{head}" if length > SHORT_NAME_LENGTH else head
        room = length - len(head) - 1 - TOKEN_LENGTH
        return f"{head}{step_name[:room].rstrip('-_').replace('_', '-')}-{token}"


_DESCRIBED = {"StepDisplayName": "DisplayName", "StepDescription": "Description"}


def _reason(error: Exception) -> str:
    text = str(error)
    return text if text.startswith(("ClientError", "AlgorithmError")) else f"ClientError: {text}"

"""Operations that start, describe, list, stop and retry pipeline executions. Each execution is a detached process."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from local_sagemaker import processes
from local_sagemaker.account import Account
from local_sagemaker.definition.members.execution import (
    REPEATED_CALL,
    RETRY_PIPELINE_EXECUTION,
    START_PIPELINE_EXECUTION,
)
from local_sagemaker.definition.members.table import Table
from local_sagemaker.errors import NotFoundError, RootError, ValidationError
from local_sagemaker.operations._takes import takes
from local_sagemaker.operations.listing import PAGES, listing, page
from local_sagemaker.operations.pipelines import describe_pipeline
from local_sagemaker.pipeline_events import execution_event, step_event

SERVICE = "sagemaker"
RUNNING = ("Executing", "Stopping")
#: AWS's reason for an execution that failed; listings have it before a Fail step's message, too.
STEP_FAILURE = "Step failure: One or multiple steps failed."


@takes(START_PIPELINE_EXECUTION)
def start_pipeline_execution(
    account: Account,
    *,
    PipelineName: str,
    PipelineParameters: list[dict[str, str]] | None = None,
    ClientRequestToken: str | None = None,
    **optional: Any,
) -> dict[str, Any]:
    """Start an execution (StartPipelineExecution). Check parameters and all inputs known so far before anything starts.
    With a ClientRequestToken that was used before, start nothing and return the earlier execution.

    ``optional``: PipelineExecutionDisplayName, PipelineExecutionDescription, ParallelismConfiguration.
    """
    pipeline = describe_pipeline(account, PipelineName=PipelineName)
    values = _parameter_values(account, pipeline["PipelineDefinition"], _parameter_strings(PipelineParameters or []))
    identifier, now = account.new_id(), account.now()
    arn = f"{pipeline['PipelineArn']}/execution/{identifier}"
    experiment = optional.pop("MlflowExperimentName", None)
    document = {
        "PipelineExecutionDisplayName": f"execution-{int(account.clock().timestamp() * 1000)}",
        **optional,
        "MLflowConfig": _mlflow_config(pipeline["PipelineDefinition"], experiment),
        "PipelineArn": pipeline["PipelineArn"],
        "PipelineExecutionArn": arn,
        "PipelineExecutionStatus": "Executing",
        "StartTime": now,
        "CreationTime": now,
        "LastModifiedTime": now,
        "PipelineParameters": [{"Name": n, "Value": str(v)} for n, v in values.items()],
        "PipelineDefinition": pipeline["PipelineDefinition"],
        "ParallelismConfiguration": optional.get("ParallelismConfiguration")
        or pipeline.get("ParallelismConfiguration"),
    }
    folder = _execution_folder(account, arn)
    folder.mkdir(parents=True)
    folder.joinpath("definition.json").write_text(pipeline["PipelineDefinition"], encoding="utf-8")
    with processes.claim_lock(folder / "lock") as lock:
        if earlier := _insert_execution(account, pipeline["PipelineName"], ClientRequestToken, document):
            shutil.rmtree(folder)
            return {"PipelineExecutionArn": earlier}
        execution_event(account, document, None)
        _start(account, arn, lock)
    return {"PipelineExecutionArn": arn}


def _mlflow_config(definition: str, experiment: str | None) -> dict[str, str] | None:
    """Return the definition's MlflowConfig, as far as it is literal, with the experiment that a start names instead."""
    config = json.loads(definition).get("MlflowConfig") or {}
    written = {name: value for name, value in config.items() if isinstance(value, str)}
    return written | ({"MlflowExperimentName": experiment} if experiment else {}) or None


def describe_pipeline_execution(account: Account, *, PipelineExecutionArn: str) -> dict[str, Any]:
    """Return an execution (DescribePipelineExecution). Mark it as failed if its process died."""
    return _refresh(account, _execution(account, PipelineExecutionArn))


def describe_pipeline_definition_for_execution(account: Account, *, PipelineExecutionArn: str) -> dict[str, Any]:
    """Return the definition that an execution runs (DescribePipelineDefinitionForExecution)."""
    return _execution(account, PipelineExecutionArn)


@takes(Table(f"CreatedAfter CreatedBefore {PAGES}"))
def list_pipeline_executions(account: Account, *, PipelineName: str, **query: Any) -> dict[str, Any]:
    """List a pipeline's executions, newest first by default (ListPipelineExecutions)."""
    name = describe_pipeline(account, PipelineName=PipelineName)["PipelineName"]
    executions = [_summary(_refresh(account, e)) for e in account.store.list("execution", ("pipeline", name))]
    return listing("PipelineExecutionSummaries", executions, query)


@takes(Table("MaxResults NextToken SortOrder"))
def list_pipeline_execution_steps(account: Account, *, PipelineExecutionArn: str, **query: Any) -> dict[str, Any]:
    """List the steps that an execution has started (ListPipelineExecutionSteps)."""
    _execution(account, PipelineExecutionArn)
    steps = account.store.list("step", ("execution", PipelineExecutionArn))
    return page("PipelineExecutionSteps", steps, query)


@takes(Table("MaxResults NextToken"))
def list_pipeline_parameters_for_execution(
    account: Account, *, PipelineExecutionArn: str, **query: Any
) -> dict[str, Any]:
    """List an execution's parameters in the definition's order (ListPipelineParametersForExecution)."""
    parameters = _execution(account, PipelineExecutionArn)["PipelineParameters"]
    return page("PipelineParameters", parameters, {"SortOrder": "Ascending", **query})


@takes(Table(recorded=REPEATED_CALL))
def stop_pipeline_execution(
    account: Account, *, PipelineExecutionArn: str, ClientRequestToken: str | None = None
) -> dict[str, Any]:
    """Request a stop (StopPipelineExecution). The execution's process polls for it and stops the running jobs."""
    status = describe_pipeline_execution(account, PipelineExecutionArn=PipelineExecutionArn)["PipelineExecutionStatus"]
    if status not in RUNNING:
        raise ValidationError(f"{PipelineExecutionArn} is not running, so it cannot be stopped")
    stopping = account.store.update("execution", PipelineExecutionArn, {"PipelineExecutionStatus": "Stopping"})
    if status != "Stopping":
        execution_event(account, stopping, status)
    return {"PipelineExecutionArn": PipelineExecutionArn}


@takes(RETRY_PIPELINE_EXECUTION)
def retry_pipeline_execution(
    account: Account,
    *,
    PipelineExecutionArn: str,
    ClientRequestToken: str | None = None,
    ParallelismConfiguration: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Run an execution again with its definition and parameters; keep the steps that succeeded
    (RetryPipelineExecution).

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_RetryPipelineExecution.html
    """
    _check_can_be_retried(account, describe_pipeline_execution(account, PipelineExecutionArn=PipelineExecutionArn))
    changes = {"PipelineExecutionStatus": "Executing", "FailureReason": None, "LastModifiedTime": account.now()} | (
        {"ParallelismConfiguration": ParallelismConfiguration} if ParallelismConfiguration else {}
    )
    lock = _execution_folder(account, PipelineExecutionArn) / "lock"
    with processes.claim_lock(lock) as claimed_lock:
        # Check again: another caller may have retried it while this one waited for the lock.
        before = _execution(account, PipelineExecutionArn)
        _check_can_be_retried(account, before)
        retried = account.store.update("execution", PipelineExecutionArn, changes)
        execution_event(account, retried, before["PipelineExecutionStatus"])
        _start(account, PipelineExecutionArn, claimed_lock)
    return {"PipelineExecutionArn": PipelineExecutionArn}


def _check_can_be_retried(account: Account, execution: dict[str, Any]) -> None:
    arn, status = execution["PipelineExecutionArn"], execution["PipelineExecutionStatus"]
    if status not in ("Failed", "Stopped"):
        raise ValidationError(f"{arn} is {status}; only an execution that failed or was stopped can be retried")
    if any(step["StepType"] == "Fail" for step in account.store.list("step", ("execution", arn))):
        raise ValidationError(f"{arn} was ended by a Fail step, so it cannot be retried; start a new execution")


def _insert_execution(account: Account, pipeline: str, token: str | None, document: dict[str, Any]) -> str | None:
    """Insert an execution's record and start token; if the token was used before, return the earlier execution's
    ARN.
    """
    arn = document["PipelineExecutionArn"]
    with account.store.transaction() as records:
        if token and (earlier := records.get("execution-token", f"{pipeline}/{token}")):
            return str(earlier["Arn"])
        if token:
            records.insert("execution-token", f"{pipeline}/{token}", {"Arn": arn}, parent=("pipeline", pipeline))
        records.insert("execution", arn, document, parent=("pipeline", pipeline))
        records.update("pipeline", pipeline, {"LastExecutionTime": document["StartTime"]})
    return None


def _start(account: Account, arn: str, lock: IO[str]) -> None:
    log = _execution_folder(account, arn) / "execution.log"
    account.start("local_sagemaker.execution", [str(account.root), arn], lock, log)


def _parameter_strings(parameters: list[dict[str, str]]) -> dict[str, str]:
    strings: dict[str, str] = {}
    for parameter in parameters:
        if parameter["Name"] in strings:
            raise ValidationError(f"parameter {parameter['Name']!r} is given twice")
        strings[parameter["Name"]] = parameter["Value"]
    return strings


def _parameter_values(account: Account, text: str, overrides: dict[str, str]) -> dict[str, Any]:
    """Return every parameter's value, after all checks for a start of this definition have passed."""
    # Imported here, because code that only reads executions does not need these modules.
    from local_sagemaker.definition.definition_errors import DefinitionError
    from local_sagemaker.start_checks import check_start, print_notes

    try:
        start = check_start(account, text, overrides)
        print_notes(start)
    except DefinitionError as error:
        raise ValidationError(str(error)) from None
    return dict(start.values)


def _summary(execution: dict[str, Any]) -> dict[str, Any]:
    """Return an execution as listings have it, with AWS's own words before the message of a Fail step."""
    reason = execution.get("FailureReason")
    if reason and execution["PipelineExecutionStatus"] == "Failed" and not reason.startswith(STEP_FAILURE):
        reason = f"{STEP_FAILURE} {reason}"
    return execution | {"PipelineExecutionFailureReason": reason}


def _execution_folder(account: Account, arn: str) -> Path:
    """Return the folder of an execution's definition and log."""
    return account.root / "executions" / arn.rsplit("/", 1)[-1]


def _execution(account: Account, arn: str) -> dict[str, Any]:
    document = account.store.get("execution", arn)
    if document is None:
        raise NotFoundError(f"Pipeline execution with ARN '{arn}' does not exist")
    return document


def _refresh(account: Account, document: dict[str, Any]) -> dict[str, Any]:
    """Return the execution; mark it as failed if its record says that it runs but its process is gone."""
    lock = _execution_folder(account, document["PipelineExecutionArn"]) / "lock"
    if document["PipelineExecutionStatus"] not in RUNNING or processes.is_alive(lock):
        return document
    reason = f"The execution's process ended before the execution did; see {lock.with_name('execution.log')}"
    changes = {"PipelineExecutionStatus": "Failed", "FailureReason": reason, "LastModifiedTime": account.now()}
    with suppress(RootError):  # a root that cannot be written to can be looked at
        return _mark_as_failed(account, document, changes)
    return document | changes


def _mark_as_failed(account: Account, document: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Record the failure of an execution and of its running steps, and send their events; return the execution."""
    arn = document["PipelineExecutionArn"]
    ended = {"EndTime": account.now(), "FailureReason": changes["FailureReason"]}
    with account.store.transaction() as records:
        # It may have ended normally since the first look, or another caller may have marked it.
        before = records.get("execution", arn) or document
        if before["PipelineExecutionStatus"] not in RUNNING:
            return before
        running = [step for step in records.list("step", ("execution", arn)) if step["StepStatus"] == "Executing"]
        failed = [
            records.update("step", f"{arn}/{step['StepName']}", {"StepStatus": "Failed"} | ended) for step in running
        ]
        updated = records.update("execution", arn, changes)
    for step in failed:
        step_event(account, updated, step, "Executing")
    execution_event(account, updated, before["PipelineExecutionStatus"])
    return updated

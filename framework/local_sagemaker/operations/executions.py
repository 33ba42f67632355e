"""Executions of pipelines: start, describe, list, stop, retry. Each is a detached process, asked and told here."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import IO, Any

from local_sagemaker import processes
from local_sagemaker.account import Account
from local_sagemaker.errors import NotFoundError, ValidationError
from local_sagemaker.operations.listing import page
from local_sagemaker.operations.pipelines import describe_pipeline
from local_sagemaker.pipeline_events import execution_event, step_event

SERVICE = "sagemaker"
RUNNING = ("Executing", "Stopping")


def start_pipeline_execution(
    account: Account,
    *,
    PipelineName: str,
    PipelineParameters: list[dict[str, str]] | None = None,
    ClientRequestToken: str | None = None,
    **described: Any,
) -> dict[str, Any]:
    """StartPipelineExecution. Parameters and the inputs that are known by now are checked before anything starts; with
    a ClientRequestToken that was used before, nothing does, and the answer is the execution of then.

    ``described``: PipelineExecutionDisplayName, PipelineExecutionDescription, ParallelismConfiguration.
    """
    pipeline = describe_pipeline(account, PipelineName=PipelineName)
    values = _parameter_values(account, pipeline["PipelineDefinition"], _given(PipelineParameters or []))
    identifier, now = account.new_id(), account.now()
    arn = f"{pipeline['PipelineArn']}/execution/{identifier}"
    document = described | {
        "PipelineArn": pipeline["PipelineArn"],
        "PipelineExecutionArn": arn,
        "PipelineExecutionStatus": "Executing",
        "StartTime": now,
        "CreationTime": now,
        "LastModifiedTime": now,
        "PipelineParameters": [{"Name": n, "Value": str(v)} for n, v in values.items()],
        "PipelineDefinition": pipeline["PipelineDefinition"],
        "ParallelismConfiguration": described.get("ParallelismConfiguration")
        or pipeline.get("ParallelismConfiguration"),
    }
    folder = execution_folder(account, arn)
    folder.mkdir(parents=True)
    folder.joinpath("definition.json").write_text(pipeline["PipelineDefinition"], encoding="utf-8")
    with processes.claim_lock(folder / "lock") as lock:
        if earlier := _written(account, pipeline["PipelineName"], ClientRequestToken, document):
            shutil.rmtree(folder)
            return {"PipelineExecutionArn": earlier}
        execution_event(account, document, None)
        _start(account, arn, lock)
    return {"PipelineExecutionArn": arn}


def describe_pipeline_execution(account: Account, *, PipelineExecutionArn: str) -> dict[str, Any]:
    """DescribePipelineExecution; an execution whose process died is found out here."""
    return _noticed(account, _execution(account, PipelineExecutionArn))


def describe_pipeline_definition_for_execution(account: Account, *, PipelineExecutionArn: str) -> dict[str, Any]:
    """DescribePipelineDefinitionForExecution."""
    return _execution(account, PipelineExecutionArn)


def list_pipeline_executions(
    account: Account, *, PipelineName: str, SortBy: str = "CreationTime", **pages: Any
) -> dict[str, Any]:
    """ListPipelineExecutions, the newest first unless asked otherwise."""
    name = describe_pipeline(account, PipelineName=PipelineName)["PipelineName"]
    found = [_noticed(account, e) for e in account.store.list("execution", ("pipeline", name))]
    return page("PipelineExecutionSummaries", found, sort=lambda e: e[SortBy], **pages)


def list_pipeline_execution_steps(
    account: Account, *, PipelineExecutionArn: str, SortOrder: str = "Descending", **pages: Any
) -> dict[str, Any]:
    """ListPipelineExecutionSteps: the steps that were started."""
    _execution(account, PipelineExecutionArn)
    found = account.store.list("step", ("execution", PipelineExecutionArn))
    order = {id(step): number for number, step in enumerate(found)}
    return page(
        "PipelineExecutionSteps", found, sort=lambda s: (s["StartTime"], order[id(s)]), SortOrder=SortOrder, **pages
    )


def list_pipeline_parameters_for_execution(
    account: Account, *, PipelineExecutionArn: str, **pages: Any
) -> dict[str, Any]:
    """ListPipelineParametersForExecution, in the definition's order."""
    found = _execution(account, PipelineExecutionArn)["PipelineParameters"]
    order = {p["Name"]: number for number, p in enumerate(found)}
    return page("PipelineParameters", found, sort=lambda p: order[p["Name"]], SortOrder="Ascending", **pages)


def stop_pipeline_execution(
    account: Account, *, PipelineExecutionArn: str, ClientRequestToken: str | None = None
) -> dict[str, Any]:
    """StopPipelineExecution: a wish that the execution's process reads; running jobs are stopped."""
    status = describe_pipeline_execution(account, PipelineExecutionArn=PipelineExecutionArn)["PipelineExecutionStatus"]
    if status not in RUNNING:
        raise ValidationError(f"{PipelineExecutionArn} does not run, so it cannot be stopped")
    stopping = account.store.update("execution", PipelineExecutionArn, {"PipelineExecutionStatus": "Stopping"})
    if status != "Stopping":
        execution_event(account, stopping, status)
    return {"PipelineExecutionArn": PipelineExecutionArn}


def retry_pipeline_execution(
    account: Account,
    *,
    PipelineExecutionArn: str,
    ClientRequestToken: str | None = None,
    ParallelismConfiguration: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """RetryPipelineExecution: the same definition and parameters; what has succeeded is not run again.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_RetryPipelineExecution.html
    """
    _check_can_be_retried(account, describe_pipeline_execution(account, PipelineExecutionArn=PipelineExecutionArn))
    changes = {"PipelineExecutionStatus": "Executing", "FailureReason": None, "LastModifiedTime": account.now()} | (
        {"ParallelismConfiguration": ParallelismConfiguration} if ParallelismConfiguration else {}
    )
    lock = execution_folder(account, PipelineExecutionArn) / "lock"
    with processes.claim_lock(lock) as held:
        # Once more, as somebody else may have retried it while the lock was waited for.
        before = _execution(account, PipelineExecutionArn)
        _check_can_be_retried(account, before)
        retried = account.store.update("execution", PipelineExecutionArn, changes)
        execution_event(account, retried, before["PipelineExecutionStatus"])
        _start(account, PipelineExecutionArn, held)
    return {"PipelineExecutionArn": PipelineExecutionArn}


def _check_can_be_retried(account: Account, execution: dict[str, Any]) -> None:
    arn, status = execution["PipelineExecutionArn"], execution["PipelineExecutionStatus"]
    if status not in ("Failed", "Stopped"):
        raise ValidationError(f"{arn} is {status}; only an execution that failed or was stopped can be retried")
    if any(step["StepType"] == "Fail" for step in account.store.list("step", ("execution", arn))):
        raise ValidationError(f"{arn} was ended by a Fail step, so it cannot be retried; start a new execution")


def _written(account: Account, pipeline: str, token: str | None, document: dict[str, Any]) -> str | None:
    """Write an execution down, with the token of its start; where one was started with it before, that one's ARN."""
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
    log = execution_folder(account, arn) / "execution.log"
    account.start("local_sagemaker.execution", [str(account.root), arn], lock, log)


def _given(parameters: list[dict[str, str]]) -> dict[str, str]:
    given: dict[str, str] = {}
    for parameter in parameters:
        if parameter["Name"] in given:
            raise ValidationError(f"parameter {parameter['Name']!r} is given twice")
        given[parameter["Name"]] = parameter["Value"]
    return given


def _parameter_values(account: Account, text: str, given: dict[str, str]) -> dict[str, Any]:
    """Every parameter's value, once nothing speaks against a start of this definition with these."""
    # Here and not above: whoever only looks at executions needs none of what a definition may hold.
    from local_sagemaker.definition.definition_errors import DefinitionError
    from local_sagemaker.operations._start_checks import resolve_values

    try:
        return resolve_values(account, text, given)
    except DefinitionError as error:
        raise ValidationError(str(error)) from None


def execution_folder(account: Account, arn: str) -> Path:
    """Where an execution's definition and log lie."""
    return account.root / "executions" / arn.rsplit("/", 1)[-1]


def _execution(account: Account, arn: str) -> dict[str, Any]:
    document = account.store.get("execution", arn)
    if document is None:
        raise NotFoundError(f"Pipeline execution with ARN '{arn}' does not exist")
    return document


def _noticed(account: Account, document: dict[str, Any]) -> dict[str, Any]:
    """The document; Failed from now on where it says that it runs and its process is gone."""
    arn = document["PipelineExecutionArn"]
    lock = execution_folder(account, arn) / "lock"
    if document["PipelineExecutionStatus"] not in RUNNING or processes.is_alive(lock):
        return document
    reason = f"The execution's process ended before the execution did; see {lock.with_name('execution.log')}"
    ended = {"EndTime": account.now(), "FailureReason": reason}
    with (
        account.store.transaction() as records
    ):  # it may have ended well between the two looks, or be noticed by others
        before = records.get("execution", arn) or document
        if before["PipelineExecutionStatus"] not in RUNNING:
            return before
        running = [one for one in records.list("step", ("execution", arn)) if one["StepStatus"] == "Executing"]
        failed = [
            records.update("step", f"{arn}/{one['StepName']}", {"StepStatus": "Failed"} | ended) for one in running
        ]
        changes = {"PipelineExecutionStatus": "Failed", "FailureReason": reason, "LastModifiedTime": account.now()}
        found = records.update("execution", arn, changes)
    for step in failed:
        step_event(account, found, step, "Executing")
    execution_event(account, found, before["PipelineExecutionStatus"])
    return found

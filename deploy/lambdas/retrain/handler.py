"""Lambda function that starts the tuning pipeline once if a model has lost its quality, or if the data have drifted.

Event: from the batch pipeline, filtered by the rules of deploy/events: the step ModelQualityLost has failed; or an
execution has ended, whose checks may have found drift even if it continued.

Environment:
    PIPELINE          the pipeline to start, with InputDataUrl and PARAMETERS (JSON, name -> value)
    GROUP             model package group whose approved version scores
    TRAINING_DATA     S3 URI, a prefix
    LABELLED_DATA     S3 URI, a prefix: batches with their ground truth, as the batch pipeline writes them
    SNAPSHOTS         S3 URI, a prefix: a copy of the training data for each start
    COOL_DOWN_HOURS   time after a start during which there is no other
    ON_DRIFT          true: drift also starts the pipeline, not only lost quality
    LABEL_STEP        step that merges a batch with its ground truth: without it a drifted batch cannot be learnt from

EventBridge may deliver an event twice, late and in any order, and one batch may lead to several. The decision depends
only on the newest execution of the pipeline, and so does the token of the start: two decisions after the same execution
start the same new one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import boto3
import snapshot
from botocore.config import Config
from botocore.exceptions import ClientError
from snapshot import NotNeeded

LOST_QUALITY_STEP = "ModelQualityLost"
CHECK_TYPES = ("QualityCheck", "ClarifyCheck")
#: Environment variable of a project's own check, and the start of its exit message if it found violations.
CHECK_TYPE, VIOLATED = "CHECK_TYPE", "CompletedWithViolations"
NOT_FOUND_CODES = ("ResourceNotFound", "ValidationException")  # of a job whose record was deleted
RUNNING = ("Executing", "Stopping")
DESCRIPTION_CHARACTERS = 1000
#: Throttled calls are retried after increasing pauses; then Lambda retries the event.
CONFIG = Config(retries={"mode": "adaptive", "max_attempts": 8})


class Clients(NamedTuple):
    """Holds the clients of AWS's services."""

    sagemaker: Any
    s3: Any


def lambda_handler(
    event: dict[str, Any], context: Any, clients: Clients | None = None, settings: Mapping[str, str] = os.environ
) -> dict[str, Any]:
    """Start the pipeline if needed; return whether it was started, and why."""
    clients = clients or Clients(boto3.client("sagemaker", config=CONFIG), boto3.client("s3", config=CONFIG))
    try:
        cause = _cause(event, clients, settings)
        arn = _start_training(cause, datetime.fromisoformat(event["time"]), clients, settings)
        result = {"started": True, "reason": cause, "execution_arn": arn}
    except NotNeeded as error:
        result = {"started": False, "reason": str(error)}
    except KeyError as missing:
        raise ValueError(f"the event, or the environment, has no {missing}; the event is {json.dumps(event)}") from None
    print(json.dumps(result))
    return result


def _cause(event: Mapping[str, Any], clients: Clients, settings: Mapping[str, str]) -> str:
    """Return why a model has to be retrained; raise NotNeeded if it has not."""
    detail = event["detail"]
    execution = detail["pipelineExecutionArn"]
    steps = _steps(clients, execution)
    if "stepName" in detail:
        if (detail["stepName"], detail["currentStepStatus"]) != (LOST_QUALITY_STEP, "Failed"):
            raise NotNeeded(f"{detail['stepName']} is {detail['currentStepStatus']}")
        cause = f"{LOST_QUALITY_STEP} in {execution}: {detail.get('failureReason', 'without a reason')}"
    else:
        columns = _drifted_columns(execution, steps, clients, settings)
        cause = f"drift in {execution}: {len(columns)} violations, of {', '.join(columns)}"
    _check_is_used(steps, clients, settings)
    return " ".join(cause.split())[:DESCRIPTION_CHARACTERS]


def _drifted_columns(
    execution: str, steps: Mapping[str, dict[str, Any]], clients: Clients, settings: Mapping[str, str]
) -> list[str]:
    """Return the columns that drifted; raise NotNeeded if none did, or if nothing can be learnt from them."""
    if settings["ON_DRIFT"] != "true":
        raise NotNeeded(f"{execution} has ended; only lost quality starts {settings['PIPELINE']}")
    columns = [name for step in steps.values() for name in _violations(step.get("Metadata", {}), clients)]
    if not columns:
        raise NotNeeded(f"{execution} has ended, and no check found a violation")
    if steps.get(settings["LABEL_STEP"], {}).get("StepStatus") != "Succeeded":
        raise NotNeeded(
            f"drift in {execution}, of {', '.join(columns)}: there is no ground truth yet, so nothing can be learnt"
        )
    return columns


def _steps(clients: Clients, execution: str) -> dict[str, dict[str, Any]]:
    pages = clients.sagemaker.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=execution)
    return {step["StepName"]: step for page in pages for step in page["PipelineExecutionSteps"]}


def _check_is_used(steps: Mapping[str, dict[str, Any]], clients: Clients, settings: Mapping[str, str]) -> None:
    """Raise NotNeeded if another version than the one that scored has been approved in the meantime."""
    outputs = [
        output
        for step in steps.values()
        for output in step.get("Metadata", {}).get("Lambda", {}).get("OutputParameters", ())
    ]
    scored = next((output["Value"] for output in outputs if output["Name"] == "ModelPackageArn"), None)
    pages = clients.sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=settings["GROUP"],
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
    )
    newest = next((version["ModelPackageArn"] for page in pages for version in page["ModelPackageSummaryList"]), None)
    if scored and newest and newest != scored:
        raise NotNeeded(f"{scored} scored, and {newest} has been approved since")


def _violations(metadata: Mapping[str, Any], clients: Clients) -> list[str]:
    """Return the columns or metrics with violations; none if the step is not a check, or failed before its end."""
    uri = next((metadata[check].get("ViolationReport") for check in CHECK_TYPES if check in metadata), None)
    uri = uri or _report_of_job(metadata, clients)
    names = ("feature_name", "metric_name", "facet")
    violations = snapshot.read(uri, clients.s3).get("violations", ()) if uri else ()
    return [str(next((violation[name] for name in names if violation.get(name)), "?")) for violation in violations]


def _report_of_job(metadata: Mapping[str, Any], clients: Clients) -> str | None:
    """Return the report of a project's own check: a processing job whose environment and exit message identify it."""
    arn = metadata.get("ProcessingJob", {}).get("Arn")
    if not arn:
        return None
    try:
        job = clients.sagemaker.describe_processing_job(ProcessingJobName=arn.rpartition("/")[2])
    except ClientError as error:
        if error.response["Error"]["Code"] not in NOT_FOUND_CODES:
            raise
        return None
    if CHECK_TYPE not in job.get("Environment", {}) or not job.get("ExitMessage", "").startswith(VIOLATED):
        return None
    uris = [output["S3Output"]["S3Uri"] for output in job["ProcessingOutputConfig"]["Outputs"]]
    return f"{uris[0].rstrip('/')}/constraint_violations.json"


def _start_training(cause: str, when: datetime, clients: Clients, settings: Mapping[str, str]) -> str:
    """Start the training; return the execution's ARN. Raise NotNeeded if it is not allowed or has no new data."""
    pipeline = settings["PIPELINE"]
    last = _last_execution(pipeline, clients)
    if last:
        _check_cool_down(last, when, float(settings["COOL_DOWN_HOURS"]))
    previous = snapshot.manifest(_training_data_uri(last, clients), settings["SNAPSHOTS"], clients.s3) if last else {}
    data = snapshot.sort_like(
        snapshot.files(settings["TRAINING_DATA"], settings["LABELLED_DATA"], clients.s3), previous
    )
    fingerprint = snapshot.fingerprint(data)
    if last and previous.get("fingerprint") == fingerprint and _is_settled(last, clients):
        arn = last["PipelineExecutionArn"]
        raise NotNeeded(
            f"{arn} was trained on the same {len(data)} files; upload the ground truth of a batch to learn from"
        )
    created = clients.sagemaker.describe_pipeline(PipelineName=pipeline)["CreationTime"]
    token = snapshot.digest(pipeline, created.isoformat(), last["PipelineExecutionArn"] if last else "")
    folder = f"{settings['SNAPSHOTS'].rstrip('/')}/{token[:16]}-{fingerprint[:16]}"
    snapshot.take(data, folder, cause, clients.s3)
    parameters = {**json.loads(settings["PARAMETERS"]), "InputDataUrl": f"{folder}/data/"}
    response = clients.sagemaker.start_pipeline_execution(
        PipelineName=pipeline,
        ClientRequestToken=token,
        PipelineExecutionDisplayName="retraining",
        PipelineExecutionDescription=cause,
        PipelineParameters=[{"Name": name, "Value": str(value)} for name, value in parameters.items()],
    )
    return str(response["PipelineExecutionArn"])


def _last_execution(pipeline: str, clients: Clients) -> dict[str, Any] | None:
    """Return the pipeline's newest execution; None if it has none."""
    pages = clients.sagemaker.get_paginator("list_pipeline_executions").paginate(
        PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending"
    )
    return next((execution for page in pages for execution in page["PipelineExecutionSummaries"]), None)


def _training_data_uri(last: Mapping[str, Any], clients: Clients) -> str:
    """Return the URI of an execution's training data."""
    arn = last["PipelineExecutionArn"]
    pages = clients.sagemaker.get_paginator("list_pipeline_parameters_for_execution").paginate(PipelineExecutionArn=arn)
    values = {item["Name"]: item["Value"] for page in pages for item in page["PipelineParameters"]}
    return str(values.get("InputDataUrl", ""))


def _check_cool_down(last: Mapping[str, Any], when: datetime, hours: float) -> None:
    arn, start = last["PipelineExecutionArn"], last["StartTime"]
    if last["PipelineExecutionStatus"] in RUNNING:
        raise NotNeeded(f"{arn} is running")
    if when < start:
        raise NotNeeded(f"this is older than {arn}, which started at {start.isoformat()}")
    free = start + timedelta(hours=hours)
    if datetime.now(UTC) < free:
        raise NotNeeded(f"{arn} started at {start.isoformat()}; another one may start after {free.isoformat()}")


def _is_settled(last: Mapping[str, Any], clients: Clients) -> bool:
    """Return whether an execution gave a result for its data: it succeeded, or a Fail step rejected the model."""
    if last["PipelineExecutionStatus"] == "Succeeded":
        return True
    steps = _steps(clients, last["PipelineExecutionArn"]).values()
    return any("Fail" in step.get("Metadata", {}) for step in steps if step["StepStatus"] == "Failed")

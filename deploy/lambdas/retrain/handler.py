"""Lambda function: a model that has lost its quality, or data that have drifted, start the tuning pipeline, once.

Event: of the batch pipeline, as the rules of deploy/events let it through: the step ModelQualityLost has failed; or an
execution has ended, whose checks may have found drift, in spite of which it may have gone on.

Environment:
    PIPELINE          the pipeline to start, with InputDataUrl and PARAMETERS (JSON, name -> value)
    GROUP             model package group whose approved version scores
    TRAINING_DATA     S3 URI, a prefix
    LABELLED_DATA     S3 URI, a prefix: batches with their truth, as the batch pipeline writes them
    SNAPSHOTS         S3 URI, a prefix: what was trained on, a copy for each start
    COOL_DOWN_HOURS   for so long after a start there is no other
    ON_DRIFT          true: drift starts it too, and not lost quality alone
    LABEL_STEP        step that merges a batch with its truth: without it there is nothing to learn from a drifted one

EventBridge may deliver an event twice, late and in any order, and one batch may raise several. What is decided rests on
the newest execution of the pipeline alone, and the token of the start is made of it: who decides on the same state
starts the same execution.
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

LOST = "ModelQualityLost"
CHECK_TYPES = ("QualityCheck", "ClarifyCheck")
#: The variable of a project's own check, and how its exit message begins where it has found something.
CHECK_TYPE, VIOLATED = "CHECK_TYPE", "CompletedWithViolations"
GONE = ("ResourceNotFound", "ValidationException")  # a job whose record was deleted
RUNNING = ("Executing", "Stopping")
DESCRIPTION_CHARACTERS = 1000
#: Throttled calls are tried again, for longer each time; then Lambda tries the whole event again.
CONFIG = Config(retries={"mode": "adaptive", "max_attempts": 8})


class Clients(NamedTuple):
    """What is asked."""

    sagemaker: Any
    s3: Any


def lambda_handler(
    event: dict[str, Any], context: Any, clients: Clients | None = None, settings: Mapping[str, str] = os.environ
) -> dict[str, Any]:
    """Start the pipeline where that is needed; what was done, and why."""
    clients = clients or Clients(boto3.client("sagemaker", config=CONFIG), boto3.client("s3", config=CONFIG))
    try:
        cause = _cause(event, clients, settings)
        arn = _started(cause, datetime.fromisoformat(event["time"]), clients, settings)
        found = {"started": True, "reason": cause, "execution_arn": arn}
    except NotNeeded as error:
        found = {"started": False, "reason": str(error)}
    except KeyError as missing:
        raise ValueError(f"the event, or the environment, has no {missing}; the event is {json.dumps(event)}") from None
    print(json.dumps(found))
    return found


def _cause(event: Mapping[str, Any], clients: Clients, settings: Mapping[str, str]) -> str:
    """Why a model is to be trained anew."""
    detail = event["detail"]
    execution = detail["pipelineExecutionArn"]
    steps = _steps(clients, execution)
    if "stepName" in detail:
        if (detail["stepName"], detail["currentStepStatus"]) != (LOST, "Failed"):
            raise NotNeeded(f"{detail['stepName']} is {detail['currentStepStatus']}")
        cause = f"{LOST} in {execution}: {detail.get('failureReason', 'without a reason')}"
    else:
        found = _drifted(execution, steps, clients, settings)
        cause = f"drift in {execution}: {len(found)} violations, of {', '.join(found)}"
    _check_is_used(steps, clients, settings)
    return " ".join(cause.split())[:DESCRIPTION_CHARACTERS]


def _drifted(
    execution: str, steps: Mapping[str, dict[str, Any]], clients: Clients, settings: Mapping[str, str]
) -> list[str]:
    """Columns that drifted; raise NotNeeded where none did, or nothing can be learnt of it."""
    if settings["ON_DRIFT"] != "true":
        raise NotNeeded(f"{execution} has ended; only lost quality starts {settings['PIPELINE']}")
    found = [name for step in steps.values() for name in _violations(step.get("Metadata", {}), clients)]
    if not found:
        raise NotNeeded(f"{execution} has ended, and no check found a violation")
    if steps.get(settings["LABEL_STEP"], {}).get("StepStatus") != "Succeeded":
        raise NotNeeded(
            f"drift in {execution}, of {', '.join(found)}: its truth has not come, so nothing can be learnt"
        )
    return found


def _steps(clients: Clients, execution: str) -> dict[str, dict[str, Any]]:
    pages = clients.sagemaker.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=execution)
    return {step["StepName"]: step for page in pages for step in page["PipelineExecutionSteps"]}


def _check_is_used(steps: Mapping[str, dict[str, Any]], clients: Clients, settings: Mapping[str, str]) -> None:
    """Raise NotNeeded where another version than the one that scored has been approved by now."""
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
    newest = next((one["ModelPackageArn"] for page in pages for one in page["ModelPackageSummaryList"]), None)
    if scored and newest and newest != scored:
        raise NotNeeded(f"{scored} scored, and {newest} has been approved since")


def _violations(metadata: Mapping[str, Any], clients: Clients) -> list[str]:
    """Columns, or metrics, that a step found wrong; none where it is no check, or failed before it could look."""
    uri = next((metadata[check].get("ViolationReport") for check in CHECK_TYPES if check in metadata), None)
    uri = uri or _report_of_job(metadata, clients)
    names = ("feature_name", "metric_name", "facet")
    violations = snapshot.read(uri, clients.s3).get("violations", ()) if uri else ()
    return [str(next((one[name] for name in names if one.get(name)), "?")) for one in violations]


def _report_of_job(metadata: Mapping[str, Any], clients: Clients) -> str | None:
    """The report of a project's own check, which is a processing job that says what it is, and what it came to."""
    arn = metadata.get("ProcessingJob", {}).get("Arn")
    if not arn:
        return None
    try:
        job = clients.sagemaker.describe_processing_job(ProcessingJobName=arn.rpartition("/")[2])
    except ClientError as error:
        if error.response["Error"]["Code"] not in GONE:
            raise
        return None
    if CHECK_TYPE not in job.get("Environment", {}) or not job.get("ExitMessage", "").startswith(VIOLATED):
        return None
    uris = [one["S3Output"]["S3Uri"] for one in job["ProcessingOutputConfig"]["Outputs"]]
    return f"{uris[0].rstrip('/')}/constraint_violations.json"


def _started(cause: str, when: datetime, clients: Clients, settings: Mapping[str, str]) -> str:
    """ARN of the execution that trains; raise NotNeeded where there is to be none."""
    pipeline = settings["PIPELINE"]
    last = _last(pipeline, clients)
    if last:
        _check_cool_down(last, when, float(settings["COOL_DOWN_HOURS"]))
    before = snapshot.manifest(_source(last, clients), settings["SNAPSHOTS"], clients.s3) if last else {}
    data = snapshot.in_order(snapshot.files(settings["TRAINING_DATA"], settings["LABELLED_DATA"], clients.s3), before)
    fingerprint = snapshot.fingerprint(data)
    if last and before.get("fingerprint") == fingerprint and _is_settled(last, clients):
        arn = last["PipelineExecutionArn"]
        raise NotNeeded(f"{arn} was trained on the same {len(data)} files; give the truth of a batch to learn from")
    made = clients.sagemaker.describe_pipeline(PipelineName=pipeline)["CreationTime"]
    token = snapshot.digest(pipeline, made.isoformat(), last["PipelineExecutionArn"] if last else "")
    folder = f"{settings['SNAPSHOTS'].rstrip('/')}/{token[:16]}-{fingerprint[:16]}"
    snapshot.take(data, folder, cause, clients.s3)
    given = {**json.loads(settings["PARAMETERS"]), "InputDataUrl": f"{folder}/data/"}
    started = clients.sagemaker.start_pipeline_execution(
        PipelineName=pipeline,
        ClientRequestToken=token,
        PipelineExecutionDisplayName="retraining",
        PipelineExecutionDescription=cause,
        PipelineParameters=[{"Name": name, "Value": str(value)} for name, value in given.items()],
    )
    return str(started["PipelineExecutionArn"])


def _last(pipeline: str, clients: Clients) -> dict[str, Any] | None:
    """The pipeline's newest execution; None where it has none."""
    pages = clients.sagemaker.get_paginator("list_pipeline_executions").paginate(
        PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending"
    )
    return next((one for page in pages for one in page["PipelineExecutionSummaries"]), None)


def _source(last: Mapping[str, Any], clients: Clients) -> str:
    """What an execution was trained on."""
    arn = last["PipelineExecutionArn"]
    pages = clients.sagemaker.get_paginator("list_pipeline_parameters_for_execution").paginate(PipelineExecutionArn=arn)
    given = {one["Name"]: one["Value"] for page in pages for one in page["PipelineParameters"]}
    return str(given.get("InputDataUrl", ""))


def _check_cool_down(last: Mapping[str, Any], when: datetime, hours: float) -> None:
    arn, start = last["PipelineExecutionArn"], last["StartTime"]
    if last["PipelineExecutionStatus"] in RUNNING:
        raise NotNeeded(f"{arn} runs")
    if when < start:
        raise NotNeeded(f"this is older than {arn}, which started at {start.isoformat()}")
    free = start + timedelta(hours=hours)
    if datetime.now(UTC) < free:
        raise NotNeeded(f"{arn} started at {start.isoformat()}; another one may from {free.isoformat()} on")


def _is_settled(last: Mapping[str, Any], clients: Clients) -> bool:
    """Whether it said what can be said of its data: it succeeded, or a Fail step rejected the model."""
    if last["PipelineExecutionStatus"] == "Succeeded":
        return True
    steps = _steps(clients, last["PipelineExecutionArn"]).values()
    return any("Fail" in step.get("Metadata", {}) for step in steps if step["StepStatus"] == "Failed")

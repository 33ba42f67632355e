"""Answers operations that moto lacks, and corrects those that it answers incompletely.

The answers come from what a test has set in ``Aws``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from local_sagemaker.definition.graph import graph_of

if TYPE_CHECKING:
    from moto_over_http import Aws

REGION = "eu-west-1"


def _list_steps(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """Return the steps that the test has set, or else success of each step that is in no condition's branch."""
    arn = request["PipelineExecutionArn"]
    if arn in aws.steps:
        return {"PipelineExecutionSteps": aws.steps[arn]}
    response = aws.client("sagemaker").describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    steps = graph_of(response["PipelineDefinition"]).steps
    conditional = {name for step in steps.values() for names in step.branches.values() for name in names}
    return {"PipelineExecutionSteps": [succeeded_step(name) for name in steps if name not in conditional]}


def succeeded_step(name: str, **metadata: Any) -> dict[str, Any]:
    """Return the record of a step that succeeded, as the service sends it."""
    now = time.time()
    times = {"StartTime": now - 5, "EndTime": now}
    return {"StepName": name, "StepStatus": "Succeeded", "AttemptCount": 1, "Metadata": metadata, **times}


def _stop(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    aws.status[request["PipelineExecutionArn"]] = {"PipelineExecutionStatus": "Stopping"}
    return {"PipelineExecutionArn": request["PipelineExecutionArn"]}


def _retry(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    aws.status.pop(request["PipelineExecutionArn"], None)
    aws.steps.pop(request["PipelineExecutionArn"], None)
    return {"PipelineExecutionArn": request["PipelineExecutionArn"]}


def _project(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    name = request["ProjectName"]
    return {"ProjectArn": f"arn:aws:sagemaker:{REGION}:123456789012:project/{name}", "ProjectName": name}


def _project_tags(aws: Aws, request: dict[str, Any]) -> dict[str, Any] | None:
    """Return the tags of a project; None for another resource, whose tags moto has."""
    _, is_project, name = request["ResourceArn"].partition(":project/")
    return {"Tags": aws.projects.get(name, [])} if is_project else None


def _log_streams(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    prefix = request["logStreamNamePrefix"]
    return {"logStreams": [{"logStreamName": name} for name in aws.logs if name.startswith(prefix)]}


def _log_events(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    lines = aws.logs[request["logStreamName"]]
    start = int(request.get("nextToken", "f/0").partition("/")[2])
    events = [{"timestamp": 1, "message": line} for line in lines[start:]]
    return {"events": events, "nextForwardToken": f"f/{len(lines)}", "nextBackwardToken": "b/0"}


def _describe_job(job_type: str) -> Callable[[Aws, dict[str, Any]], dict[str, Any]]:
    return lambda aws, request: aws.jobs.get(request[f"{job_type}Name"], {})


def _delete_job(job_type: str) -> Callable[[Aws, dict[str, Any]], dict[str, Any]]:
    def answer(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
        aws.deleted_jobs.append(request[f"{job_type}Name"])
        return {}

    return answer


def _set_status(aws: Aws, answer: dict[str, Any]) -> dict[str, Any]:
    """Return the answer with the test's status; Stopping becomes Stopped for the next call."""
    arn = answer["PipelineExecutionArn"]
    status = aws.status.get(arn, {})
    if status.get("PipelineExecutionStatus") == "Stopping":
        aws.status[arn] = {"PipelineExecutionStatus": "Stopped"}
    return answer | status


def _set_statuses(aws: Aws, answer: dict[str, Any]) -> dict[str, Any]:
    return {"PipelineExecutionSummaries": [_set_status(aws, e) for e in answer["PipelineExecutionSummaries"]]}


#: Operations that moto lacks -> their answer; None if moto has one.
ANSWERS: dict[str, Callable[[Aws, dict[str, Any]], Any]] = {
    "ListPipelineExecutionSteps": _list_steps,
    "StopPipelineExecution": _stop,
    "RetryPipelineExecution": _retry,
    "DescribeProject": _project,
    "ListTags": _project_tags,
    "DescribeLogStreams": _log_streams,
    "GetLogEvents": _log_events,
    "DescribeProcessingJob": _describe_job("ProcessingJob"),
    "DescribeTrainingJob": _describe_job("TrainingJob"),
    "DeleteModelPackage": lambda aws, request: aws.packages.pop(request["ModelPackageName"], None) and {},
    "DeleteProcessingJob": _delete_job("ProcessingJob"),
    "DeleteTrainingJob": _delete_job("TrainingJob"),
}


def _set_parameters(aws: Aws, answer: dict[str, Any]) -> dict[str, Any]:
    return {"PipelineParameters": answer.get("PipelineParameters") or []}


def _set_package_members(aws: Aws, answer: dict[str, Any]) -> dict[str, Any]:
    return answer | aws.packages.get(answer["ModelPackageArn"], {})


#: Operations that moto answers incompletely -> what completes the answer.
AMENDMENTS: dict[str, Callable[[Aws, dict[str, Any]], dict[str, Any]]] = {
    "DescribeModelPackage": _set_package_members,
    "DescribePipelineExecution": _set_status,
    "ListPipelineExecutions": _set_statuses,
    "ListPipelineParametersForExecution": _set_parameters,
}

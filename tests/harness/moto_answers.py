"""What moto does not know of AWS, or knows less of: answers of operations, by what a test has said of the account."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from local_sagemaker.definition.graph import graph_of

if TYPE_CHECKING:
    from moto_over_http import Aws

REGION = "eu-west-1"


def _list_steps(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """Where the test says nothing else: each step that no condition decides about has succeeded."""
    arn = request["PipelineExecutionArn"]
    if arn in aws.steps:
        return {"PipelineExecutionSteps": aws.steps[arn]}
    found = aws.client("sagemaker").describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    steps = graph_of(found["PipelineDefinition"]).steps
    decided = {name for step in steps.values() for names in step.branches.values() for name in names}
    return {"PipelineExecutionSteps": [succeeded(name) for name in steps if name not in decided]}


def succeeded(name: str, **metadata: Any) -> dict[str, Any]:
    """A step's record as the service sends it."""
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
    """Of a project; the tags of all else are moto's."""
    _, of_a_project, name = request["ResourceArn"].partition(":project/")
    return {"Tags": aws.projects.get(name, [])} if of_a_project else None


def _log_streams(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    prefix = request["logStreamNamePrefix"]
    return {"logStreams": [{"logStreamName": name} for name in aws.logs if name.startswith(prefix)]}


def _log_events(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    lines = aws.logs[request["logStreamName"]]
    start = int(request.get("nextToken", "f/0").partition("/")[2])
    events = [{"timestamp": 1, "message": line} for line in lines[start:]]
    return {"events": events, "nextForwardToken": f"f/{len(lines)}", "nextBackwardToken": "b/0"}


def _describe_job(kind: str) -> Callable[[Aws, dict[str, Any]], dict[str, Any]]:
    return lambda aws, request: aws.jobs.get(request[f"{kind}Name"], {})


def _delete_job(kind: str) -> Callable[[Aws, dict[str, Any]], dict[str, Any]]:
    def answer(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
        aws.deleted_jobs.append(request[f"{kind}Name"])
        return {}

    return answer


def _with_status(aws: Aws, answer: dict[str, Any]) -> dict[str, Any]:
    """The status that the test wants; one that is Stopping has stopped when it is looked at again."""
    arn = answer["PipelineExecutionArn"]
    wanted = aws.status.get(arn, {})
    if wanted.get("PipelineExecutionStatus") == "Stopping":
        aws.status[arn] = {"PipelineExecutionStatus": "Stopped"}
    return answer | wanted


def _with_statuses(aws: Aws, answer: dict[str, Any]) -> dict[str, Any]:
    return {"PipelineExecutionSummaries": [_with_status(aws, e) for e in answer["PipelineExecutionSummaries"]]}


#: What moto does not know; None where it does.
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


def _with_parameters(aws: Aws, answer: dict[str, Any]) -> dict[str, Any]:
    return {"PipelineParameters": answer.get("PipelineParameters") or []}


def _with_package(aws: Aws, answer: dict[str, Any]) -> dict[str, Any]:
    return answer | aws.packages.get(answer["ModelPackageArn"], {})


#: What moto knows less of than AWS does.
AMENDMENTS: dict[str, Callable[[Aws, dict[str, Any]], dict[str, Any]]] = {
    "DescribeModelPackage": _with_package,
    "DescribePipelineExecution": _with_status,
    "ListPipelineExecutions": _with_statuses,
    "ListPipelineParametersForExecution": _with_parameters,
}

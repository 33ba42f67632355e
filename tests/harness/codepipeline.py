"""Runs the stages that a template declares as CodePipeline does, and answers boto3's calls about them.

A function for each provider performs its actions; this module handles order, variables, jobs and approvals.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3

PAGE = 2  # action executions in a page: few, so that there are several
Provider = Callable[["CodePipeline", dict[str, Any]], Mapping[str, str] | None]


class ActionFailed(Exception):
    """Raised when an action, and with it the execution, has failed."""


class CodePipeline:
    """An execution of a pipeline; ``url`` is its endpoint for boto3."""

    def __init__(self, name: str, stages: list[dict[str, Any]], providers: Mapping[str, Provider], execution: str):
        self.name, self.stages, self.providers, self.execution = name, stages, providers, execution
        self.variables = {"codepipeline.PipelineExecutionId": execution}
        self.finished_actions: list[str] = []
        self.jobs: dict[str, dict[str, Any] | None] = {}
        #: The open approval: stage, action, token and result.
        self.approval: dict[str, Any] = {}
        self.actions: list[dict[str, Any]] = []
        self.url = ""
        self._numbers = itertools.count(1)

    def run(self) -> None:
        """Perform all actions, from the first stage to the last.

        Raises:
            ActionFailed: an action failed.
        """
        for stage in self.stages:
            for action in sorted(stage["Actions"], key=lambda action: int(action.get("RunOrder", 1))):
                self._act(stage["Name"], action)

    def _act(self, stage: str, action: dict[str, Any]) -> None:
        configuration = {name: self._resolve(text) for name, text in action["Configuration"].items()}
        provider = self.providers[action["ActionTypeId"]["Provider"]]
        outputs = provider(self, {**action, "Stage": stage, "Configuration": configuration}) or {}
        self.variables |= {f"{action.get('Namespace', '?')}.{name}": value for name, value in outputs.items()}
        output = {"outputVariables": dict(outputs)}
        self.actions.insert(0, {"stageName": stage, "actionName": action["Name"], "output": output})
        self.finished_actions.append(f"{stage}.{action['Name']}")

    def _resolve(self, text: str) -> str:
        return re.sub(r"#\{([\w.]+)\}", lambda match: self.variables[match[1]], text)

    def job(self, action: Mapping[str, Any], artifacts: list[dict[str, Any]]) -> tuple[str, dict[str, Any]]:
        """Open a job; return its id and the event that its function receives."""
        job = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.execution}/{next(self._numbers)}"))
        self.jobs[job] = None
        data = {
            "actionConfiguration": {"configuration": dict(action["Configuration"])},
            "inputArtifacts": artifacts,
            "outputArtifacts": [],
            "artifactCredentials": {"accessKeyId": "testing", "secretAccessKey": "testing", "sessionToken": "token"},
        }
        return job, {"CodePipeline.job": {"id": job, "accountId": "123456789012", "data": data}}

    def result(self, job: str) -> dict[str, str]:
        """Return the output variables that were reported for a job.

        Raises:
            ActionFailed: a failure was reported.
        """
        report = self.jobs[job]
        assert report is not None, f"no result was reported for {job}"
        if "failureDetails" in report:
            raise ActionFailed(report["failureDetails"]["message"])
        return report.get("outputVariables", {})

    def open_approval(self, action: Mapping[str, Any]) -> dict[str, Any]:
        """Open an approval; return the event that EventBridge sends for it."""
        token = f"token-{next(self._numbers)}"
        self.approval = {"stage": action["Stage"], "action": action["Name"], "token": token, "result": None}
        detail = {"pipeline": self.name, "execution-id": self.execution, "stage": action["Stage"]}
        return {
            "source": "aws.codepipeline",
            "detail-type": "CodePipeline Action Execution State Change",
            "detail": detail | {"action": action["Name"], "state": "STARTED"},
        }

    def finish_approval(self) -> None:
        """Check the answer to the open approval.

        Raises:
            ActionFailed: it was rejected.
        """
        result = self.approval["result"]
        assert result is not None, f"{self.approval['action']} has no answer"
        if result["status"] == "Rejected":
            raise ActionFailed(result["summary"])


@contextmanager
def serve_codepipeline(pipeline: CodePipeline) -> Iterator[Any]:
    """Serve the pipeline over HTTP; yield a boto3 client for it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            operation = self.headers["X-Amz-Target"].partition(".")[2]
            status, answer = OPERATIONS[operation](pipeline, request)
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pipeline.url = f"http://127.0.0.1:{server.server_port}"
    yield boto3.Session("testing", "testing", region_name="eu-west-1").client("codepipeline", endpoint_url=pipeline.url)
    server.shutdown()
    server.server_close()


def _error(code: str) -> tuple[int, dict[str, Any]]:
    return 400, {"__type": code, "message": "refused"}


def _put_job_result(pipeline: CodePipeline, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    if pipeline.jobs.get(request["jobId"], {}) is not None:
        return _error("InvalidJobStateException")
    pipeline.jobs[request["jobId"]] = request
    return 200, {}


def _get_state(pipeline: CodePipeline, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    approval = pipeline.approval
    open_action = (approval["stage"], approval["action"]) if approval and approval["result"] is None else None

    def action(stage: str, name: str) -> dict[str, Any]:
        if open_action == (stage, name):
            token = {"token": approval["token"]} if "token" in approval else {}
            return {"actionName": name, "latestExecution": {"status": "InProgress", **token}}
        return {"actionName": name, "latestExecution": {"status": "Succeeded"}}

    assert request["name"] == pipeline.name
    latest = {"pipelineExecutionId": pipeline.execution, "status": "InProgress"}
    stages = [
        {
            "stageName": stage["Name"],
            "latestExecution": latest,
            "actionStates": [action(stage["Name"], entry["Name"]) for entry in stage["Actions"]],
        }
        for stage in pipeline.stages
    ]
    return 200, {"pipelineName": pipeline.name, "stageStates": stages}


def _list_action_executions(pipeline: CodePipeline, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    assert request["filter"]["pipelineExecutionId"] == pipeline.execution
    start = int(request.get("nextToken", 0))
    page = pipeline.actions[start : start + PAGE]
    more = {"nextToken": str(start + PAGE)} if start + PAGE < len(pipeline.actions) else {}
    return 200, {"actionExecutionDetails": page, **more}


def _put_approval_result(pipeline: CodePipeline, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    approval = pipeline.approval
    if (request["stageName"], request["actionName"], request["token"]) != (
        approval["stage"], approval["action"], approval["token"],
    ):  # fmt: skip
        return _error("InvalidApprovalTokenException")
    if approval["result"] is not None:
        return _error("ApprovalAlreadyCompletedException")
    approval["result"] = request["result"]
    return 200, {"approvedAt": 0}


OPERATIONS: dict[str, Callable[[CodePipeline, dict[str, Any]], tuple[int, dict[str, Any]]]] = {
    "PutJobSuccessResult": _put_job_result,
    "PutJobFailureResult": _put_job_result,
    "GetPipelineState": _get_state,
    "ListActionExecutions": _list_action_executions,
    "PutApprovalResult": _put_approval_result,
}

"""CodePipeline for tests: goes through the stages that a template declares, and answers boto3 as CodePipeline does.

What an action does is its provider's business, a function for each; here are order, variables, jobs and approvals.
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
    """An action that failed, and with it the execution."""


class CodePipeline:
    """An execution of one; ``url`` is where boto3 asks it."""

    def __init__(self, name: str, stages: list[dict[str, Any]], providers: Mapping[str, Provider], execution: str):
        self.name, self.stages, self.providers, self.execution = name, stages, providers, execution
        self.variables = {"codepipeline.PipelineExecutionId": execution}
        self.done: list[str] = []
        self.jobs: dict[str, dict[str, Any] | None] = {}
        #: The approval that is open: stage, action, token, and how it was answered.
        self.approval: dict[str, Any] = {}
        self.actions: list[dict[str, Any]] = []
        self.url = ""
        self._numbers = itertools.count(1)

    def run(self) -> None:
        """From the first stage to the last.

        Raises:
            ActionFailed: an action failed.
        """
        for stage in self.stages:
            for action in sorted(stage["Actions"], key=lambda one: int(one.get("RunOrder", 1))):
                self._act(stage["Name"], action)

    def _act(self, stage: str, action: dict[str, Any]) -> None:
        configuration = {name: self._resolved(text) for name, text in action["Configuration"].items()}
        provider = self.providers[action["ActionTypeId"]["Provider"]]
        found = provider(self, {**action, "Stage": stage, "Configuration": configuration}) or {}
        self.variables |= {f"{action.get('Namespace', '?')}.{name}": value for name, value in found.items()}
        output = {"outputVariables": dict(found)}
        self.actions.insert(0, {"stageName": stage, "actionName": action["Name"], "output": output})
        self.done.append(f"{stage}.{action['Name']}")

    def _resolved(self, text: str) -> str:
        return re.sub(r"#\{([\w.]+)\}", lambda found: self.variables[found[1]], text)

    def job(self, action: Mapping[str, Any], artifacts: list[dict[str, Any]]) -> tuple[str, dict[str, Any]]:
        """A job's id, and the event that a function gets of it."""
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
        """The output variables that were told of a job.

        Raises:
            ActionFailed: it was told to have failed.
        """
        told = self.jobs[job]
        assert told is not None, f"nobody has answered {job}"
        if "failureDetails" in told:
            raise ActionFailed(told["failureDetails"]["message"])
        return told.get("outputVariables", {})

    def open(self, action: Mapping[str, Any]) -> dict[str, Any]:
        """Begin to wait for an answer; the event that EventBridge tells of it."""
        token = f"token-{next(self._numbers)}"
        self.approval = {"stage": action["Stage"], "action": action["Name"], "token": token, "result": None}
        detail = {"pipeline": self.name, "execution-id": self.execution, "stage": action["Stage"]}
        return {
            "source": "aws.codepipeline",
            "detail-type": "CodePipeline Action Execution State Change",
            "detail": detail | {"action": action["Name"], "state": "STARTED"},
        }

    def answered(self) -> None:
        """Go on from an approval.

        Raises:
            ActionFailed: it was rejected.
        """
        result = self.approval["result"]
        assert result is not None, f"nobody has answered {self.approval['action']}"
        if result["status"] == "Rejected":
            raise ActionFailed(result["summary"])


@contextmanager
def serve_codepipeline(pipeline: CodePipeline) -> Iterator[Any]:
    """boto3's client of it."""

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

        def log_message(self, *words: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pipeline.url = f"http://127.0.0.1:{server.server_port}"
    yield boto3.Session("testing", "testing", region_name="eu-west-1").client("codepipeline", endpoint_url=pipeline.url)
    server.shutdown()
    server.server_close()


def _refused(code: str) -> tuple[int, dict[str, Any]]:
    return 400, {"__type": code, "message": "refused"}


def _told(pipeline: CodePipeline, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    if pipeline.jobs.get(request["jobId"], {}) is not None:
        return _refused("InvalidJobStateException")
    pipeline.jobs[request["jobId"]] = request
    return 200, {}


def _state(pipeline: CodePipeline, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    approval = pipeline.approval
    waits = (approval["stage"], approval["action"]) if approval and approval["result"] is None else None

    def action(stage: str, name: str) -> dict[str, Any]:
        if waits == (stage, name):
            token = {"token": approval["token"]} if "token" in approval else {}
            return {"actionName": name, "latestExecution": {"status": "InProgress", **token}}
        return {"actionName": name, "latestExecution": {"status": "Succeeded"}}

    assert request["name"] == pipeline.name
    latest = {"pipelineExecutionId": pipeline.execution, "status": "InProgress"}
    stages = [
        {
            "stageName": stage["Name"],
            "latestExecution": latest,
            "actionStates": [action(stage["Name"], one["Name"]) for one in stage["Actions"]],
        }
        for stage in pipeline.stages
    ]
    return 200, {"pipelineName": pipeline.name, "stageStates": stages}


def _executions(pipeline: CodePipeline, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    assert request["filter"]["pipelineExecutionId"] == pipeline.execution
    start = int(request.get("nextToken", 0))
    page = pipeline.actions[start : start + PAGE]
    more = {"nextToken": str(start + PAGE)} if start + PAGE < len(pipeline.actions) else {}
    return 200, {"actionExecutionDetails": page, **more}


def _answer(pipeline: CodePipeline, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    approval = pipeline.approval
    if (request["stageName"], request["actionName"], request["token"]) != (
        approval["stage"], approval["action"], approval["token"],
    ):  # fmt: skip
        return _refused("InvalidApprovalTokenException")
    if approval["result"] is not None:
        return _refused("ApprovalAlreadyCompletedException")
    approval["result"] = request["result"]
    return 200, {"approvedAt": 0}


OPERATIONS: dict[str, Callable[[CodePipeline, dict[str, Any]], tuple[int, dict[str, Any]]]] = {
    "PutJobSuccessResult": _told,
    "PutJobFailureResult": _told,
    "GetPipelineState": _state,
    "ListActionExecutions": _executions,
    "PutApprovalResult": _answer,
}

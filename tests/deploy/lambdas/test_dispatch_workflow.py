"""Checks which events match the rule for approvals, and which workflow the function then starts on GitHub."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from string import Template

import pytest
from paths import ROOT

pytest.importorskip("moto", reason="AWS is moto, of the extra 'test'")

import boto3
from botocore.stub import Stubber
from handlers import load_handler
from moto.events.models import EventPattern

PATTERN = ROOT / "deploy" / "training" / "approval-event-pattern.json"
ARN = "arn:aws:sagemaker:eu-west-1:000000000000:model-package/shells/3"
SECRET = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:github-abcdef"
TOKEN = "a-token-that-nobody-may-see"


def event(**detail):
    """Return an event as SageMaker sends it, with changed members of the detail; None removes a member."""
    members = {
        "ModelPackageGroupName": "Shells",
        "ModelPackageVersion": 3,
        "ModelPackageArn": ARN,
        "ModelPackageStatus": "Completed",
        "ModelApprovalStatus": "Approved",
        "UpdatedModelPackageFields": ["ModelApprovalStatus"],
    } | detail
    return {
        "version": "0", "id": "e", "account": "000000000000", "region": "eu-west-1", "resources": [ARN],
        "time": "2026-01-01T00:00:00Z", "source": "aws.sagemaker",
        "detail-type": "SageMaker Model Package State Change",
        "detail": {name: value for name, value in members.items() if value is not None},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "matches"),
    [
        (event(), True),
        (event(UpdatedModelPackageFields=["ApprovalDescription", "ModelApprovalStatus"]), True),
        (event(UpdatedModelPackageFields=None), True),  # registered as approved
        (event(UpdatedModelPackageFields=["CustomerMetadataProperties"]), False),
        (event(ModelApprovalStatus="Rejected"), False),
        (event(ModelApprovalStatus="PendingManualApproval", UpdatedModelPackageFields=None), False),
        (event(ModelPackageGroupName="Others"), False),
        (event(ModelPackageGroupName="shells"), False),
        (event() | {"source": "aws.s3"}, False),
        (event() | {"detail-type": "SageMaker Model State Change"}, False),
    ],
)
def test_the_rule_matches_only_approvals_in_the_group(sent, matches):
    pattern = EventPattern.load(Template(PATTERN.read_text()).safe_substitute(Group="Shells"))

    assert pattern.matches_event(sent) is matches


@pytest.fixture
def handler():
    return load_handler("dispatch_workflow")


@pytest.fixture
def github():
    """Run a local server instead of GitHub's API; it records requests, and answers with ``status``."""

    class Handler(BaseHTTPRequestHandler):
        requests, status = [], 204

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.requests.append((self.path, json.loads(body), self.headers["Authorization"]))
            self.send_response(type(self).status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    Handler.url = f"http://127.0.0.1:{server.server_port}"
    yield Handler
    server.shutdown()
    thread.join()
    server.server_close()


def secrets(text):
    client = boto3.client("secretsmanager", region_name="eu-west-1")
    stubbed = Stubber(client)
    stubbed.add_response("get_secret_value", {"SecretString": text}, {"SecretId": SECRET})
    stubbed.activate()
    return client


def settings(github):
    return {
        "REPOSITORY": "an-owner/shells", "WORKFLOW": "deploy.yml", "BRANCH": "main", "TOKEN_SECRET_ARN": SECRET,
        "API_URL": github.url,
    }  # fmt: skip


@pytest.mark.parametrize("secret", [TOKEN, f"{TOKEN}\n", json.dumps({"token": TOKEN})])
def test_it_starts_one_workflow_on_one_branch(handler, github, secret, capsys):
    result = handler.lambda_handler(event(), None, secrets(secret), settings(github))

    assert result == {"dispatched": True}
    path = "/repos/an-owner/shells/actions/workflows/deploy.yml/dispatches"
    assert github.requests == [(path, {"ref": "main"}, f"Bearer {TOKEN}")]
    output = capsys.readouterr().out
    assert ARN in output
    assert TOKEN not in output


@pytest.mark.parametrize("sent", [event(ModelApprovalStatus="Rejected"), {"detail": {}}, {}])
def test_other_events_start_nothing(handler, github, sent):
    assert handler.lambda_handler(sent, None, secrets(TOKEN), settings(github)) == {"dispatched": False}
    assert not github.requests


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "the token is invalid or expired"),
        (403, "may not write actions"),
        (404, "no such repository or workflow"),
        (422, "has no workflow_dispatch"),
        (500, "GitHub answered 500"),
    ],
)
def test_an_error_from_github_is_reported_without_the_token(handler, github, status, message):
    github.status = status

    with pytest.raises(handler.NotDispatched, match=message) as raised:
        handler.lambda_handler(event(), None, secrets(TOKEN), settings(github))

    assert TOKEN not in str(raised.value)


def test_an_unreachable_github_is_an_error(handler, github):
    gone = settings(github) | {"API_URL": "http://127.0.0.1:9"}

    with pytest.raises(handler.NotDispatched, match="GitHub cannot be reached"):
        handler.lambda_handler(event(), None, secrets(TOKEN), gone)


def test_a_secret_without_a_token_is_an_error_that_does_not_show_it(handler, github):
    with pytest.raises(handler.NotDispatched, match="JSON, but its 'token' is missing or not a string") as raised:
        handler.lambda_handler(event(), None, secrets('{"pat": "hidden"}'), settings(github))

    assert "hidden" not in str(raised.value)

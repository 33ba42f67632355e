"""An approval starts one workflow: which events get through the rule, and what the function then asks of GitHub."""

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
from handlers import handler_of
from moto.events.models import EventPattern

PATTERN = ROOT / "deploy" / "training" / "approval-event-pattern.json"
ARN = "arn:aws:sagemaker:eu-west-1:000000000000:model-package/shells/3"
SECRET = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:github-abcdef"
TOKEN = "a-token-that-nobody-may-see"


def event(**detail):
    """As SageMaker sends it, with these members of the detail changed; None for none."""
    told = {
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
        "detail": {name: value for name, value in told.items() if value is not None},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "gets_through"),
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
def test_approvals_in_the_group_get_through_the_rule_and_nothing_else(sent, gets_through):
    pattern = EventPattern.load(Template(PATTERN.read_text()).safe_substitute(Group="Shells"))

    assert pattern.matches_event(sent) is gets_through


@pytest.fixture
def handler():
    return handler_of("dispatch_workflow")


@pytest.fixture
def github():
    """A server on this machine that stands for GitHub's API: what it was asked, and the status that it answers with."""

    class Handler(BaseHTTPRequestHandler):
        asked, status = [], 204

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.asked.append((self.path, json.loads(body), self.headers["Authorization"]))
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
    assert github.asked == [(path, {"ref": "main"}, f"Bearer {TOKEN}")]
    said = capsys.readouterr().out
    assert ARN in said
    assert TOKEN not in said


@pytest.mark.parametrize("sent", [event(ModelApprovalStatus="Rejected"), {"detail": {}}, {}])
def test_what_is_no_approval_starts_nothing(handler, github, sent):
    assert handler.lambda_handler(sent, None, secrets(TOKEN), settings(github)) == {"dispatched": False}
    assert not github.asked


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "the token is not valid"),
        (403, "may not write actions"),
        (404, "no such repository or workflow"),
        (422, "has no workflow_dispatch"),
        (500, "GitHub answered 500"),
    ],
)
def test_what_github_refuses_is_told_without_the_token(handler, github, status, message):
    github.status = status

    with pytest.raises(handler.NotDispatched, match=message) as told:
        handler.lambda_handler(event(), None, secrets(TOKEN), settings(github))

    assert TOKEN not in str(told.value)


def test_a_github_that_is_not_there_is_told(handler, github):
    gone = settings(github) | {"API_URL": "http://127.0.0.1:9"}

    with pytest.raises(handler.NotDispatched, match="GitHub cannot be reached"):
        handler.lambda_handler(event(), None, secrets(TOKEN), gone)


def test_a_secret_without_a_token_is_told_and_not_shown(handler, github):
    with pytest.raises(handler.NotDispatched, match="JSON without a text 'token'") as told:
        handler.lambda_handler(event(), None, secrets('{"pat": "hidden"}'), settings(github))

    assert "hidden" not in str(told.value)

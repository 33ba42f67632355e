"""Tests the function that creates a project's repository: its requests to GitHub, and its answers to the stack."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from paths import ROOT

pytest.importorskip("cfnlint", reason="cfn-lint comes with the extra 'test'")

import boto3
from botocore.stub import Stubber
from cfnlint.decode.cfn_yaml import load
from handlers import handler_path, load_handler

SECRET = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:github-abcdef"
TOKEN = "a-token-that-nobody-may-see"
TEMPLATE, REPOSITORY = "an-owner/template", "an-owner/shells-p-1"


class GitHub:
    """Simulates the used part of GitHub's API with its state, and the URL to which the stack's answer is sent."""

    def __init__(self):
        self.repositories, self.variables, self.environments, self.branches = {}, {}, {}, {}
        self.errors, self.answers, self.tokens = {}, [], set()
        github = self

        class Handler(BaseHTTPRequestHandler):
            def _any(self):
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"null")
                status, answer = github.answer(self.command, self.path, body, self.headers.get("Authorization"))
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_PATCH = _any  # noqa: N815  the names that http.server requires

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, method, path, body, token):
        if path == "/stack":
            self.answers.append(body)
            return 200, None
        self.tokens.add(token)
        for pattern, status in self.errors.items():
            if re.search(pattern, f"{method} {path}"):
                return status, {"message": "refused for the test"}
        for route_method, pattern, act in self.ROUTES:
            if route_method == method and (match := re.fullmatch(pattern, path)):
                return act(self, *match.groups(), body)
        return 404, {"message": "Not Found"}

    def get_repository(self, name, _):
        return (200, self.repositories[name]) if name in self.repositories else (404, {"message": "Not Found"})

    def generate_repository(self, template, body):
        name = f"{body['owner']}/{body['name']}"
        repository = {"html_url": f"https://github.test/{name}", "template_repository": {"full_name": template}}
        self.repositories[name] = repository | {"private": body["private"]}
        return 201, self.repositories[name]

    def create_variable(self, body):
        if body["name"] in self.variables:
            return 409, {"message": "Already exists"}
        self.variables[body["name"]] = body["value"]
        return 201, None

    def update_variable(self, name, body):
        self.variables[name] = body["value"]
        return 200, None

    def put_environment(self, name, body):
        self.environments[name] = body
        return 200, {}

    def list_branches(self, name, _):
        return 200, {"branch_policies": [{"name": branch} for branch in self.branches.get(name, ())]}

    def add_branch(self, name, body):
        self.branches.setdefault(name, []).append(body["name"])
        return 200, {}

    ROUTES = (
        ("GET", r"/repos/([^/]+/[^/]+)", get_repository),
        ("POST", r"/repos/([^/]+/[^/]+)/generate", generate_repository),
        ("POST", rf"/repos/{REPOSITORY}/actions/variables", create_variable),
        ("PATCH", rf"/repos/{REPOSITORY}/actions/variables/([A-Z_]+)", update_variable),
        ("GET", r"/users/a-reviewer", lambda self, _: (200, {"id": 7})),
        ("PUT", rf"/repos/{REPOSITORY}/environments/([a-z-]+)", put_environment),
        ("GET", rf"/repos/{REPOSITORY}/environments/([a-z-]+)/deployment-branch-policies", list_branches),
        ("POST", rf"/repos/{REPOSITORY}/environments/([a-z-]+)/deployment-branch-policies", add_branch),
    )


@pytest.fixture
def github():
    fake = GitHub()
    yield fake
    fake.server.shutdown()
    fake.server.server_close()


@pytest.fixture
def ask(github):
    """Return a function that lets the handler answer a request of the stack, and returns the answer."""
    module = load_handler("make_repository")

    def run(request_type="Create", secret=TOKEN, **changed):
        client = boto3.client("secretsmanager", region_name="eu-west-1")
        stubbed = Stubber(client)
        stubbed.add_response("get_secret_value", {"SecretString": secret}, {"SecretId": SECRET})
        stubbed.activate()
        properties = {
            "Template": TEMPLATE, "Repository": REPOSITORY, "Reviewer": "a-reviewer",
            "Variables": {"AWS_REGION": "eu-west-1", "SAGEMAKER_PROJECT_NAME": "shells"},
        } | changed  # fmt: skip
        event = {
            "RequestType": request_type, "ResponseURL": f"{github.url}/stack", "StackId": "s", "RequestId": "r",
            "LogicalResourceId": "Repository", "ResourceProperties": properties,
        }  # fmt: skip
        answer = module.lambda_handler(event, None, client, {"TOKEN_SECRET_ARN": SECRET, "API_URL": github.url})
        assert github.answers[-1] == answer
        return answer

    return run


def test_it_is_created_from_the_template_with_what_deployments_need(github, ask):
    answer = ask()

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", REPOSITORY)
    assert answer["Data"] == {"Url": f"https://github.test/{REPOSITORY}"}
    assert github.repositories[REPOSITORY]["private"] is True
    assert github.variables == {"AWS_REGION": "eu-west-1", "SAGEMAKER_PROJECT_NAME": "shells"}
    assert github.environments["pre-production"]["reviewers"] is None
    assert github.environments["production"]["reviewers"] == [{"type": "User", "id": 7}]
    assert github.branches == {"pre-production": ["main"], "production": ["main"]}
    assert github.tokens == {f"Bearer {TOKEN}"}


def test_a_repeated_request_changes_nothing_and_a_new_value_is_updated(github, ask):
    ask()
    before = json.dumps([github.repositories, github.variables, github.environments, github.branches])
    assert ask("Update")["Status"] == "SUCCESS"
    assert json.dumps([github.repositories, github.variables, github.environments, github.branches]) == before

    ask("Update", Variables={"AWS_REGION": "us-east-1"})

    assert github.variables["AWS_REGION"] == "us-east-1"


def test_deleting_the_stack_leaves_the_repository(github, ask):
    ask()

    assert ask("Delete")["Status"] == "SUCCESS"
    assert REPOSITORY in github.repositories


def test_a_foreign_repository_is_not_changed(github, ask):
    github.repositories[REPOSITORY] = {"html_url": "u", "template_repository": {"full_name": "an-owner/another"}}

    answer = ask()

    assert answer["Status"] == "FAILED"
    assert "exists already, but was not created from an-owner/template" in answer["Reason"]
    assert not github.variables


@pytest.mark.parametrize(
    ("pattern", "status", "message"),
    [
        ("GET /repos/", 401, f"GitHub answered 401 to GET repos/{REPOSITORY}: refused for the test"),
        ("generate", 422, "GitHub answered 422 to POST repos/an-owner/template/generate"),
        ("variables", 403, f"GitHub answered 403 to POST repos/{REPOSITORY}/actions/variables"),
        ("users", 404, "GitHub answered 404 to GET users/a-reviewer"),
    ],
)
def test_an_error_from_github_is_reported_to_the_stack_without_the_token(github, ask, pattern, status, message, capsys):
    github.errors[pattern] = status

    answer = ask()

    assert answer["Status"] == "FAILED"
    assert message in answer["Reason"]
    assert TOKEN not in json.dumps(answer) + capsys.readouterr().out


def test_a_secret_without_a_token_is_reported(ask):
    assert "JSON, but its 'token' is missing or not a string" in ask(secret='{"pat": "hidden"}')["Reason"]


def test_the_template_has_the_folders_code_and_policy():
    project = load(str(ROOT / "deploy" / "project" / "sagemaker-project-template.yml"))["Resources"]

    code = ROOT / "deploy" / "project" / project["MakeRepository"]["Properties"]["Code"]
    assert (code / "handler.py").resolve() == handler_path("make_repository")
    (policy,) = project["MakeRepositoryRole"]["Properties"]["Policies"]
    actions = {s["Sid"]: s["Action"] for s in policy["PolicyDocument"]["Statement"] if "Sid" in s}
    statements = json.loads((code / "policy.json").read_text())["Statement"]
    assert actions == {statement["Sid"]: statement["Action"] for statement in statements}


def test_the_variables_are_those_that_the_workflows_read():
    project = load(str(ROOT / "deploy" / "project" / "sagemaker-project-template.yml"))["Resources"]
    workflows = "".join(path.read_text() for path in (ROOT / ".github" / "workflows").glob("deploy*.yml"))

    # By default they follow from project and id, and from pipelines/project.toml.
    optional = {"MODEL_PACKAGE_GROUP_NAME", "CHECK_ENGINE"}
    read = set(re.findall(r"vars\.([A-Z_]+)", workflows)) - optional

    assert read <= project["Repository"]["Properties"]["Variables"].keys()

"""A project's own repository: what the function asks of GitHub, and what it tells the stack, whatever happens."""

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
from handlers import handler_of, path_of

SECRET = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:github-abcdef"
TOKEN = "a-token-that-nobody-may-see"
TEMPLATE, REPOSITORY = "an-owner/template", "an-owner/shells-p-1"


class GitHub:
    """GitHub's API as far as it is asked, with a memory; and the place where a stack waits for its answer."""

    def __init__(self):
        self.repositories, self.variables, self.environments, self.branches = {}, {}, {}, {}
        self.refused, self.told, self.tokens = {}, [], set()
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

            do_GET = do_POST = do_PUT = do_PATCH = _any  # noqa: N815  the names that http.server asks for

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, method, path, body, token):
        if path == "/stack":
            self.told.append(body)
            return 200, None
        self.tokens.add(token)
        for pattern, status in self.refused.items():
            if re.search(pattern, f"{method} {path}"):
                return status, {"message": "refused for the test"}
        for asked, pattern, act in self.ACTS:
            if asked == method and (found := re.fullmatch(pattern, path)):
                return act(self, *found.groups(), body)
        return 404, {"message": "Not Found"}

    def found(self, name, _):
        return (200, self.repositories[name]) if name in self.repositories else (404, {"message": "Not Found"})

    def generated(self, template, body):
        name = f"{body['owner']}/{body['name']}"
        made = {"html_url": f"https://github.test/{name}", "template_repository": {"full_name": template}}
        self.repositories[name] = made | {"private": body["private"]}
        return 201, self.repositories[name]

    def variable(self, body):
        if body["name"] in self.variables:
            return 409, {"message": "Already exists"}
        self.variables[body["name"]] = body["value"]
        return 201, None

    def changed(self, name, body):
        self.variables[name] = body["value"]
        return 200, None

    def environment(self, name, body):
        self.environments[name] = body
        return 200, {}

    def listed(self, name, _):
        return 200, {"branch_policies": [{"name": one} for one in self.branches.get(name, ())]}

    def branch(self, name, body):
        self.branches.setdefault(name, []).append(body["name"])
        return 200, {}

    ACTS = (
        ("GET", r"/repos/([^/]+/[^/]+)", found),
        ("POST", r"/repos/([^/]+/[^/]+)/generate", generated),
        ("POST", rf"/repos/{REPOSITORY}/actions/variables", variable),
        ("PATCH", rf"/repos/{REPOSITORY}/actions/variables/([A-Z_]+)", changed),
        ("GET", r"/users/a-reviewer", lambda self, _: (200, {"id": 7})),
        ("PUT", rf"/repos/{REPOSITORY}/environments/([a-z-]+)", environment),
        ("GET", rf"/repos/{REPOSITORY}/environments/([a-z-]+)/deployment-branch-policies", listed),
        ("POST", rf"/repos/{REPOSITORY}/environments/([a-z-]+)/deployment-branch-policies", branch),
    )


@pytest.fixture
def github():
    found = GitHub()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def ask(github):
    """Let the function answer a request of the stack's; the answer."""
    module = handler_of("make_repository")

    def run(kind="Create", secret=TOKEN, **changed):
        client = boto3.client("secretsmanager", region_name="eu-west-1")
        stubbed = Stubber(client)
        stubbed.add_response("get_secret_value", {"SecretString": secret}, {"SecretId": SECRET})
        stubbed.activate()
        properties = {
            "Template": TEMPLATE, "Repository": REPOSITORY, "Reviewer": "a-reviewer",
            "Variables": {"AWS_REGION": "eu-west-1", "SAGEMAKER_PROJECT_NAME": "shells"},
        } | changed  # fmt: skip
        event = {
            "RequestType": kind, "ResponseURL": f"{github.url}/stack", "StackId": "s", "RequestId": "r",
            "LogicalResourceId": "Repository", "ResourceProperties": properties,
        }  # fmt: skip
        answer = module.lambda_handler(event, None, client, {"TOKEN_SECRET_ARN": SECRET, "API_URL": github.url})
        assert github.told[-1] == answer
        return answer

    return run


def test_it_is_made_of_the_template_with_what_deploying_needs(github, ask):
    answer = ask()

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", REPOSITORY)
    assert answer["Data"] == {"Url": f"https://github.test/{REPOSITORY}"}
    assert github.repositories[REPOSITORY]["private"] is True
    assert github.variables == {"AWS_REGION": "eu-west-1", "SAGEMAKER_PROJECT_NAME": "shells"}
    assert github.environments["pre-production"]["reviewers"] is None
    assert github.environments["production"]["reviewers"] == [{"type": "User", "id": 7}]
    assert github.branches == {"pre-production": ["main"], "production": ["main"]}
    assert github.tokens == {f"Bearer {TOKEN}"}


def test_the_same_again_changes_nothing_and_another_value_is_taken(github, ask):
    ask()
    before = json.dumps([github.repositories, github.variables, github.environments, github.branches])
    assert ask("Update")["Status"] == "SUCCESS"
    assert json.dumps([github.repositories, github.variables, github.environments, github.branches]) == before

    ask("Update", Variables={"AWS_REGION": "us-east-1"})

    assert github.variables["AWS_REGION"] == "us-east-1"


def test_a_stack_that_goes_leaves_the_repository(github, ask):
    ask()

    assert ask("Delete")["Status"] == "SUCCESS"
    assert REPOSITORY in github.repositories


def test_a_repository_of_somebody_else_is_left_alone(github, ask):
    github.repositories[REPOSITORY] = {"html_url": "u", "template_repository": {"full_name": "an-owner/another"}}

    answer = ask()

    assert answer["Status"] == "FAILED"
    assert "is there already, and was not made from an-owner/template" in answer["Reason"]
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
def test_what_github_refuses_is_told_to_the_stack_without_the_token(github, ask, pattern, status, message, capsys):
    github.refused[pattern] = status

    answer = ask()

    assert answer["Status"] == "FAILED"
    assert message in answer["Reason"]
    assert TOKEN not in json.dumps(answer) + capsys.readouterr().out


def test_a_secret_without_a_token_is_told(ask):
    assert "JSON without a text 'token'" in ask(secret='{"pat": "hidden"}')["Reason"]


def test_its_code_is_that_folder_and_its_role_may_do_what_the_folder_says():
    project = load(str(ROOT / "deploy" / "project" / "sagemaker-project-template.yml"))["Resources"]

    code = ROOT / "deploy" / "project" / project["MakeRepository"]["Properties"]["Code"]
    assert (code / "handler.py").resolve() == path_of("make_repository")
    (policy,) = project["MakeRepositoryRole"]["Properties"]["Policies"]
    given = {one["Sid"]: one["Action"] for one in policy["PolicyDocument"]["Statement"] if "Sid" in one}
    said = json.loads((code / "policy.json").read_text())["Statement"]
    assert given == {one["Sid"]: one["Action"] for one in said}


def test_the_variables_are_those_that_the_workflows_read():
    project = load(str(ROOT / "deploy" / "project" / "sagemaker-project-template.yml"))["Resources"]
    workflows = "".join(path.read_text() for path in (ROOT / ".github" / "workflows").glob("deploy*.yml"))

    # By default those of project and id, and of pipelines/project.toml.
    optional = {"MODEL_PACKAGE_GROUP_NAME", "CHECK_ENGINE"}
    read = set(re.findall(r"vars\.([A-Z_]+)", workflows)) - optional

    assert read <= project["Repository"]["Properties"]["Variables"].keys()

"""Lambda function, of a custom resource: a repository of a project's own on GitHub, made from a template repository.

ResourceProperties:
    Template        owner/name of the template repository
    Repository      owner/name of the new one
    Reviewer        login of who has to agree to production; left out for nobody
    Variables       name -> value: the repository's Actions variables

Environment: TOKEN_SECRET_ARN (secret with a token that may create repositories and administer them), API_URL.

What is there already is left or brought up to date, so that the same request again changes nothing. A stack that is
deleted leaves the repository: it may hold work that is nowhere else.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any
from urllib import request
from urllib.error import HTTPError, URLError

import boto3

SECONDS = 20
MEMBER = "token"
BRANCH = "main"
#: Environment -> whether somebody has to agree.
ENVIRONMENTS = {"pre-production": False, "production": True}
NOT_FOUND, CONFLICT = 404, 409

Ask = Callable[..., Any]


class NotMade(Exception):
    """Raised when GitHub refused something; the stack's events tell of it."""

    def __init__(self, words: str, status: int = 0):
        super().__init__(words)
        self.status = status


def lambda_handler(
    event: dict[str, Any], context: Any, client: Any = None, settings: Mapping[str, str] = os.environ
) -> dict[str, Any]:
    """Do what the stack asks for, and tell it how that ended, whatever happened; what it was told."""
    properties = event["ResourceProperties"]
    answer = {
        "Status": "SUCCESS",
        "PhysicalResourceId": properties.get("Repository") or event.get("PhysicalResourceId") or event["RequestId"],
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    try:
        if event["RequestType"] != "Delete":
            secret = (client or boto3.client("secretsmanager")).get_secret_value(SecretId=settings["TOKEN_SECRET_ARN"])
            ask = _client(settings["API_URL"].rstrip("/"), _token(secret["SecretString"]))
            answer["Data"] = {"Url": make(ask, properties)}
    except Exception as error:  # noqa: BLE001  a stack that is told nothing waits for an hour
        answer |= {"Status": "FAILED", "Reason": f"{type(error).__name__}: {error}"[:1000]}
    print(json.dumps(answer))
    # The signature of the URL knows no content type; urllib would invent one.
    sent = request.Request(event["ResponseURL"], json.dumps(answer).encode(), {"Content-Type": ""}, method="PUT")
    with request.urlopen(sent, timeout=SECONDS):
        return answer


def make(ask: Ask, properties: Mapping[str, Any]) -> str:
    """The repository with its variables and environments; its URL.

    Raises:
        NotMade: GitHub refused something.
    """
    repository = properties["Repository"]
    found = _repository(ask, properties["Template"], repository)
    for name, value in (properties.get("Variables") or {}).items():
        _variable(ask, repository, name, value)
    for environment, is_reviewed in ENVIRONMENTS.items():
        _environment(ask, repository, environment, properties.get("Reviewer") if is_reviewed else None)
    return str(found["html_url"])


def _repository(ask: Ask, template: str, repository: str) -> dict[str, Any]:
    """https://docs.github.com/en/rest/repos/repos#create-a-repository-using-a-template"""
    owner, _, name = repository.partition("/")
    try:
        found = ask("GET", f"repos/{repository}")
    except NotMade as error:
        if error.status != NOT_FOUND:
            raise
        return dict(ask("POST", f"repos/{template}/generate", {"owner": owner, "name": name, "private": True}))
    made_from = (found.get("template_repository") or {}).get("full_name")
    if made_from != template:
        raise NotMade(f"{repository} is there already, and was not made from {template}; take another name")
    return dict(found)


def _variable(ask: Ask, repository: str, name: str, value: str) -> None:
    """https://docs.github.com/en/rest/actions/variables"""
    told = {"name": name, "value": value}
    try:
        ask("POST", f"repos/{repository}/actions/variables", told)
    except NotMade as error:
        if error.status != CONFLICT:
            raise
        ask("PATCH", f"repos/{repository}/actions/variables/{name}", told)


def _environment(ask: Ask, repository: str, name: str, reviewer: str | None) -> None:
    """One that only the main branch deploys to. https://docs.github.com/en/rest/deployments/environments"""
    reviewers = [{"type": "User", "id": ask("GET", f"users/{reviewer}")["id"]}] if reviewer else None
    policy = {"protected_branches": False, "custom_branch_policies": True}
    place = f"repos/{repository}/environments/{name}"
    ask("PUT", place, {"reviewers": reviewers, "deployment_branch_policy": policy})
    listed = ask("GET", f"{place}/deployment-branch-policies")["branch_policies"]
    if BRANCH not in [one["name"] for one in listed]:
        ask("POST", f"{place}/deployment-branch-policies", {"name": BRANCH})


def _client(url: str, token: str) -> Ask:
    def ask(method: str, path: str, body: Any = None) -> Any:
        headers = {"Accept": "application/vnd.github+json", "Authorization": f"Bearer {token}"}
        data = None if body is None else json.dumps(body).encode()
        asked = request.Request(f"{url}/{path}", data, headers, method=method)
        try:
            with request.urlopen(asked, timeout=SECONDS) as found:
                return json.loads(found.read() or b"null")
        except HTTPError as error:
            said = error.read(2000).decode(errors="replace")
            raise NotMade(f"GitHub answered {error.code} to {method} {path}: {_message(said)}", error.code) from None
        except (URLError, TimeoutError) as error:
            raise NotMade(f"GitHub cannot be reached: {getattr(error, 'reason', error)}") from None

    return ask


def _message(said: str) -> str:
    """What GitHub says of what it refuses."""
    try:
        return str(json.loads(said)["message"])
    except (ValueError, KeyError, TypeError):
        return said[:200] or "no more is said"


def _token(secret: str) -> str:
    try:
        found = json.loads(secret)
    except ValueError:
        return secret.strip()
    if not isinstance(found, dict) or not isinstance(found.get(MEMBER), str):
        raise NotMade(f"the secret is JSON without a text {MEMBER!r}")
    return str(found[MEMBER])

"""Lambda function of a custom resource that creates a project's repository on GitHub from a template repository.

ResourceProperties:
    Template        owner/name of the template repository
    Repository      owner/name of the new one
    Reviewer        login of the user who has to agree to production; optional
    Variables       name -> value: the repository's Actions variables

Environment: TOKEN_SECRET_ARN (secret with a token that may create repositories and administer them), API_URL.

Existing parts are left as they are or updated, so the same request again changes nothing. Deleting the stack leaves the
repository, which may contain work that exists nowhere else.
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
#: Environment -> whether a reviewer has to agree.
ENVIRONMENTS = {"pre-production": False, "production": True}
NOT_FOUND, CONFLICT = 404, 409

Ask = Callable[..., Any]


class RequestFailed(Exception):
    """Raised if GitHub rejects a request; the stack's events show it."""

    def __init__(self, message: str, status: int = 0):
        super().__init__(message)
        self.status = status


def lambda_handler(
    event: dict[str, Any], context: Any, client: Any = None, settings: Mapping[str, str] = os.environ
) -> dict[str, Any]:
    """Handle the stack's request, and report the result to it in any case; return the report."""
    properties = event["ResourceProperties"]
    answer = {
        "Status": "SUCCESS",
        "PhysicalResourceId": properties.get("Repository") or event.get("PhysicalResourceId") or event["RequestId"],
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    try:
        if event["RequestType"] != "Delete":
            secret = (client or boto3.client("secretsmanager")).get_secret_value(SecretId=settings["TOKEN_SECRET_ARN"])
            ask = _github_client(settings["API_URL"].rstrip("/"), _token(secret["SecretString"]))
            answer["Data"] = {"Url": make(ask, properties)}
    except Exception as error:  # noqa: BLE001  without an answer a stack waits for an hour
        answer |= {"Status": "FAILED", "Reason": f"{type(error).__name__}: {error}"[:1000]}
    print(json.dumps(answer))
    # The URL is signed without a content type; urllib would add one.
    put_request = request.Request(event["ResponseURL"], json.dumps(answer).encode(), {"Content-Type": ""}, method="PUT")
    with request.urlopen(put_request, timeout=SECONDS):
        return answer


def make(ask: Ask, properties: Mapping[str, Any]) -> str:
    """Create the repository with its variables and environments; return its URL.

    Raises:
        RequestFailed: GitHub rejected a request.
    """
    repository = properties["Repository"]
    repository_facts = _repository(ask, properties["Template"], repository)
    for name, value in (properties.get("Variables") or {}).items():
        _variable(ask, repository, name, value)
    for environment, is_reviewed in ENVIRONMENTS.items():
        _environment(ask, repository, environment, properties.get("Reviewer") if is_reviewed else None)
    return str(repository_facts["html_url"])


def _repository(ask: Ask, template: str, repository: str) -> dict[str, Any]:
    """Create the repository. https://docs.github.com/en/rest/repos/repos#create-a-repository-using-a-template"""
    owner, _, name = repository.partition("/")
    try:
        existing = ask("GET", f"repos/{repository}")
    except RequestFailed as error:
        if error.status != NOT_FOUND:
            raise
        return dict(ask("POST", f"repos/{template}/generate", {"owner": owner, "name": name, "private": True}))
    template_of_existing = (existing.get("template_repository") or {}).get("full_name")
    if template_of_existing != template:
        raise RequestFailed(f"{repository} exists already, but was not created from {template}; choose another name")
    return dict(existing)


def _variable(ask: Ask, repository: str, name: str, value: str) -> None:
    """Create or update a variable. https://docs.github.com/en/rest/actions/variables"""
    body = {"name": name, "value": value}
    try:
        ask("POST", f"repos/{repository}/actions/variables", body)
    except RequestFailed as error:
        if error.status != CONFLICT:
            raise
        ask("PATCH", f"repos/{repository}/actions/variables/{name}", body)


def _environment(ask: Ask, repository: str, name: str, reviewer: str | None) -> None:
    """Create an environment for the main branch only. https://docs.github.com/en/rest/deployments/environments"""
    reviewers = [{"type": "User", "id": ask("GET", f"users/{reviewer}")["id"]}] if reviewer else None
    branch_policy = {"protected_branches": False, "custom_branch_policies": True}
    place = f"repos/{repository}/environments/{name}"
    ask("PUT", place, {"reviewers": reviewers, "deployment_branch_policy": branch_policy})
    policies = ask("GET", f"{place}/deployment-branch-policies")["branch_policies"]
    if BRANCH not in [policy["name"] for policy in policies]:
        ask("POST", f"{place}/deployment-branch-policies", {"name": BRANCH})


def _github_client(url: str, token: str) -> Ask:
    def ask(method: str, path: str, body: Any = None) -> Any:
        headers = {"Accept": "application/vnd.github+json", "Authorization": f"Bearer {token}"}
        data = None if body is None else json.dumps(body).encode()
        call = request.Request(f"{url}/{path}", data, headers, method=method)
        try:
            with request.urlopen(call, timeout=SECONDS) as response:
                return json.loads(response.read() or b"null")
        except HTTPError as error:
            text = error.read(2000).decode(errors="replace")
            raise RequestFailed(
                f"GitHub answered {error.code} to {method} {path}: {_message(text)}", error.code
            ) from None
        except (URLError, TimeoutError) as error:
            raise RequestFailed(f"GitHub cannot be reached: {getattr(error, 'reason', error)}") from None

    return ask


def _message(body: str) -> str:
    """Return the message of GitHub's error."""
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body[:200] or "no message"


def _token(secret: str) -> str:
    try:
        document = json.loads(secret)
    except ValueError:
        return secret.strip()
    if not isinstance(document, dict) or not isinstance(document.get(MEMBER), str):
        raise RequestFailed(f"the secret is JSON, but its {MEMBER!r} is missing or not a string")
    return str(document[MEMBER])

"""Lambda function that starts a repository's workflow on GitHub when a version of a model package group is approved.

Event: SageMaker Model Package State Change, filtered by the rule of deploy/training.

Environment:
    REPOSITORY          owner/name
    WORKFLOW, BRANCH    the workflow's file, and the branch on which it runs
    TOKEN_SECRET_ARN    secret with a token that may write the repository's actions
    API_URL             GitHub's API

EventBridge may deliver an event twice, and the service may send several for one change. Each of them may start the
workflow: it waits for its own earlier runs, and releasing a version again changes nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any
from urllib import request
from urllib.error import HTTPError, URLError

import boto3

APPROVED = "Approved"
SECONDS = 20
#: Member with the token, if the secret is a JSON object.
MEMBER = "token"
ADVICE = {
    401: "the token is invalid or expired",
    403: "the token may not write actions of this repository",
    404: "there is no such repository or workflow, or the token may not see it",
    422: "the workflow has no workflow_dispatch on this branch, or requires other inputs",
}


class NotDispatched(Exception):
    """Raised if GitHub did not start the workflow; Lambda then tries again, and an alarm reports it."""


def lambda_handler(
    event: dict[str, Any], context: Any, client: Any = None, settings: Mapping[str, str] = os.environ
) -> dict[str, Any]:
    """Start the workflow if the event is an approval; return whether it was started."""
    detail = event.get("detail") or {}
    arn, status = detail.get("ModelPackageArn"), detail.get("ModelApprovalStatus")
    if not arn or status != APPROVED:
        print(f"not an approval: {arn} is {status}")
        return {"dispatched": False}
    secret = (client or boto3.client("secretsmanager")).get_secret_value(SecretId=settings["TOKEN_SECRET_ARN"])
    _dispatch(settings, _token(secret["SecretString"]))
    print(f"{arn} is approved: {settings['WORKFLOW']} of {settings['REPOSITORY']} was started")
    return {"dispatched": True}


def _dispatch(settings: Mapping[str, str], token: str) -> None:
    """Send the request. https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event"""
    path = f"repos/{settings['REPOSITORY']}/actions/workflows/{settings['WORKFLOW']}/dispatches"
    dispatch = request.Request(
        f"{settings['API_URL'].rstrip('/')}/{path}",
        data=json.dumps({"ref": settings["BRANCH"]}).encode(),
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "X-GitHub-Api-Version": "2022-11-28",
        },
        method="POST",
    )
    try:
        with request.urlopen(dispatch, timeout=SECONDS):
            return
    except HTTPError as error:
        error.close()
        hint = ADVICE.get(error.code, "see GitHub's status page")
        raise NotDispatched(f"GitHub answered {error.code} to POST {path}: {hint}") from None
    except (URLError, TimeoutError) as error:
        raise NotDispatched(f"GitHub cannot be reached: {getattr(error, 'reason', error)}") from None


def _token(secret: str) -> str:
    """Return the secret's text, or its member ``token`` if it is a JSON object."""
    try:
        document = json.loads(secret)
    except ValueError:
        return secret.strip()
    token = document.get(MEMBER) if isinstance(document, dict) else None
    if not isinstance(token, str):
        raise NotDispatched(f"the secret is JSON, but its {MEMBER!r} is missing or not a string")
    return token

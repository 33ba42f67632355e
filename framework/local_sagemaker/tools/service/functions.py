"""Creates and updates Lambda functions in an account, each with a role that allows what it needs and nothing else.

A function is a folder: handler.py with lambda_handler; policy.json, the permissions of its role; and settings.json, if
it needs more time or memory than the default.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from local_sagemaker.tools.aws_errors import is_missing
from local_sagemaker.tools.command_errors import UsageError

import boto3
from botocore.exceptions import ClientError

POLICY_FILE = "policy.json"
SETTINGS_FILE = "settings.json"  # arguments of CreateFunction that differ from DEFAULT_SETTINGS
#: SageMaker's own managed policy lets a role invoke functions with sagemaker in their names.
NAME_PREFIX = "sagemaker-"
DEFAULT_SETTINGS = {"Runtime": "python3.12", "Handler": "handler.lambda_handler", "Timeout": 60, "MemorySize": 256}
TRUST_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
#: It takes some seconds until a new role exists everywhere; until then Lambda reports that it cannot assume the role.
ATTEMPTS, PAUSE_SECONDS = 12, 5.0
KEY_STATEMENT = "UseTheKey"  # the statement that is removed if there is no key
#: A placeholder in a policy's resources -> the flag that sets its value.
PLACEHOLDER_FLAGS = {"Group": "--group", "Bucket": "--bucket"}


def deployed_name(name: str) -> str:
    """Return the name that the function of a folder has in an account."""
    return NAME_PREFIX + name.replace("_", "-")


def deploy(
    session: boto3.Session,
    folder: Path,
    code: bytes,
    groups: Sequence[str] = (),
    role_arn: str | None = None,
    boundary: str | None = None,
    *,
    bucket: str | None = None,
    kms_key: str | None = None,
    function: str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Create the function, or update what differs; return its ARN, its role's ARN, and the action taken.

    Args:
        session: session of the account.
        folder: the function's folder, whose name is that of the function.
        code: the function's archive; see ``code.function_code``.
        groups: model package groups that the function may read.
        role_arn: an existing role; by default a role is created, or its policy updated.
        boundary: ARN of a permissions boundary for a role that is created.
        bucket: the bucket that the function may use.
        kms_key: ARN of the bucket's key, if it has one.
        function: the function's name; by default ``deployed_name``.
        settings: arguments of CreateFunction, in addition to ``DEFAULT_SETTINGS`` or instead of them.

    Raises:
        UsageError: the role's policy needs more than groups and a bucket.
    """
    name, function = folder.name, function or deployed_name(folder.name)
    all_settings = {**DEFAULT_SETTINGS, **_own_settings(folder), **(settings or {})}
    role_arn = role_arn or _role(session, name, boundary, policy(session, folder, groups, bucket, kms_key))
    client = session.client("lambda")
    current = describe(client, function)
    if current is None:
        arn, action = _create(client, function, role_arn, code, all_settings), "created"
    else:
        arn, action = current["FunctionArn"], _update(client, current, role_arn, code, all_settings)
    return {"function": function, "function_arn": arn, "role_arn": role_arn, "action": action}


def policy(
    session: boto3.Session,
    folder: Path,
    groups: Sequence[str] = (),
    bucket: str | None = None,
    kms_key: str | None = None,
) -> dict[str, Any]:
    """Return the policy of a function's role, for this account.

    A statement whose resources contain ``${Group}`` gets a resource for each group: with its name as it is written, and
    in lower case, as in the ARNs of older groups.

    Raises:
        UsageError: the resources contain placeholders that only the function's template can fill.
    """
    account = session.client("sts").get_caller_identity()
    names = {
        "Partition": account["Arn"].split(":")[1],
        "Region": session.region_name,
        "Account": account["Account"],
        "Function": deployed_name(folder.name),
    } | {key: value for key, value in {"Bucket": bucket, "KmsKeyArn": kms_key}.items() if value}
    document = json.loads(folder.joinpath(POLICY_FILE).read_text(encoding="utf-8"))
    document["Statement"] = [s for s in document["Statement"] if kms_key or s["Sid"] != KEY_STATEMENT]
    spellings = sorted({spelling for group in groups for spelling in (group, group.lower())})
    placeholders: list[dict[str, str]] = [{"Group": group} for group in spellings] or [{}]
    try:
        for statement in document["Statement"]:
            statement["Resource"] = sorted(
                {Template(arn).substitute(names, **group) for arn in statement["Resource"] for group in placeholders}
            )
    except KeyError as missing:
        flag = PLACEHOLDER_FLAGS.get(missing.args[0])
        raise UsageError(
            f"{folder.name} needs {flag}: what its role may use"
            if flag
            else f"{folder.name} also needs {missing.args[0]}, so its template deploys it; see deploy/README.md"
        ) from None
    return dict(document)


def _own_settings(folder: Path) -> dict[str, Any]:
    path = folder / SETTINGS_FILE
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _role(session: boto3.Session, name: str, boundary: str | None, allowed: Mapping[str, Any]) -> str:
    """Create the function's own role, if it does not exist, and set its policy; return its ARN."""
    client, role, document = session.client("iam"), f"{deployed_name(name)}-role", json.dumps(allowed)
    try:
        arn = client.get_role(RoleName=role)["Role"]["Arn"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        limits = {"PermissionsBoundary": boundary} if boundary else {}
        trust, description = json.dumps(TRUST_POLICY), f"of the Lambda function {deployed_name(name)}"
        response = client.create_role(RoleName=role, AssumeRolePolicyDocument=trust, Description=description, **limits)
        arn = response["Role"]["Arn"]
    client.put_role_policy(RoleName=role, PolicyName=deployed_name(name), PolicyDocument=document)
    return str(arn)


def describe(client: Any, function: str) -> dict[str, Any] | None:
    """Return a function's current settings in an account; None if it does not exist.

    Args:
        client: boto3's Lambda client.
        function: the function's name.
    """
    try:
        return dict(client.get_function(FunctionName=function)["Configuration"])
    except ClientError as error:
        if is_missing(error):
            return None
        raise


def has_code(settings: Mapping[str, Any], code: bytes) -> bool:
    """Return whether a function with these settings runs this archive.

    Lambda's settings have the archive's SHA-256, in base 64.
    """
    return bool(settings["CodeSha256"] == base64.b64encode(hashlib.sha256(code).digest()).decode())


def _create(client: Any, function: str, role_arn: str, code: bytes, settings: Mapping[str, Any]) -> str:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            response = client.create_function(FunctionName=function, Role=role_arn, Code={"ZipFile": code}, **settings)
            break
        except ClientError as error:
            if "cannot be assumed" not in str(error) or attempt == ATTEMPTS:
                raise
            time.sleep(PAUSE_SECONDS)
    client.get_waiter("function_active_v2").wait(FunctionName=function)
    return str(response["FunctionArn"])


def _update(client: Any, current: dict[str, Any], role_arn: str, code: bytes, settings: Mapping[str, Any]) -> str:
    """Update the function's code and settings; return the action taken.

    The code is updated first: Lambda accepts the second update only once the first is complete.
    """
    new_settings, done = {**settings, "Role": role_arn}, []
    if not has_code(current, code):
        client.update_function_code(FunctionName=current["FunctionName"], ZipFile=code)
        client.get_waiter("function_updated_v2").wait(FunctionName=current["FunctionName"])
        done.append("code")
    if any(current.get(setting) != value for setting, value in new_settings.items()):
        client.update_function_configuration(FunctionName=current["FunctionName"], **new_settings)
        client.get_waiter("function_updated_v2").wait(FunctionName=current["FunctionName"])
        done.append("settings")
    return f"updated: {' and '.join(done)}" if done else "none, as it is the same"

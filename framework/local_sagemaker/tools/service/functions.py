"""Lambda functions in an account: create or update one, with a role that may do what it needs and nothing else.

A function is a folder: handler.py with lambda_handler; policy.json, what its role may do; and settings.json, where it
needs more time or memory than others.
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

POLICY = "policy.json"
OWN_SETTINGS = "settings.json"  # of CreateFunction, where a function needs others than SETTINGS
#: SageMaker's own managed policy lets a role invoke functions with sagemaker in their names.
PREFIX = "sagemaker-"
SETTINGS = {"Runtime": "python3.12", "Handler": "handler.lambda_handler", "Timeout": 60, "MemorySize": 256}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
#: A new role is known everywhere after some seconds; until then Lambda says that it cannot assume it.
ATTEMPTS, PAUSE_SECONDS = 12, 5.0
OF_THE_KEY = "UseTheKey"  # the statement that goes where there is no key
#: What a policy's resources may name of the project -> the flag that says it.
ASKED_FOR = {"Group": "--group", "Bucket": "--bucket"}


def deployed_name(name: str) -> str:
    """What the function of a folder is called in an account."""
    return PREFIX + name.replace("_", "-")


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
    """Create the function, or update what is other than it should be; its ARN, its role's, and what was done.

    Args:
        session: of the account.
        folder: the function's own; its name is that of the function.
        code: its archive; see ``code.function_code``.
        groups: model package groups that it may read.
        role_arn: a role that is there; without it one is made, or its policy renewed.
        boundary: ARN of a permissions boundary for the role that is made.
        bucket: that it may work in.
        kms_key: ARN of the bucket's key, where it has one.
        function: what it is called; ``deployed_name`` by default.
        settings: of CreateFunction, beside or instead of ``SETTINGS``.

    Raises:
        UsageError: its role has to be told more than groups.
    """
    name, function = folder.name, function or deployed_name(folder.name)
    wanted = {**SETTINGS, **_own_settings(folder), **(settings or {})}
    role_arn = role_arn or _role(session, name, boundary, policy(session, folder, groups, bucket, kms_key))
    client = session.client("lambda")
    found = describe(client, function)
    if found is None:
        arn, action = _created(client, function, role_arn, code, wanted), "created"
    else:
        arn, action = found["FunctionArn"], _updated(client, found, role_arn, code, wanted)
    return {"function": function, "function_arn": arn, "role_arn": role_arn, "action": action}


def policy(
    session: boto3.Session,
    folder: Path,
    groups: Sequence[str] = (),
    bucket: str | None = None,
    kms_key: str | None = None,
) -> dict[str, Any]:
    """What the role of a function may do, for this account.

    Raises:
        UsageError: its resources name what only the function's template knows.

    A statement whose resources name ``${Group}`` names each group: as it is written, and in lower case, as the ARNs of
    older groups have it.
    """
    account = session.client("sts").get_caller_identity()
    names = {
        "Partition": account["Arn"].split(":")[1],
        "Region": session.region_name,
        "Account": account["Account"],
        "Function": deployed_name(folder.name),
    } | {key: value for key, value in {"Bucket": bucket, "KmsKeyArn": kms_key}.items() if value}
    document = json.loads(folder.joinpath(POLICY).read_text(encoding="utf-8"))
    document["Statement"] = [one for one in document["Statement"] if kms_key or one["Sid"] != OF_THE_KEY]
    spelt = sorted({spelling for group in groups for spelling in (group, group.lower())})
    each: list[dict[str, str]] = [{"Group": group} for group in spelt] or [{}]
    try:
        for statement in document["Statement"]:
            statement["Resource"] = sorted(
                {Template(one).substitute(names, **group) for one in statement["Resource"] for group in each}
            )
    except KeyError as missing:
        flag = ASKED_FOR.get(missing.args[0])
        raise UsageError(
            f"{folder.name} needs {flag}: what its role may use"
            if flag
            else f"{folder.name} has to be told more ({missing.args[0]}): its template deploys it; see deploy/README.md"
        ) from None
    return dict(document)


def _own_settings(folder: Path) -> dict[str, Any]:
    path = folder / OWN_SETTINGS
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _role(session: boto3.Session, name: str, boundary: str | None, allowed: Mapping[str, Any]) -> str:
    """ARN of the function's own role, with its policy as it is now."""
    client, role, document = session.client("iam"), f"{deployed_name(name)}-role", json.dumps(allowed)
    try:
        arn = client.get_role(RoleName=role)["Role"]["Arn"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        limited = {"PermissionsBoundary": boundary} if boundary else {}
        trust, words = json.dumps(TRUST), f"of the Lambda function {deployed_name(name)}"
        made = client.create_role(RoleName=role, AssumeRolePolicyDocument=trust, Description=words, **limited)
        arn = made["Role"]["Arn"]
    client.put_role_policy(RoleName=role, PolicyName=deployed_name(name), PolicyDocument=document)
    return str(arn)


def describe(client: Any, function: str) -> dict[str, Any] | None:
    """A function's settings as they are in an account; None where it is not there.

    Args:
        client: boto3's of Lambda.
        function: what it is called.
    """
    try:
        return dict(client.get_function(FunctionName=function)["Configuration"])
    except ClientError as error:
        if is_missing(error):
            return None
        raise


def has_code(settings: Mapping[str, Any], code: bytes) -> bool:
    """Whether a function with these settings runs this archive: Lambda tells the archive's SHA-256, in base 64."""
    return bool(settings["CodeSha256"] == base64.b64encode(hashlib.sha256(code).digest()).decode())


def _created(client: Any, function: str, role_arn: str, code: bytes, settings: Mapping[str, Any]) -> str:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            made = client.create_function(FunctionName=function, Role=role_arn, Code={"ZipFile": code}, **settings)
            break
        except ClientError as error:
            if "cannot be assumed" not in str(error) or attempt == ATTEMPTS:
                raise
            time.sleep(PAUSE_SECONDS)
    client.get_waiter("function_active_v2").wait(FunctionName=function)
    return str(made["FunctionArn"])


def _updated(client: Any, found: dict[str, Any], role_arn: str, code: bytes, settings: Mapping[str, Any]) -> str:
    """Code first, then settings: each has to be done before the other may begin."""
    wanted, done = {**settings, "Role": role_arn}, []
    if not has_code(found, code):
        client.update_function_code(FunctionName=found["FunctionName"], ZipFile=code)
        client.get_waiter("function_updated_v2").wait(FunctionName=found["FunctionName"])
        done.append("code")
    if any(found.get(setting) != value for setting, value in wanted.items()):
        client.update_function_configuration(FunctionName=found["FunctionName"], **wanted)
        client.get_waiter("function_updated_v2").wait(FunctionName=found["FunctionName"])
        done.append("settings")
    return f"updated: {' and '.join(done)}" if done else "none, as it is the same"

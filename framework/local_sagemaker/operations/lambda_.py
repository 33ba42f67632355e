"""Lambda: functions that a caller makes from an archive with their code, beside those of local.toml; invoke one.

<root>/functions/<name>/<hash>/     the code of one that was made
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

from local_sagemaker import invocations
from local_sagemaker.account import Account
from local_sagemaker.errors import ConfigError, ServiceError

SERVICE = "lambda"
KIND = invocations.KIND
TYPES = ("RequestResponse", "Event", "DryRun")
LOOK_SECONDS = 0.02


def create_function(
    account: Account, *, FunctionName: str, Role: str, Code: dict[str, Any], Handler: str, **settings: Any
) -> dict[str, Any]:
    """CreateFunction, of an archive (``Code={"ZipFile": ...}``). ``settings``: Timeout, Environment and others."""
    arn = invocations.arn_of(account, FunctionName)
    with account.store.transaction() as records:
        if records.get(KIND, FunctionName) is not None:
            raise ServiceError(f"Function already exist: {FunctionName}", "ResourceConflictException", 409)
        said = {"FunctionName": FunctionName, "FunctionArn": arn, "Role": Role, "Handler": Handler}
        document = said | settings | _unpacked(account, FunctionName, Code) | {"State": "Active"}
        records.insert(KIND, FunctionName, document | {"LastUpdateStatus": "Successful"})
    return document


def get_function(account: Account, *, FunctionName: str, Qualifier: str = "") -> dict[str, Any]:
    """GetFunction, of one that was made."""
    return {"Configuration": _function(account, FunctionName)}


def get_function_configuration(account: Account, *, FunctionName: str, Qualifier: str = "") -> dict[str, Any]:
    """GetFunctionConfiguration, of one that was made."""
    return _function(account, FunctionName)


def list_functions(account: Account, **pages: Any) -> dict[str, Any]:
    """ListFunctions that were made."""
    return {"Functions": account.store.list(KIND)}


def update_function_code(account: Account, *, FunctionName: str, ZipFile: bytes, **others: Any) -> dict[str, Any]:
    """UpdateFunctionCode, by an archive."""
    _function(account, FunctionName)
    return account.store.update(KIND, FunctionName, _unpacked(account, FunctionName, {"ZipFile": ZipFile}))


def update_function_configuration(account: Account, *, FunctionName: str, **settings: Any) -> dict[str, Any]:
    """UpdateFunctionConfiguration."""
    _function(account, FunctionName)
    return account.store.update(KIND, FunctionName, settings)


def delete_function(account: Account, *, FunctionName: str, Qualifier: str = "") -> dict[str, Any]:
    """DeleteFunction; its code stays in the folder."""
    _function(account, FunctionName)
    with account.store.transaction() as records:
        records.delete(KIND, FunctionName)
    return {}


def invoke(
    account: Account, *, FunctionName: str, Payload: Any = b"", InvocationType: str = "RequestResponse", **_: Any
) -> dict[str, Any]:
    """Invoke, and wait for the end; an ``Event`` is not waited for, a ``DryRun`` does nothing.

    Raises:
        ServiceError: there is no such function, or the payload is no JSON.
    """
    if InvocationType not in TYPES:
        words = f"InvocationType is {InvocationType!r}; it must be one of {', '.join(TYPES)}"
        raise ServiceError(words, "InvalidParameterValueException")
    identifier, event = account.new_id(32), _event(Payload)
    try:
        invocations.function(account, FunctionName)
        if InvocationType == "DryRun":
            return _response(204, b"")
        invocations.begin(account, identifier, FunctionName, event)
    except ConfigError as error:
        raise ServiceError(str(error), "ResourceNotFoundException", 404) from None
    if InvocationType == "Event":
        return _response(202, b"")
    while (answer := invocations.read_answer(account, identifier)) is None:
        time.sleep(LOOK_SECONDS)
    if not answer.error:
        return _response(200, json.dumps(answer.payload).encode())
    kind, _colon, message = answer.error.partition(": ")
    said = {"errorMessage": message, "errorType": kind} if message else {"errorMessage": kind}
    return _response(200, json.dumps(said).encode()) | {"FunctionError": "Unhandled"}


def _function(account: Account, name: str) -> dict[str, Any]:
    document = account.store.get(KIND, name)
    if document is None:
        arn = invocations.arn_of(account, name)
        raise ServiceError(f"Function not found: {arn}", "ResourceNotFoundException", 404)
    return document


def _unpacked(account: Account, name: str, code: dict[str, Any]) -> dict[str, Any]:
    """What the record says of the code, which lies in a folder by now.

    Raises:
        ServiceError: there is no archive, it is none, or it has a file that would lie elsewhere.
    """
    archive = code.get("ZipFile") or b""
    digest = hashlib.sha256(archive).digest()
    folder = account.root / "functions" / name / digest.hex()[:16]
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            _check(packed.namelist())
            packed.extractall(folder)
    except zipfile.BadZipFile:
        words = "Could not unzip uploaded file. Please check your file, then try to upload again."
        raise ServiceError(words, "InvalidParameterValueException") from None
    sha = base64.b64encode(digest).decode()
    return {"Folder": str(folder), "CodeSha256": sha, "CodeSize": len(archive)}


def _check(names: list[str]) -> None:
    for name in names:
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise ServiceError(
                f"the archive has {name!r}, which is no path within it", "InvalidParameterValueException"
            )


def _event(payload: Any) -> Any:
    text = payload.read() if hasattr(payload, "read") else payload
    try:
        return json.loads(text) if text else {}
    except (ValueError, RecursionError) as error:
        raise ServiceError(
            f"Could not parse request body into json: {error}", "InvalidRequestContentException"
        ) from None


def _response(status: int, payload: bytes) -> dict[str, Any]:
    return {
        "StatusCode": status,
        "ExecutedVersion": "$LATEST",
        "Payload": io.BytesIO(payload),
        "ContentLength": len(payload),
    }

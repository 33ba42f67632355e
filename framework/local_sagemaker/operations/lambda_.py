"""Operations of Lambda, which create functions from archives of their code, next to those of local.toml, and invoke
them.

<root>/functions/<name>/<hash>/     the code of a created function
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
FUNCTION_RECORD = invocations.FUNCTION_RECORD
INVOCATION_TYPES = ("RequestResponse", "Event", "DryRun")
POLL_SECONDS = 0.02


def create_function(
    account: Account, *, FunctionName: str, Role: str, Code: dict[str, Any], Handler: str, **settings: Any
) -> dict[str, Any]:
    """Create a function from ``Code={"ZipFile": archive}`` (CreateFunction). ``settings``: Timeout, Environment ..."""
    arn = invocations.function_arn(account, FunctionName)
    with account.store.transaction() as records:
        if records.get(FUNCTION_RECORD, FunctionName) is not None:
            raise ServiceError(f"Function already exist: {FunctionName}", "ResourceConflictException", 409)
        members = {"FunctionName": FunctionName, "FunctionArn": arn, "Role": Role, "Handler": Handler}
        document = members | settings | _unpack(account, FunctionName, Code) | {"State": "Active"}
        records.insert(FUNCTION_RECORD, FunctionName, document | {"LastUpdateStatus": "Successful"})
    return document


def get_function(account: Account, *, FunctionName: str, Qualifier: str = "") -> dict[str, Any]:
    """Return a created function (GetFunction)."""
    return {"Configuration": _function(account, FunctionName)}


def get_function_configuration(account: Account, *, FunctionName: str, Qualifier: str = "") -> dict[str, Any]:
    """Return a created function's configuration (GetFunctionConfiguration)."""
    return _function(account, FunctionName)


def list_functions(account: Account, **pages: Any) -> dict[str, Any]:
    """List the created functions (ListFunctions)."""
    return {"Functions": account.store.list(FUNCTION_RECORD)}


def update_function_code(account: Account, *, FunctionName: str, ZipFile: bytes, **optional: Any) -> dict[str, Any]:
    """Replace a function's code by that of an archive (UpdateFunctionCode)."""
    _function(account, FunctionName)
    return account.store.update(FUNCTION_RECORD, FunctionName, _unpack(account, FunctionName, {"ZipFile": ZipFile}))


def update_function_configuration(account: Account, *, FunctionName: str, **settings: Any) -> dict[str, Any]:
    """Update a function's settings (UpdateFunctionConfiguration)."""
    _function(account, FunctionName)
    return account.store.update(FUNCTION_RECORD, FunctionName, settings)


def delete_function(account: Account, *, FunctionName: str, Qualifier: str = "") -> dict[str, Any]:
    """Delete a function's record; its code stays in the folder (DeleteFunction)."""
    _function(account, FunctionName)
    with account.store.transaction() as records:
        records.delete(FUNCTION_RECORD, FunctionName)
    return {}


def invoke(
    account: Account, *, FunctionName: str, Payload: Any = b"", InvocationType: str = "RequestResponse", **_: Any
) -> dict[str, Any]:
    """Invoke a function and wait for its end (Invoke). Do not wait for an ``Event``; a ``DryRun`` invokes nothing.

    Raises:
        ServiceError: the function does not exist, or the payload is not JSON.
    """
    if InvocationType not in INVOCATION_TYPES:
        reason = f"InvocationType is {InvocationType!r}; it must be one of {', '.join(INVOCATION_TYPES)}"
        raise ServiceError(reason, "InvalidParameterValueException")
    identifier, event = account.new_id(32), _event(Payload)
    try:
        invocations.find_function(account, FunctionName)
        if InvocationType == "DryRun":
            return _response(204, b"")
        invocations.begin(account, identifier, FunctionName, event)
    except ConfigError as error:
        raise ServiceError(str(error), "ResourceNotFoundException", 404) from None
    if InvocationType == "Event":
        return _response(202, b"")
    while (answer := invocations.read_answer(account, identifier)) is None:
        time.sleep(POLL_SECONDS)
    if not answer.error:
        return _response(200, json.dumps(answer.payload).encode())
    error_type, _colon, message = answer.error.partition(": ")
    payload = {"errorMessage": message, "errorType": error_type} if message else {"errorMessage": error_type}
    return _response(200, json.dumps(payload).encode()) | {"FunctionError": "Unhandled"}


def _function(account: Account, name: str) -> dict[str, Any]:
    document = account.store.get(FUNCTION_RECORD, name)
    if document is None:
        arn = invocations.function_arn(account, name)
        raise ServiceError(f"Function not found: {arn}", "ResourceNotFoundException", 404)
    return document


def _unpack(account: Account, name: str, code: dict[str, Any]) -> dict[str, Any]:
    """Unpack a function's code into its folder; return the code's members of the record.

    Raises:
        ServiceError: the archive is missing or not a ZIP file, or one of its paths leaves the folder.
    """
    archive = code.get("ZipFile") or b""
    digest = hashlib.sha256(archive).digest()
    folder = account.root / "functions" / name / digest.hex()[:16]
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            _check_paths(packed.namelist())
            packed.extractall(folder)
    except zipfile.BadZipFile:
        message = "Could not unzip uploaded file. Please check your file, then try to upload again."
        raise ServiceError(message, "InvalidParameterValueException") from None
    sha = base64.b64encode(digest).decode()
    return {"Folder": str(folder), "CodeSha256": sha, "CodeSize": len(archive)}


def _check_paths(names: list[str]) -> None:
    for name in names:
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise ServiceError(
                f"the archive has {name!r}, which is not a path within it", "InvalidParameterValueException"
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

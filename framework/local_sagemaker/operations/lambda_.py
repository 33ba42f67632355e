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
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_sagemaker import invocations
from local_sagemaker.account import Account
from local_sagemaker.definition.members.shared import CAPACITY, NETWORK, ROLE, TAGS, UNENCRYPTED, VERSIONS_OF_OBJECTS
from local_sagemaker.definition.members.table import Table, ValueCheck, each, only
from local_sagemaker.errors import ConfigError, ServiceError
from local_sagemaker.operations._takes import takes
from local_sagemaker.operations.listing import ascending, page

SERVICE = "lambda"
FUNCTION_RECORD = invocations.FUNCTION_RECORD
POLL_SECONDS = 0.02
_NO_REVISIONS = "functions have no revisions here; leave it out"
_VERSIONS = each("Publish PublishTo", "functions have one version here")
_NO_IMAGES = "functions are archives of Python code here"
_NO_MOUNTS = "file systems are not mounted on this machine"
#: The settings that an update cannot change.
_CREATION = Table(
    "PackageType",
    recorded={"Tags": TAGS, "Architectures": CAPACITY},
    without_effect=_VERSIONS,
    refused={
        "CodeSigningConfigArn": "signatures of code are not checked here",
        "TenancyConfig": "functions have no tenants here",
    },
    checks={"PackageType": only("Zip", reason=f"{_NO_IMAGES}; use")},
)
_CODE = Table(
    "ZipFile S3Bucket S3Key",
    without_effect={"SourceKMSKeyArn": UNENCRYPTED},
    refused={
        "S3ObjectVersion": VERSIONS_OF_OBJECTS,
        "S3ObjectStorageMode": "code is copied from its archive",
        "ImageUri": _NO_IMAGES,
    },
)
_LATEST = Table(
    "Qualifier", checks={"Qualifier": only("$LATEST", reason="functions have one version here; leave it out, or use")}
)
#: The settings of a function that a request to create or to update it has.
_SETTINGS = Table(
    "Runtime Timeout Environment Environment.Variables",
    recorded={
        "Description": "a description",
        **each("MemorySize EphemeralStorage SnapStart", CAPACITY),
    },
    without_effect={
        "VpcConfig": NETWORK,
        "DeadLetterConfig": "an event whose function fails is not kept",
        "KMSKeyArn": UNENCRYPTED,
        "TracingConfig": "calls are not traced",
        "LoggingConfig": "a log is a file of this machine",
    },
    refused={
        "Layers": "layers are not part of this machine; put their packages into the archive",
        "FileSystemConfigs": _NO_MOUNTS,
        "ImageConfig": _NO_IMAGES,
        "CapacityProviderConfig": "functions run on this machine",
        "DurableConfig": "functions run to their end at once here",
    },
    checks={
        "Runtime": ValueCheck(lambda runtime: str(runtime).startswith("python"), f"{_NO_IMAGES}; use a python runtime"),
    },
)


@takes(_SETTINGS | _CODE.below("Code") | _CREATION)
def create_function(
    account: Account, *, FunctionName: str, Role: str, Code: dict[str, Any], Handler: str, **settings: Any
) -> dict[str, Any]:
    """Create a function from an archive, of the request or of S3 (CreateFunction). ``settings``: Timeout ..."""
    arn = invocations.function_arn(account, FunctionName)
    with account.store.transaction() as records:
        if records.get(FUNCTION_RECORD, FunctionName) is not None:
            raise ServiceError(f"Function already exist: {FunctionName}", "ResourceConflictException", 409)
        members = {"FunctionName": FunctionName, "FunctionArn": arn, "Role": Role, "Handler": Handler}
        document = members | settings | _unpack(account, FunctionName, Code) | {"State": "Active"}
        records.insert(FUNCTION_RECORD, FunctionName, document | {"LastUpdateStatus": "Successful"})
    return document


@takes(_LATEST)
def get_function(account: Account, *, FunctionName: str) -> dict[str, Any]:
    """Return a created function (GetFunction)."""
    return {"Configuration": _function(account, FunctionName)}


@takes(_LATEST)
def get_function_configuration(account: Account, *, FunctionName: str) -> dict[str, Any]:
    """Return a created function's configuration (GetFunctionConfiguration)."""
    return _function(account, FunctionName)


@takes(Table(refused=each("MasterRegion FunctionVersion", "functions have one version and no replicas here")))
def list_functions(account: Account, *, MaxItems: int | None = None, Marker: str | None = None) -> dict[str, Any]:
    """List the created functions (ListFunctions)."""
    answer = page("Functions", account.store.list(FUNCTION_RECORD), ascending(MaxItems, Marker))
    return {"Functions": answer["Functions"], "NextMarker": answer.get("NextToken")}


@takes(
    _CODE
    | Table(
        recorded={"Architectures": CAPACITY},
        without_effect=_VERSIONS,
        refused={"DryRun": "an update is not tried out; leave it out", "RevisionId": _NO_REVISIONS},
    )
)
def update_function_code(account: Account, *, FunctionName: str, **code: Any) -> dict[str, Any]:
    """Replace a function's code by that of an archive (UpdateFunctionCode)."""
    name = _function(account, FunctionName)["FunctionName"]
    return account.store.update(FUNCTION_RECORD, name, _unpack(account, name, code))


@takes(_SETTINGS | Table("Handler", recorded={"Role": ROLE}, refused={"RevisionId": _NO_REVISIONS}))
def update_function_configuration(account: Account, *, FunctionName: str, **settings: Any) -> dict[str, Any]:
    """Update a function's settings (UpdateFunctionConfiguration)."""
    return account.store.update(FUNCTION_RECORD, _function(account, FunctionName)["FunctionName"], settings)


@takes(Table(refused={"Qualifier": "functions have one version here; leave it out"}))
def delete_function(account: Account, *, FunctionName: str) -> dict[str, Any]:
    """Delete a function's record; its code stays in the folder (DeleteFunction)."""
    name = _function(account, FunctionName)["FunctionName"]
    with account.store.transaction() as records:
        records.delete(FUNCTION_RECORD, name)
    return {}


@takes(
    _LATEST
    | Table(
        "LogType",
        refused=each("ClientContext DurableExecutionName TenantId", "a function is passed its event alone here"),
        checks={"LogType": only("None", reason="the log is a file of this machine; set it to")},
    )
)
def invoke(
    account: Account, *, FunctionName: str, Payload: Any = b"", InvocationType: str = "RequestResponse"
) -> dict[str, Any]:
    """Invoke a function and wait for its end (Invoke). Do not wait for an ``Event``; a ``DryRun`` invokes nothing.

    Raises:
        ServiceError: the function does not exist, or the payload is not JSON.
    """
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
    document = account.store.get(FUNCTION_RECORD, invocations.function_name(account, name))
    if document is None:
        arn = invocations.function_arn(account, name)
        raise ServiceError(f"Function not found: {arn}", "ResourceNotFoundException", 404)
    return document


def _unpack(account: Account, name: str, code: dict[str, Any]) -> dict[str, Any]:
    """Unpack a function's code into its folder; return the code's members of the record.

    Raises:
        ServiceError: the archive is missing or not a ZIP file, or one of its paths leaves the folder.
    """
    archive = code.get("ZipFile") or _read_object(account, code)
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


def _read_object(account: Account, code: Mapping[str, Any]) -> bytes:
    """Return the object of S3 that code names, or nothing if it names none."""
    if "S3Bucket" not in code:
        return b""
    path = account.objects.find(code["S3Bucket"], code["S3Key"])
    if path is None:
        message = f"The archive s3://{code['S3Bucket']}/{code['S3Key']} does not exist"
        raise ServiceError(message, "InvalidParameterValueException")
    return path.read_bytes()


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

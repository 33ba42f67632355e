"""Lambda functions that a caller makes, from an archive with their code. Those of local.toml are there beside them.

<root>/functions/<name>/<hash>/     the code
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

from local_sagemaker import invocations
from local_sagemaker.account import Account
from local_sagemaker.errors import ServiceError

SERVICE = "lambda"
KIND = invocations.KIND


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

"""Compiles a module in this process, as ``compiling.process`` asks for it; what the module prints goes to stderr."""

from __future__ import annotations

import base64
import json
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_sagemaker import session
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.compiling import sdk_chatter
from local_sagemaker.tools.modules import get_pipeline_driver
from local_sagemaker.tools.terminal.command_line import describe

#: Ends of the names of AWS's hosts, which nothing connects to while a root answers for AWS: neither does telemetry.
_AWS_HOSTS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")


def main(request_path: str) -> None:
    """Compile what the file requests, and write the result, or the error, next to it."""
    sys.dont_write_bytecode = True  # the module's folder stays as it is
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    result_file = Path(request_path).with_name("result.json")
    request = json.loads(Path(request_path).read_text(encoding="utf-8"))
    if request["root"]:
        session.use(request["root"])
        sys.addaudithook(_refuse_aws)
    try:
        sdk_chatter.silence()
        result = _compile(request["module"], request["arguments"], request["defaults"])
    except Exception as error:  # noqa: BLE001 - the module may raise anything, and is to blame by its file and line
        result = {"error": _describe(error)}
    result_file.write_text(json.dumps(result), encoding="utf-8")


def _compile(module: str, arguments: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    pipeline = get_pipeline_driver(module, arguments, defaults)
    if not hasattr(pipeline, "definition") or not isinstance(getattr(pipeline, "name", None), str):
        kind = type(pipeline).__name__
        raise UsageError(f"get_pipeline of {module} returned a {kind}; it has to return the SDK's Pipeline")
    definition = pipeline.definition()  # which may upload, too
    uploads: Mapping[tuple[str, str], bytes] = getattr(pipeline, "uploads", {})
    return {
        "name": pipeline.name,
        "definition": definition,
        "tags": getattr(pipeline, "own_tags", []),
        "uploads": [[bucket, key, base64.b64encode(data).decode()] for (bucket, key), data in uploads.items()],
    }


def _refuse_aws(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse, as an audit hook, to look up a host of AWS, whose calls the root answers."""
    if event == "socket.getaddrinfo" and str(arguments[0]).endswith(_AWS_HOSTS):
        raise ConnectionRefusedError(
            f"{arguments[0]} is not connected to while a pipeline is compiled for this machine"
        )


def _describe(error: Exception) -> dict[str, Any]:
    """Return an error's message and exit code; that of the module's own code has its file and line."""
    message, exit_code = describe(error) or (f"{type(error).__name__}: {error}", 1)
    if isinstance(error, UsageError):
        return {"message": message, "exit_code": exit_code}
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(frame.filename)]
    place = f"{os.path.relpath(frames[-1].filename)}:{frames[-1].lineno}: " if frames else ""
    return {"message": f"{place}{message}", "exit_code": exit_code}


def _is_own(file: str) -> bool:
    """Return whether a file of a traceback is in the working folder, and is not an installed package."""
    path = Path(file).resolve()
    return path.is_relative_to(Path.cwd()) and "site-packages" not in path.parts


if __name__ == "__main__":
    main(sys.argv[1])

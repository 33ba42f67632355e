"""Calls a function's handler, and records its result or its error."""

from __future__ import annotations

import faulthandler
import json
import shutil
import sys
import time
import traceback
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from local_sagemaker.invocations import MAX_BYTES, REQUEST_FILE, RESPONSE_FILE, TIMEOUT_FILE
from local_sagemaker.sandbox import namespace
from local_sagemaker.sandbox.programs import VIRTUAL_ENVIRONMENT


@dataclass(frozen=True)
class Context:
    """The context object, from which a handler reads facts about its invocation.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    aws_request_id: str
    function_name: str
    invoked_function_arn: str
    deadline: float
    function_version: str = "$LATEST"
    memory_limit_in_mb: str = "128"

    @property
    def log_group_name(self) -> str:
        """The name that the log group has on AWS; here the log is function.log."""
        return f"/aws/lambda/{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Return the time until the function's timeout."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


def main(folder: str) -> int:
    """Call the handler; return 0 if it returned a value. The process exits at the timeout in any case."""
    request = json.loads(Path(folder, REQUEST_FILE).read_text(encoding="utf-8"))
    namespace.hide([Path(path) for path in request["hidden"]], Path(folder))
    with Path(folder, TIMEOUT_FILE).open("w", encoding="utf-8") as traceback_file:
        faulthandler.dump_traceback_later(request["timeout"], exit=True, file=traceback_file)
        answer = _call_handler(request)
        faulthandler.cancel_dump_traceback_later()
    partial_file = Path(folder, f".{RESPONSE_FILE}")
    partial_file.write_text(json.dumps(answer), encoding="utf-8")
    shutil.rmtree(Path(folder, VIRTUAL_ENVIRONMENT))
    partial_file.replace(Path(folder, RESPONSE_FILE))
    return 1 if "error" in answer else 0


def _call_handler(request: dict[str, Any]) -> dict[str, Any]:
    context = Context(request["id"], request["name"], request["arn"], time.monotonic() + request["timeout"])
    try:
        payload = _load_handler(request["code"], request["handler"])(request["event"], context)
        text = json.dumps(payload, allow_nan=False)
    except Exception as error:  # noqa: BLE001  the process's outermost handler: the answer reports the error
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}".removesuffix(": ")}
    if len(text) > MAX_BYTES:
        return {"error": f"Function.ResponseSizeTooLarge: the answer has {len(text)} bytes; Lambda takes {MAX_BYTES}"}
    return {"payload": payload}


def _load_handler(code: str, name: str) -> Any:
    module, _, function = name.rpartition(".")
    if not module:
        raise ImportError(f"the handler {name!r} is not of the form module.function")
    sys.path.insert(0, code)
    return getattr(import_module(module.replace("/", ".")), function)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

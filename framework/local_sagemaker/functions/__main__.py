"""Call a function's handler, and write down what it gives back or why it gives nothing."""

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

from local_sagemaker.invocations import MAX_BYTES, REQUEST, RESPONSE, TIMED_OUT
from local_sagemaker.sandbox import namespace
from local_sagemaker.sandbox.programs import VIRTUAL_ENVIRONMENT


@dataclass(frozen=True)
class Context:
    """What a handler may ask of its invocation.

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
        """As on AWS; here the log is function.log."""
        return f"/aws/lambda/{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Until the function's timeout."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


def main(folder: str) -> int:
    """Invoke; 0 when the handler gave something back. At its timeout the process ends, whatever it does."""
    given = json.loads(Path(folder, REQUEST).read_text(encoding="utf-8"))
    namespace.hide([Path(place) for place in given["hidden"]], Path(folder))
    with Path(folder, TIMED_OUT).open("w", encoding="utf-8") as where:
        faulthandler.dump_traceback_later(given["timeout"], exit=True, file=where)
        answer = _answer(given)
        faulthandler.cancel_dump_traceback_later()
    partial_file = Path(folder, f".{RESPONSE}")
    partial_file.write_text(json.dumps(answer), encoding="utf-8")
    shutil.rmtree(Path(folder, VIRTUAL_ENVIRONMENT))
    partial_file.replace(Path(folder, RESPONSE))
    return 1 if "error" in answer else 0


def _answer(given: dict[str, Any]) -> dict[str, Any]:
    context = Context(given["id"], given["name"], given["arn"], time.monotonic() + given["timeout"])
    try:
        payload = _handler(given["code"], given["handler"])(given["event"], context)
        text = json.dumps(payload, allow_nan=False)
    except Exception as error:  # noqa: BLE001  the edge of the process: whoever invoked it is told
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}".removesuffix(": ")}
    if len(text) > MAX_BYTES:
        return {"error": f"Function.ResponseSizeTooLarge: the answer has {len(text)} bytes; Lambda takes {MAX_BYTES}"}
    return {"payload": payload}


def _handler(code: str, name: str) -> Any:
    module, _, function = name.rpartition(".")
    if not module:
        raise ImportError(f"the handler {name!r} is no module.function")
    sys.path.insert(0, code)
    return getattr(import_module(module.replace("/", ".")), function)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

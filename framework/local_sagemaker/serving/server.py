"""Serves a predictor over HTTP by the contract of containers: GET /ping and /execution-parameters, POST /invocations.

    python -m local_sagemaker.images.xgboost serve      reads /opt/ml/model, or model/ in SAGEMAKER_BASE_DIR

It listens on 127.0.0.1, port SAGEMAKER_BIND_TO_PORT (8080 by default), and loads the model once.
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HOST, PORT = "127.0.0.1", 8080
MEGABYTES = 6
MAX_DIGITS = 11  # of a Content-Length
#: (body, content type, accept) -> (body, content type)
Predictor = Callable[[bytes, str, str], tuple[bytes, str]]


class RequestError(Exception):
    """Raised by a predictor that rejects a request; ``status`` is the answer's HTTP status."""

    def __init__(self, message: str, status: int = HTTPStatus.BAD_REQUEST):
        super().__init__(message)
        self.status = status


class ModelError(Exception):
    """Raised when there is no model, or the model cannot be loaded."""


def base() -> Path:
    """Return /opt/ml, or the folder that replaces it."""
    return Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))


def serve(load: Callable[[Path], Predictor]) -> int:
    """Load the model and answer requests until the process ends; return 1 if no model can be loaded.

    Args:
        load: returns the predictor of a model's folder.
    """
    try:
        predictor = load(base() / "model")
    except ModelError as error:
        print(f"ERROR {error}", file=sys.stderr, flush=True)
        return 1
    port = os.environ.get("SAGEMAKER_BIND_TO_PORT", str(PORT))
    try:
        server = ThreadingHTTPServer((HOST, int(port)), handler(predictor))
    except (ValueError, OverflowError, OSError) as error:
        message = f"ERROR SAGEMAKER_BIND_TO_PORT is {port!r}, which cannot be listened on: {error}"
        print(message, file=sys.stderr, flush=True)
        return 1
    with server:
        server.daemon_threads = True
        server.serve_forever()
    return 0


def handler(predictor: Predictor) -> type[BaseHTTPRequestHandler]:
    """Return the handler class that answers requests with this predictor."""

    class Handler(_Handler):
        predict = staticmethod(predictor)

    return Handler


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections stay open
    disable_nagle_algorithm = True
    predict: Predictor

    def do_GET(self) -> None:
        get_content = _GET_CONTENTS.get(self.path)
        if get_content is None:
            self._answer(HTTPStatus.NOT_FOUND, f"{self.path} does not exist".encode(), "text/plain")
        else:
            self._answer(HTTPStatus.OK, get_content(), "application/json")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or len(length) > MAX_DIGITS:
            self.close_connection = True  # the end of the body is unknown
            self._answer(HTTPStatus.LENGTH_REQUIRED, b"the request has no valid Content-Length", "text/plain")
            return
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self._answer(HTTPStatus.BAD_REQUEST, b"the body is shorter than Content-Length says", "text/plain")
            return
        if self.path != "/invocations":
            self._answer(HTTPStatus.NOT_FOUND, f"{self.path} does not exist".encode(), "text/plain")
            return
        try:
            answer, answer_type = self.predict(
                body, self.headers.get("Content-Type") or "", self.headers.get("Accept") or ""
            )
        except RequestError as error:
            self._answer(error.status, str(error).encode(), "text/plain")
        except Exception as error:  # noqa: BLE001  a request that fails does not end the server
            traceback.print_exc()
            message = f"{type(error).__name__}: {error}"
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, message.encode(), "text/plain")
        else:
            self._answer(HTTPStatus.OK if answer else HTTPStatus.NO_CONTENT, answer, answer_type)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing; callers report their own requests."""

    def _answer(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def cores() -> int:
    """Return how many CPU cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _parameters() -> bytes:
    parameters = {"MaxConcurrentTransforms": cores(), "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": MEGABYTES}
    return json.dumps(parameters).encode()


_GET_CONTENTS: dict[str, Callable[[], bytes]] = {"/ping": lambda: b"{}", "/execution-parameters": _parameters}

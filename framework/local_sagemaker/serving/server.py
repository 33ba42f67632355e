"""GET /ping and /execution-parameters, POST /invocations: the contract of a container that serves, around a predictor.

    python -m local_sagemaker.images.xgboost serve      reads /opt/ml/model, or that below SAGEMAKER_BASE_DIR

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
    """Raised by a predictor that cannot take a request; ``status`` is what HTTP calls that."""

    def __init__(self, message: str, status: int = HTTPStatus.BAD_REQUEST):
        super().__init__(message)
        self.status = status


class ModelError(Exception):
    """Raised when there is no model, or none that can be loaded."""


def base() -> Path:
    """/opt/ml, or what stands for it."""
    return Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))


def serve(load: Callable[[Path], Predictor]) -> int:
    """Load the model and answer until the process is ended; 1 when there is no model to load.

    Args:
        load: gives the predictor of a model's folder.
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
        said = f"ERROR SAGEMAKER_BIND_TO_PORT is {port!r}, which cannot be listened on: {error}"
        print(said, file=sys.stderr, flush=True)
        return 1
    with server:
        server.daemon_threads = True
        server.serve_forever()
    return 0


def handler(predictor: Predictor) -> type[BaseHTTPRequestHandler]:
    """The class that answers requests with this predictor."""

    class Handler(_Handler):
        predict = staticmethod(predictor)

    return Handler


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections stay open
    disable_nagle_algorithm = True
    predict: Predictor

    def do_GET(self) -> None:
        found = _GET.get(self.path)
        if found is None:
            self._answer(HTTPStatus.NOT_FOUND, f"there is no {self.path}".encode(), "text/plain")
        else:
            self._answer(HTTPStatus.OK, found(), "application/json")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or len(length) > MAX_DIGITS:
            self.close_connection = True  # where the body ends is not known
            self._answer(HTTPStatus.LENGTH_REQUIRED, b"Content-Length must say how long the body is", "text/plain")
            return
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self._answer(HTTPStatus.BAD_REQUEST, b"the body is shorter than Content-Length says", "text/plain")
            return
        if self.path != "/invocations":
            self._answer(HTTPStatus.NOT_FOUND, f"there is no {self.path}".encode(), "text/plain")
            return
        try:
            answer, kind = self.predict(body, self.headers.get("Content-Type") or "", self.headers.get("Accept") or "")
        except RequestError as error:
            self._answer(error.status, str(error).encode(), "text/plain")
        except Exception as error:  # noqa: BLE001  the edge: a request's failure does not end the server
            traceback.print_exc()
            said = f"{type(error).__name__}: {error}"
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, said.encode(), "text/plain")
        else:
            self._answer(HTTPStatus.OK if answer else HTTPStatus.NO_CONTENT, answer, kind)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are the caller's to tell of."""

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _parameters() -> bytes:
    own = {"MaxConcurrentTransforms": cores(), "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": MEGABYTES}
    return json.dumps(own).encode()


_GET: dict[str, Callable[[], bytes]] = {"/ping": lambda: b"{}", "/execution-parameters": _parameters}

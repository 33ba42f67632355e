"""A served model as a door: POST /invocations over HTTP. Standard library only."""

from __future__ import annotations

import http.client
from contextlib import closing
from urllib.parse import urlsplit

from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.predictor import Invoke

SECONDS = 600
WORDS = 500  # of what a model says of a failure


def open_endpoint(urls: str) -> Invoke:
    """The model that answers at a URL; of several, divided by blanks, each gets what the one before it answers.

    Raises:
        MonitorError: one is no http:// URL. The door raises it where the model refuses a request, or is not there.
    """
    addresses = [_address(url) for url in urls.split() or [""]]

    def invoke(body: bytes, content_type: str, accept: str) -> bytes:
        for number, (host, path) in enumerate(addresses):
            wanted = accept if number == len(addresses) - 1 else "*/*"
            body, content_type = _post(host, path, body, {"Content-Type": content_type, "Accept": wanted})
        return body

    return invoke


def _address(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "http" or not parts.netloc:
        raise MonitorError(f"{url!r} is no URL of a served model, such as http://127.0.0.1:8080/invocations")
    return parts.netloc, (parts.path or "/invocations") + (f"?{parts.query}" if parts.query else "")


def _post(host: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[bytes, str]:
    """A connection for each request: it carries thousands of rows, beside which opening one is nothing."""
    try:
        with closing(http.client.HTTPConnection(host, timeout=SECONDS)) as connection:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            status, answer, kind = response.status, response.read(), response.getheader("Content-Type") or ""
    except (OSError, http.client.HTTPException, ValueError) as error:
        said = error or type(error).__name__
        raise MonitorError(f"the model at http://{host}{path} does not answer: {said}") from None
    if status >= 300:
        said = answer.decode("utf-8", errors="replace").strip()[:WORDS]
        raise MonitorError(f"the model at http://{host}{path} answers {status}: {said}")
    return answer, kind

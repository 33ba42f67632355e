"""Calls a served model: POST /invocations over HTTP. Standard library only."""

from __future__ import annotations

import http.client
from contextlib import closing
from urllib.parse import urlsplit

from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.predictor import Invoke

TIMEOUT_SECONDS = 600
MAX_MESSAGE_CHARACTERS = 500  # of a model's own error message


def open_endpoint(urls: str) -> Invoke:
    """Return a function that calls the model at a URL.

    Of several URLs, separated by blanks, each model gets the answer of the model before it.

    Raises:
        MonitorError: a URL is not an http:// URL. The function raises it if a model rejects a request, or does not
            answer.
    """
    addresses = [_address(url) for url in urls.split() or [""]]

    def invoke(body: bytes, content_type: str, accept: str) -> bytes:
        for number, (host, path) in enumerate(addresses):
            accepted_type = accept if number == len(addresses) - 1 else "*/*"
            body, content_type = _post(host, path, body, {"Content-Type": content_type, "Accept": accepted_type})
        return body

    return invoke


def _address(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "http" or not parts.netloc:
        raise MonitorError(f"{url!r} is not the URL of a served model, such as http://127.0.0.1:8080/invocations")
    return parts.netloc, (parts.path or "/invocations") + (f"?{parts.query}" if parts.query else "")


def _post(host: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[bytes, str]:
    """Send a request over a new connection; for thousands of rows per request, opening one costs next to nothing."""
    try:
        with closing(http.client.HTTPConnection(host, timeout=TIMEOUT_SECONDS)) as connection:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            status, answer, content_type = response.status, response.read(), response.getheader("Content-Type") or ""
    except (OSError, http.client.HTTPException, ValueError) as error:
        message = error or type(error).__name__
        raise MonitorError(f"the model at http://{host}{path} does not answer: {message}") from None
    if status >= 300:
        message = answer.decode("utf-8", errors="replace").strip()[:MAX_MESSAGE_CHARACTERS]
        raise MonitorError(f"the model at http://{host}{path} returned {status}: {message}")
    return answer, content_type

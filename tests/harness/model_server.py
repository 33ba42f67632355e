"""Serves a model on this machine in a separate process, and as an endpoint for boto3."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from paths import PYTHONPATH


class Server:
    """A running model server: its process and its port."""

    def __init__(self, image, base, **variables):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        port = variables.pop("PORT_GIVEN", str(self.port))
        environment = {**os.environ, "PYTHONPATH": PYTHONPATH, "SAGEMAKER_BASE_DIR": str(base), **variables}
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"local_sagemaker.images.{image}", "serve"],
            env=environment | {"SAGEMAKER_BIND_TO_PORT": port}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def request(self, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()

    def invoke(self, body, content_type="text/csv", accept="text/csv"):
        return self.request("POST", "/invocations", body, Content_Type=content_type, Accept=accept)

    def wait(self):
        for _ in range(600):
            try:
                return self.request("GET", "/ping")[0]
            except OSError:
                assert self.process.poll() is None, self.process.stdout.read()
                time.sleep(0.05)
        raise TimeoutError

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.communicate(timeout=30)[0]


@contextmanager
def endpoint(server: Server, before: Callable[[], None] = lambda: None) -> Iterator[str]:
    """Yield the URL at which InvokeEndpoint of any endpoint reaches this server; call ``before`` at each request."""

    class Front(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            assert re.fullmatch("/endpoints/[^/]+/invocations", self.path), self.path
            body = self.rfile.read(int(self.headers["Content-Length"]))
            before()
            content_type = self.headers["Accept"]
            status, predictions = server.invoke(body, self.headers["Content-Type"], content_type)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(predictions)))
            self.end_headers()
            self.wfile.write(predictions)

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Front) as front:
        front.daemon_threads = True
        threading.Thread(target=front.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{front.server_address[1]}"
        front.shutdown()

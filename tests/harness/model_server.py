"""A model that is served on this machine, by a process of its own; and as an endpoint that boto3 asks."""

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
    """One that runs: its process and its port."""

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
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, path, body, named)
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
    """The URL at which InvokeEndpoint, of whatever endpoint, asks this server; ``before`` it is asked."""

    class Front(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            assert re.fullmatch("/endpoints/[^/]+/invocations", self.path), self.path
            body = self.rfile.read(int(self.headers["Content-Length"]))
            before()
            kind = self.headers["Accept"]
            status, found = server.invoke(body, self.headers["Content-Type"], kind)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(found)))
            self.end_headers()
            self.wfile.write(found)

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Front) as front:
        front.daemon_threads = True
        threading.Thread(target=front.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{front.server_address[1]}"
        front.shutdown()

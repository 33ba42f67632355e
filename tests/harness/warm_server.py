"""Runs a warm interpreter, which has imported the slow libraries and forks for each program of ``warm_client``.

A program ends when its client does; ``warm_program`` runs it.
"""

from __future__ import annotations

import gc
import marshal
import os
import selectors
import shutil
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from warm_program import OWN_PACKAGES, STREAMS, Program, run_and_exit

#: Server -> modules that it imports if they are installed. They are names, as linters remove unused imports.
IMPORTS = {
    "engine": ("local_sagemaker.execution.run", "local_sagemaker.jobs.__main__"),
    "commands": ("pandas", "local_sagemaker.service_model", "local_sagemaker.functions.__main__",
                 "pipelines.compiling.sdk", "pipelines.abalone.pipeline", "rich.console", "argcomplete"),
    "libraries": ("pandas", "pyarrow.csv", "pyarrow.compute", "pyarrow.parquet", "scipy.stats", "sklearn.cluster",
                  "sklearn.metrics", "sklearn.neighbors", "xgboost", "optuna", "model_monitor.clarify.analysis",
                  "model_monitor.data_quality.analysis", "model_monitor.model_quality.analysis"),
}  # fmt: skip
SERVICES = ("sagemaker", "s3", "sts", "iam", "logs", "lambda", "events", "sns")
LONGEST = 1 << 18
#: Seconds between two checks that the server's owner still runs.
LOOK_SECONDS = 1.0


class Server:
    """Starts programs, forwards signals to them, and reports to their clients how they ended."""

    def __init__(self, address: str) -> None:
        self._clients: dict[int, socket.socket] = {}  # by the process of the program
        self._programs: dict[socket.socket, int] = {}
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listening.bind(f"{address}.new")
        self._listening.listen()
        os.rename(f"{address}.new", address)
        self._ends, self._end = socket.socketpair()  # a byte for each program that ends
        for end in (self._ends, self._end):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._end.fileno(), warn_on_full_buffer=False)
        self._selector = selectors.DefaultSelector()
        for readable, answer in ((self._listening, self._accept), (self._ends, self._reap)):
            self._selector.register(readable, selectors.EVENT_READ, answer)

    def serve(self, owner: int) -> None:
        """Serve until the owner, a process, has ended."""
        while _exists(owner):
            for key, _ in self._selector.select(LOOK_SECONDS):
                key.data(key.fileobj)

    def _accept(self, listening: socket.socket) -> None:
        client, _ = listening.accept()
        self._selector.register(client, selectors.EVENT_READ, self._read)

    def _read(self, client: socket.socket) -> None:
        if client.fileno() < 0:  # its program has just ended
            return
        if client not in self._programs:
            self._start(client)
        elif numbers := client.recv(LONGEST):
            self._signal(client, numbers[0])
        else:  # the client has ended, so its program is killed
            self._signal(client, signal.SIGKILL)
            self._forget(client)

    def _start(self, client: socket.socket) -> None:
        message, streams, _, _ = socket.recv_fds(client, LONGEST, STREAMS)
        if not message:
            self._forget(client)
            return
        if (program := os.fork()) == 0:
            run_and_exit(Program(*marshal.loads(message)), streams, _process_of(client))
        for stream in streams:
            os.close(stream)
        self._clients[program], self._programs[client] = client, program

    def _signal(self, client: socket.socket, number: int) -> None:
        """Send a signal to the program's group, or to the program alone: without a group it has started nothing yet."""
        program = self._programs[client]
        for kill in (os.killpg, os.kill):
            with suppress(ProcessLookupError):
                kill(program, number)
                break

    def _reap(self, ends: socket.socket) -> None:
        with suppress(BlockingIOError):
            ends.recv(LONGEST)
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                program, status = ended
                if client := self._clients.pop(program, None):
                    with suppress(OSError):
                        client.send(str(os.waitstatus_to_exitcode(status)).encode())
                    self._forget(client)

    def _forget(self, client: socket.socket) -> None:
        self._clients.pop(self._programs.pop(client, 0), None)
        self._selector.unregister(client)
        client.close()


def warm_up(name: str) -> None:
    """Import the modules of a server's programs, and read botocore's models of the services that commands call.

    Raises:
        ModuleNotFoundError: a module of this project is missing; a library may be missing.
    """
    for module in IMPORTS[name]:
        try:
            import_module(module)
        except ModuleNotFoundError as error:
            if str(error.name).partition(".")[0] in OWN_PACKAGES:
                raise
    if name == "commands":
        import_module("local_sagemaker.service_model").read_models_once()
        boto3 = import_module("boto3")
        for service in SERVICES:
            boto3.Session(region_name="us-east-1").client(service, aws_access_key_id="x", aws_secret_access_key="x")
        boto3.DEFAULT_SESSION = None  # the SDK has made one


def _process_of(client: socket.socket) -> int:
    credentials: bytes = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int.from_bytes(credentials[:4], sys.byteorder)


def _exists(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def main(address: str, python: str, owner: str) -> None:
    """Serve at an address until the owner has ended.

    Args:
        address: of the socket; its last part is the server's name.
        python: ``sys.executable`` of the programs.
        owner: id of a process.
    """
    sys.executable = python
    warm_up(Path(address).name)
    gc.freeze()
    Server(address).serve(int(owner))
    shutil.rmtree(Path(address).parent, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Commands and scripts as processes of their own that need not import what takes seconds, the SageMaker SDK and the
libraries of the images: an interpreter has done so, waits, and forks for each.

``program(module)`` is what to put before a command's words. What it starts has its arguments, folder, environment,
standard streams and exit code like any other process. Tests that are about processes, or about what an import does,
start their own.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import random
import runpy
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from functools import cache
from importlib import import_module, invalidate_caches
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
OURS = ("pipelines", "local_sagemaker", "model_monitor")
COMMANDS = ("pipelines._sdk", "pipelines.abalone.pipeline", "rich.console", "argcomplete")
SCRIPTS = ("pandas", "pyarrow.csv", "pyarrow.compute", "pyarrow.parquet", "scipy.stats", "sklearn", "xgboost")
SERVICES = ("sagemaker", "s3", "sts", "iam", "logs", "lambda", "events")
STREAMS = 3
LONGEST = 1 << 20


def program(module: str) -> list[str]:
    """``python -m module``, or ``python file.py``; warm, but while coverage is measured."""
    if is_measured():
        return [sys.executable, *([] if module.endswith(".py") else ["-m"]), module]
    return [*_client(), module]


def _client() -> list[str]:
    """Return the words that ask this process's server to run the module or file that follows them."""
    return [sys.executable, "-SEs", __file__, "run", _server(os.getpid())]


def python() -> str:
    """A shell script that stands for ``python``: warm for ``FILE.py`` and ``-m MODULE``, the interpreter else."""
    if is_measured():
        return f'#!/bin/sh\nexec {sys.executable} "$@"\n'
    warm = shlex.join(_client())
    return (
        f'#!/bin/sh\ncase "$1" in\n-m) shift; exec {warm} "$@" ;;\n*.py) exec {warm} "$@" ;;\n'
        f'*) exec {sys.executable} "$@" ;;\nesac\n'
    )


def is_measured() -> bool:
    """Whether coverage is measured here; that it is imported says nothing, as numba imports it."""
    return "coverage" in sys.modules and sys.modules["coverage"].Coverage.current() is not None


@cache
def _server(process: int) -> str:
    """The socket of this process's interpreter; one for each test worker."""
    place = tempfile.mkdtemp(prefix="warm-")
    address = f"{place}/socket"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    # A pool of threads would not be there in a copy of the process.
    environment |= {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    started = subprocess.Popen([sys.executable, __file__, "serve", address], cwd=ROOT, env=environment)
    atexit.register(started.terminate)
    while not os.path.exists(address):
        assert started.poll() is None, "the warm interpreter has ended"
        time.sleep(0.05)
    return address


def serve(address: str) -> None:
    """Import what takes long, then fork for each who asks."""
    _warm_up()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{address}.new")
        listening.listen()
        os.rename(f"{address}.new", address)
        while True:
            connection, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                _attend(connection)
            connection.close()


def _warm_up() -> None:
    """What scripts of the images import; and where it is there, the SDK, what commands draw with, and botocore's models
    of the services that they call.

    By name: an import that nobody uses is one that a tool takes away.
    """
    for module in filter(_is_there, SCRIPTS):
        import_module(module)
    if _is_there("sagemaker"):
        for module in COMMANDS:
            import_module(module)
        boto3 = import_module("boto3")
        for service in SERVICES:
            boto3.Session(region_name="us-east-1").client(service, aws_access_key_id="x", aws_secret_access_key="x")
        boto3.DEFAULT_SESSION = None


def _is_there(module: str) -> bool:
    return find_spec(module.partition(".")[0]) is not None


def _attend(connection: socket.socket) -> None:
    """One process runs the program, and this one tells how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    message, streams, _, _ = socket.recv_fds(connection, LONGEST, STREAMS)
    asked = json.loads(message)
    child = os.fork()
    if child == 0:
        connection.close()
        _become(asked, streams)
    for stream in streams:
        os.close(stream)
    _, status = os.waitpid(child, 0)
    connection.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _become(asked: dict[str, Any], streams: list[int]) -> None:
    """Run the program in this process, which ends with it."""
    code = 1
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        os.chdir(asked["folder"])
        os.environ.clear()
        os.environ.update(asked["environment"])
        time.tzset()
        random.seed()
        if not _is_of_this_clone(asked):
            _forget_ours()
        code = _run(asked)
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def _run(asked: dict[str, Any]) -> int:
    """The program's exit code, as the interpreter itself would have it."""
    module, folder = asked["module"], asked["folder"]
    paths = filter(None, asked["environment"].get("PYTHONPATH", "").split(os.pathsep))
    others = [one for one in sys.path if Path(one) not in (ROOT, Path(__file__).parent)]
    sys.argv = [module, *asked["words"]]
    try:
        if module.endswith(".py"):
            sys.path[:] = [str(Path(module).parent), *paths, *others]
            runpy.run_path(module, run_name="__main__")
        else:
            sys.path[:] = [folder, *paths, *others]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as error:
        if isinstance(error.code, str):
            print(error.code, file=sys.stderr)
        return error.code if isinstance(error.code, int) else 1 if error.code else 0
    except BaseException:  # noqa: BLE001  whatever it is, the interpreter prints it and ends with 1
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def _is_of_this_clone(asked: dict[str, Any]) -> bool:
    """Whether the program would import this project from where the interpreter has it from."""
    first = asked["environment"].get("PYTHONPATH", "").partition(os.pathsep)[0]
    return first == str(ROOT) and not any(Path(asked["folder"], name).exists() for name in OURS)


def _forget_ours() -> None:
    """What is of this project is imported anew, from wherever the program's folder and PYTHONPATH lead."""
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]
    invalidate_caches()


def run(address: str, module: str, words: list[str]) -> int:
    """Ask for a program, lend it the standard streams, and wait for its end."""
    asked = {"module": module, "words": words, "folder": os.getcwd(), "environment": dict(os.environ)}
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        socket.send_fds(connection, [json.dumps(asked).encode()], range(STREAMS))
        return int(connection.recv(16) or 1)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    sys.exit(run(sys.argv[2], sys.argv[3], sys.argv[4:]))

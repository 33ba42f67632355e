"""Starts commands and scripts without the seconds that importing the SageMaker SDK and the images' libraries takes.

Interpreters that all workers share have imported them, and fork for each program (``warm_server``). Put
``program(module)`` before a command's arguments. After ``use()``, ``sys.executable`` is warm as well, and so are the
processes that the product starts. A test that is about processes, or about what an import does, uses ``COLD``.
"""

from __future__ import annotations

import fcntl
import marshal
import os
import shlex
import subprocess
import sys
import tempfile
import time
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from local_sagemaker.credentials import NO_CREDENTIALS

from paths import PYTHONPATH, ROOT
from warm_client import READ_AT_START, SERVERS, STARTED_WITH

#: The interpreter itself.
COLD = sys.executable
START_SECONDS = 120
#: A fork would not have the threads of a pool; and memory in large pages is copied in half the time.
#: https://www.gnu.org/software/libc/manual/html_node/Memory-Allocation-Tunables.html
TO_BE_FORKED = {
    "OPENBLAS_NUM_THREADS": "1", "PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}  # fmt: skip


def program(module: str) -> list[str]:
    """Return the command ``python -m module`` or ``python file.py``, with a warm python if that is possible."""
    return [python(), *([] if module.endswith(".py") else ["-m"]), module]


def script(*command: str) -> str:
    """Return a shell script that runs a command."""
    return f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n'


def use() -> None:
    """Make ``sys.executable`` warm, for all that this process starts with it."""
    sys.executable = python()


def is_possible() -> bool:
    """Return whether programs may be warm here: forks are not safe on macOS and with TensorFlow.

    Coverage does not measure them. It may be imported without measuring, as numba imports it.
    """
    is_measured = "coverage" in sys.modules and sys.modules["coverage"].Coverage.current() is not None
    return sys.platform == "linux" and not is_measured and find_spec("tensorflow") is None


@cache
def python() -> str:
    """Return the path of a program that acts as ``python``: warm for files and this project's modules, cold for others.

    It is the interpreter itself if warm programs are not possible.
    """
    if not is_possible():
        return COLD
    owner = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    folder = Path(tempfile.gettempdir(), f"warm-{owner}")
    folder.mkdir(mode=0o700, exist_ok=True)
    with folder.joinpath("lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        path = folder / "python"
        if not path.exists():
            _serve(folder, path, owner)
            started_with = {name: value for name, value in os.environ.items() if name.startswith(READ_AT_START)}
            folder.joinpath(STARTED_WITH).write_bytes(marshal.dumps(started_with))
            client = Path(__file__).with_name("warm_client.py").read_text()
            path.write_text(f"#!{COLD} -SEs\n{client}")
            path.chmod(0o755)
    return str(path)


def _serve(folder: Path, path: Path, owner: int) -> None:
    """Start the servers and wait until they listen."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"PYTHONPATH": PYTHONPATH, **TO_BE_FORKED, **NO_CREDENTIALS}
    deadline, servers = time.monotonic() + START_SECONDS, {}
    missing = set() if find_spec("sagemaker") else {"commands"}
    for address in (folder / name for name in {*SERVERS.values()} - missing):
        command = [COLD, str(Path(__file__).with_name("warm_server.py")), str(address), str(path), str(owner)]
        servers[address] = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    for address, server in servers.items():
        while not address.exists():
            assert server.poll() is None, f"the warm interpreter {address} has ended"
            assert time.monotonic() < deadline, f"the warm interpreter {address} does not answer"
            time.sleep(0.05)
        server.returncode = 0  # it ends with its owner; without this, Popen warns when it is collected

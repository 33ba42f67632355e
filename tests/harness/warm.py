"""Commands, scripts, and what they start in their turn, as processes of their own that need not import what takes
seconds: the SageMaker SDK and the libraries of the images.

Interpreters that all workers share have imported them, and fork for each program (``warm_server``). ``program(module)``
is what to put before a command's words; after ``use()``, ``sys.executable`` is warm as well, and so is what the product
starts. A test that is about processes, or about what an import does, takes ``COLD``.
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

from local_sagemaker.credentials import NONE

from paths import PYTHONPATH, ROOT
from warm_client import READ_AT_START, SERVERS, STARTED_WITH

#: The interpreter itself.
COLD = sys.executable
START_SECONDS = 120
#: A pool of threads would not be there in a copy of the process; and memory in large pages is copied in half the time.
#: https://www.gnu.org/software/libc/manual/html_node/Memory-Allocation-Tunables.html
TO_BE_FORKED = {
    "OPENBLAS_NUM_THREADS": "1", "PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}  # fmt: skip


def program(module: str) -> list[str]:
    """``python -m module``, or ``python file.py``; warm, but while coverage is measured."""
    return [python(), *([] if module.endswith(".py") else ["-m"]), module]


def script(*command: str) -> str:
    """A shell script that stands for a command."""
    return f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n'


def use() -> None:
    """Have this process start warm programs, wherever it starts ``sys.executable``."""
    sys.executable = python()


def is_possible() -> bool:
    """Return whether programs may be warm here: forks are not safe on macOS and with TensorFlow, and coverage does not
    see them. That coverage is imported says nothing, as numba imports it.
    """
    is_measured = "coverage" in sys.modules and sys.modules["coverage"].Coverage.current() is not None
    return sys.platform == "linux" and not is_measured and find_spec("tensorflow") is None


@cache
def python() -> str:
    """The path of what stands for ``python``: warm for files and for modules of this project, the interpreter else.
    Where that is not possible, it is the interpreter.
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
    """Start the servers, and wait for them."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"PYTHONPATH": PYTHONPATH, **TO_BE_FORKED, **NONE}
    deadline, waited_for = time.monotonic() + START_SECONDS, {}
    missing = set() if find_spec("sagemaker") else {"commands"}
    for address in (folder / name for name in {*SERVERS.values()} - missing):
        words = [COLD, str(Path(__file__).with_name("warm_server.py")), str(address), str(path), str(owner)]
        waited_for[address] = subprocess.Popen(words, cwd=ROOT, env=environment, start_new_session=True)
    for address, started in waited_for.items():
        while not address.exists():
            assert started.poll() is None, f"the warm interpreter {address} has ended"
            assert time.monotonic() < deadline, f"the warm interpreter {address} does not answer"
            time.sleep(0.05)
        started.returncode = 0  # it ends with its owner; without this, Popen warns when it is collected

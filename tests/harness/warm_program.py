"""Runs a program in a fork of a warm interpreter as if it had been started as a new process.

It has its own arguments, folder, environment, standard streams, mount namespace and session, and nothing of the
server's work.
"""

from __future__ import annotations

import atexit
import io
import os
import random
import runpy
import signal
import site
import sys
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from ctypes import CDLL
from importlib import invalidate_caches
from pathlib import Path
from typing import NamedTuple

from paths import ROOTS

OWN_PACKAGES = ("pipelines", "deploy", "local_sagemaker", "model_monitor")
STREAMS = 3
#: For a process's name in lists of processes. https://man7.org/linux/man-pages/man2/pr_set_name.2const.html
PR_SET_NAME, NAME_BYTES = 15, 15


class Program(NamedTuple):
    """Describes the program that a client asks for.

    It has the arguments of ``python``, the working folder, the environment variables, and the path of ``python`` if it
    is in a virtual environment.
    """

    command: Sequence[str]
    folder: str
    environment: Mapping[str, str]
    python: str

    @property
    def is_module(self) -> bool:
        """Whether the program is ``-m MODULE`` rather than a file."""
        return self.command[0] == "-m"

    @property
    def argv(self) -> list[str]:
        """The module or file, followed by its arguments."""
        return [*self.command[self.is_module :]]


def run_and_exit(program: Program, streams: Sequence[int], client: int) -> None:
    """Run the program in this process, a fork, which ends with it.

    Args:
        program: to run.
        streams: descriptors of its standard input, output and error.
        client: id of the client's process, whose namespaces it enters.
    """
    code = 1
    try:
        _leave_server(streams)
        CDLL(None).prctl(PR_SET_NAME, program.argv[0].encode()[-NAME_BYTES:])
        os.environ.clear()
        os.environ.update(program.environment)
        _enter_namespaces(client)
        os.chdir(program.folder)
        _open_streams()
        sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
        time.tzset()
        if not _is_of_this_clone(program):
            _forget_own_modules()
        code = _run(program)
        threading._shutdown()  # as the interpreter does when it ends
        atexit._run_exitfuncs()
    except BaseException:  # noqa: BLE001  it is printed, and the fork must not return into the server's code
        sys.excepthook(*sys.exc_info())
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def _leave_server(streams: Sequence[int]) -> None:
    """Give this process its own session, signals, streams and random numbers, and close the server's files."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(STREAMS, os.sysconf("SC_OPEN_MAX"))
    for finalizer in weakref.finalize._registry:
        finalizer.atexit = False  # it would close files of the server
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()


def _open_streams() -> None:
    """Open stdout and stderr again, unbuffered if the program's environment says so."""
    is_unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    for name, number in (("stdout", 1), ("stderr", 2)):
        raw = io.FileIO(number, "wb", closefd=False)
        buffered = raw if is_unbuffered else io.BufferedWriter(raw)
        line_buffering = name == "stderr" or os.isatty(number)
        text = io.TextIOWrapper(
            buffered,
            "utf-8",
            "backslashreplace" if name == "stderr" else None,
            line_buffering=line_buffering,
            write_through=is_unbuffered,
        )
        setattr(sys, name, text)
        setattr(sys, f"__{name}__", text)


def _enter_namespaces(client: int) -> None:
    """Enter the client's namespaces: /opt/ml is a job's there, and the tests watch their network.

    https://man7.org/linux/man-pages/man2/setns.2.html
    """
    for name in ("user", "mnt", "net"):
        namespace = f"/proc/{client}/ns/{name}"
        if os.readlink(namespace) != os.readlink(f"/proc/self/ns/{name}"):
            descriptor = os.open(namespace, os.O_RDONLY)
            if CDLL(None, use_errno=True).setns(descriptor, 0):
                raise OSError(f"the program cannot enter the namespace {namespace}")
            os.close(descriptor)


def _run(program: Program) -> int:
    """Run the program as the interpreter itself would; return its exit code."""
    paths = filter(None, program.environment.get("PYTHONPATH", "").split(os.pathsep))
    installed = [path for path in sys.path if Path(path) not in (*ROOTS, Path(__file__).parent)]
    sys.argv = program.argv
    name = program.argv[0]
    first = program.folder if program.is_module else str(Path(program.folder, name).parent)
    sys.path[:] = [first, *paths, *installed]
    if program.python:
        _enter_virtual_environment(program.python)
    try:
        if program.is_module:
            runpy.run_module(name, run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(name, run_name="__main__")
    except SystemExit as error:
        if isinstance(error.code, str):
            print(error.code, file=sys.stderr)
        return error.code if isinstance(error.code, int) else 1 if error.code else 0
    except BaseException:  # noqa: BLE001  as the interpreter does: print any exception and end with 1
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def _enter_virtual_environment(python: str) -> None:
    """Switch this process to a virtual environment, whose packages come before those of the server's."""
    folder, before = Path(python).parents[1], [*sys.path]
    sys.executable, sys.prefix, sys.exec_prefix = python, str(folder), str(folder)
    site.addsitedir(str(next(folder.glob("lib/*/site-packages"))))
    first = next(number for number, path in enumerate(before) if path.endswith("site-packages"))
    sys.path[:] = [*before[:first], *sys.path[len(before) :], *before[first:]]


def _is_of_this_clone(program: Program) -> bool:
    """Return whether the program would import this project from the clone from which the server has imported it."""
    first = program.environment.get("PYTHONPATH", "").partition(os.pathsep)[0]
    is_other = Path(program.folder) not in ROOTS and any(Path(program.folder, name).exists() for name in OWN_PACKAGES)
    return Path(first) in ROOTS and not is_other


def _forget_own_modules() -> None:
    """Remove this project's modules, to import them again from the program's folder or PYTHONPATH."""
    for name in [name for name in sys.modules if name.partition(".")[0] in OWN_PACKAGES]:
        del sys.modules[name]
    invalidate_caches()

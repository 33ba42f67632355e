"""Run a program in a fork of a warm interpreter, as if it had been started: with its arguments, folder, environment,
standard streams, mount namespace and session, and nothing of what the server was doing.
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

OURS = ("pipelines", "deploy", "local_sagemaker", "model_monitor")
STREAMS = 3
#: A process's name, for whoever looks what runs. https://man7.org/linux/man-pages/man2/pr_set_name.2const.html
PR_SET_NAME, NAME_BYTES = 15, 15


class Program(NamedTuple):
    """What a client asks for: the words behind ``python``, the working folder, the environment variables; the path of
    ``python``, if it is in a virtual environment.
    """

    command: Sequence[str]
    folder: str
    environment: Mapping[str, str]
    python: str

    @property
    def is_module(self) -> bool:
        """Whether it is ``-m MODULE``, and no file."""
        return self.command[0] == "-m"

    @property
    def argv(self) -> list[str]:
        """The module or file, and the words behind it."""
        return [*self.command[self.is_module :]]


def run_and_exit(program: Program, streams: Sequence[int], client: int) -> None:
    """Run the program in this process, a fork, which ends with it.

    Args:
        program: to run.
        streams: descriptors of its standard input, output and error.
        client: id of the process that asked, whose namespaces it enters.
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
            _forget_ours()
        code = _run(program)
        threading._shutdown()  # what the interpreter does at its end
        atexit._run_exitfuncs()
    except BaseException:  # noqa: BLE001  it is printed, and the copy does not return into its parent's code
        sys.excepthook(*sys.exc_info())
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def _leave_server(streams: Sequence[int]) -> None:
    """Give this process a session, signals, streams and random numbers of its own, and close what is the server's."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(STREAMS, os.sysconf("SC_OPEN_MAX"))
    for finalizer in weakref.finalize._registry:
        finalizer.atexit = False  # what it would close is the server's
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()


def _open_streams() -> None:
    """Open stdout and stderr anew; they write at once where the program's environment says so."""
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
    """Enter the namespaces of the client, in which /opt/ml is a job's, and whose network the tests watch.

    https://man7.org/linux/man-pages/man2/setns.2.html
    """
    for kind in ("user", "mnt", "net"):
        theirs = f"/proc/{client}/ns/{kind}"
        if os.readlink(theirs) != os.readlink(f"/proc/self/ns/{kind}"):
            descriptor = os.open(theirs, os.O_RDONLY)
            if CDLL(None, use_errno=True).setns(descriptor, 0):
                raise OSError(f"the program cannot enter the namespace {theirs}")
            os.close(descriptor)


def _run(program: Program) -> int:
    """Return the program's exit code, as the interpreter itself would."""
    paths = filter(None, program.environment.get("PYTHONPATH", "").split(os.pathsep))
    others = [one for one in sys.path if Path(one) not in (*ROOTS, Path(__file__).parent)]
    sys.argv = program.argv
    name = program.argv[0]
    first = program.folder if program.is_module else str(Path(program.folder, name).parent)
    sys.path[:] = [first, *paths, *others]
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
    except BaseException:  # noqa: BLE001  whatever it is, the interpreter prints it and ends with 1
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def _enter_virtual_environment(python: str) -> None:
    """Have this process run in a virtual environment whose packages come before those that are there."""
    folder, before = Path(python).parents[1], [*sys.path]
    sys.executable, sys.prefix, sys.exec_prefix = python, str(folder), str(folder)
    site.addsitedir(str(next(folder.glob("lib/*/site-packages"))))
    first = next(number for number, path in enumerate(before) if path.endswith("site-packages"))
    sys.path[:] = [*before[:first], *sys.path[len(before) :], *before[first:]]


def _is_of_this_clone(program: Program) -> bool:
    """Return whether the program would import this project from where the server has imported it."""
    first = program.environment.get("PYTHONPATH", "").partition(os.pathsep)[0]
    is_other = Path(program.folder) not in ROOTS and any(Path(program.folder, name).exists() for name in OURS)
    return Path(first) in ROOTS and not is_other


def _forget_ours() -> None:
    """Have this project imported anew, from wherever the program's folder and PYTHONPATH lead."""
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]
    invalidate_caches()

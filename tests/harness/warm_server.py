"""A warm interpreter: it has imported what takes seconds, and forks for each program that ``warm_client`` asks for.

A program is told nothing that it would not be told if it were started: argv, folder, environment, standard streams,
mount namespace, session. It ends when its client does.
"""

from __future__ import annotations

import atexit
import gc
import io
import marshal
import os
import random
import runpy
import selectors
import shutil
import signal
import socket
import sys
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from ctypes import CDLL
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
OURS = ("pipelines", "local_sagemaker", "model_monitor")
#: Server -> what it imports, where that is there. By name: an import that nobody uses is one that a tool takes away.
IMPORTS = {
    "engine": ("local_sagemaker.execution.run", "local_sagemaker.jobs.__main__"),
    "commands": ("pandas", "local_sagemaker.service_model", "local_sagemaker.functions.__main__", "pipelines._sdk",
                 "pipelines.abalone.pipeline", "rich.console", "argcomplete"),
    "libraries": ("pandas", "pyarrow.csv", "pyarrow.compute", "pyarrow.parquet", "scipy.stats", "sklearn.cluster",
                  "sklearn.metrics", "sklearn.neighbors", "xgboost", "optuna", "model_monitor.clarify.analysis",
                  "model_monitor.data_quality.analysis", "model_monitor.model_quality.analysis"),
}  # fmt: skip
SERVICES = ("sagemaker", "s3", "sts", "iam", "logs", "lambda", "events", "sns")
STREAMS = 3
#: A process's name, for whoever looks what runs. https://man7.org/linux/man-pages/man2/pr_set_name.2const.html
PR_SET_NAME, NAME_BYTES = 15, 15
LONGEST = 1 << 18
#: Between two looks whether those whom the server is for are still there.
LOOK_SECONDS = 1.0


class Asked(NamedTuple):
    """A program that a client asks for."""

    command: Sequence[str]
    folder: str
    environment: Mapping[str, str]


class Server:
    """Starts programs, forwards signals to them, and tells how they ended."""

    def __init__(self, address: str) -> None:
        self._clients: dict[int, socket.socket] = {}  # by the process of the program
        self._programs: dict[socket.socket, int] = {}
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listening.bind(f"{address}.new")
        self._listening.listen()
        os.rename(f"{address}.new", address)
        self._ends, self._end = socket.socketpair()  # a byte for each program that ends
        for one in (self._ends, self._end):
            one.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._end.fileno(), warn_on_full_buffer=False)
        self._selector = selectors.DefaultSelector()
        for readable, answer in ((self._listening, self._accept), (self._ends, self._reap)):
            self._selector.register(readable, selectors.EVENT_READ, answer)

    def serve(self, owner: int) -> None:
        """Until the owner, a process, has gone."""
        while _exists(owner):
            for key, _ in self._selector.select(LOOK_SECONDS):
                key.data(key.fileobj)

    def _accept(self, listening: socket.socket) -> None:
        client, _ = listening.accept()
        self._selector.register(client, selectors.EVENT_READ, self._hear)

    def _hear(self, client: socket.socket) -> None:
        if client.fileno() < 0:  # its program has just ended
            return
        if client not in self._programs:
            self._start(client)
        elif numbers := client.recv(LONGEST):
            self._signal(client, numbers[0])
        else:  # the client has gone, and its program goes with it
            self._signal(client, signal.SIGKILL)
            self._forget(client)

    def _start(self, client: socket.socket) -> None:
        message, streams, _, _ = socket.recv_fds(client, LONGEST, STREAMS)
        if not message:
            self._forget(client)
            return
        asked = Asked(*marshal.loads(message))
        if (program := os.fork()) == 0:
            become(asked, streams, _process_of(client))
        for stream in streams:
            os.close(stream)
        self._clients[program], self._programs[client] = client, program

    def _signal(self, client: socket.socket, number: int) -> None:
        """To the program's group; one that has none yet has started nothing."""
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
    """Import what the programs of a server do, and read botocore's models of the services that commands call."""
    for module in IMPORTS[name]:
        with suppress(ModuleNotFoundError):
            import_module(module)
    if name == "commands" and "boto3" in sys.modules:
        import_module("local_sagemaker.service_model").read_models_once()
        boto3 = import_module("boto3")
        for service in SERVICES:
            boto3.Session(region_name="us-east-1").client(service, aws_access_key_id="x", aws_secret_access_key="x")
        boto3.DEFAULT_SESSION = None  # the SDK has made one


def become(asked: Asked, streams: Sequence[int], client: int) -> None:
    """Run the program in this process, which ends with it."""
    code = 1
    try:
        _be_new(streams)
        CDLL(None).prctl(PR_SET_NAME, asked.command[asked.command[0] == "-m"].encode()[-NAME_BYTES:])
        os.environ.clear()
        os.environ.update(asked.environment)
        _enter_namespaces(client)
        os.chdir(asked.folder)
        _open_streams()
        sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
        time.tzset()
        if not _is_of_this_clone(asked):
            _forget_ours()
        code = _run(asked)
        threading._shutdown()  # type: ignore[attr-defined]  # what the interpreter does at its end
        atexit._run_exitfuncs()
    except BaseException:  # noqa: BLE001  it is printed, and the copy does not return into its parent's code
        sys.excepthook(*sys.exc_info())
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def _be_new(streams: Sequence[int]) -> None:
    """A session, signals, streams and random numbers of its own."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(STREAMS, os.sysconf("SC_OPEN_MAX"))
    for finalizer in weakref.finalize._registry:  # type: ignore[attr-defined]
        finalizer.atexit = False  # what it would close is the server's
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()


def _open_streams() -> None:
    """Python's own, which write at once where the program's environment says so."""
    is_unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    for name, number in (("stdout", 1), ("stderr", 2)):
        raw = io.FileIO(number, "wb", closefd=False)
        buffered = raw if is_unbuffered else io.BufferedWriter(raw)
        line_buffering = name == "stderr" or os.isatty(number)
        text = io.TextIOWrapper(
            buffered,  # type: ignore[type-var]
            "utf-8",
            "backslashreplace" if name == "stderr" else None,
            line_buffering=line_buffering,
            write_through=is_unbuffered,
        )
        setattr(sys, name, text)
        setattr(sys, f"__{name}__", text)


def _enter_namespaces(client: int) -> None:
    """Those of the client, in which /opt/ml is a job's.

    https://man7.org/linux/man-pages/man2/setns.2.html
    """
    for kind in ("user", "mnt"):
        theirs = f"/proc/{client}/ns/{kind}"
        if os.readlink(theirs) != os.readlink(f"/proc/self/ns/{kind}"):
            descriptor = os.open(theirs, os.O_RDONLY)
            if CDLL(None, use_errno=True).setns(descriptor, 0):
                raise OSError(f"the program cannot enter the namespace {theirs}")
            os.close(descriptor)


def _run(asked: Asked) -> int:
    """The program's exit code, as the interpreter itself would have it."""
    paths = filter(None, asked.environment.get("PYTHONPATH", "").split(os.pathsep))
    others = [one for one in sys.path if Path(one) not in (ROOT, Path(__file__).parent)]
    is_module = asked.command[0] == "-m"
    name, *words = asked.command[is_module:]
    sys.argv = [name, *words]
    first = asked.folder if is_module else str(Path(asked.folder, name).parent)
    sys.path[:] = [first, *paths, *others]
    try:
        if is_module:
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


def _is_of_this_clone(asked: Asked) -> bool:
    """Whether the program would import this project from where the interpreter has it from."""
    first = asked.environment.get("PYTHONPATH", "").partition(os.pathsep)[0]
    is_other = asked.folder != str(ROOT) and any(Path(asked.folder, name).exists() for name in OURS)
    return first == str(ROOT) and not is_other


def _forget_ours() -> None:
    """What is of this project is imported anew, from wherever the program's folder and PYTHONPATH lead."""
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]
    invalidate_caches()


def _process_of(client: socket.socket) -> int:
    found: bytes = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int.from_bytes(found[:4], sys.byteorder)


def _exists(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def main(address: str, python: str, owner: str) -> Any:
    """Serve at an address until the owner has gone.

    Args:
        address: of the socket; its last part is the server's name.
        python: what programs take for their interpreter.
        owner: id of a process.
    """
    sys.executable = python
    warm_up(Path(address).name)
    gc.freeze()
    Server(address).serve(int(owner))
    shutil.rmtree(Path(address).parent, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

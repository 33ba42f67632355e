"""Acts as ``python``: asks a warm interpreter to run the program, passes on signals, and ends as the program does.

``warm.py`` writes it next to the server's socket, as a program. It starts as often as a program does, and imports only
modules that are built into the interpreter: ``socket`` and ``signal`` would double its time. A shell would be quicker
still, but would drop variables whose names are invalid in a shell.
"""

import _signal
import _socket
import marshal
import os
import sys

#: Module, with those below it -> the server that has imported what it needs. Other modules run cold, as they may need
#: what a fork lacks. The engine forks again and again, so its server has little in its memory.
SERVERS = {
    "local_sagemaker": "engine",
    "local_sagemaker.functions": "commands",
    "local_sagemaker.images": "libraries",
    "local_sagemaker.tools": "commands",
    "local_sagemaker.tuning": "libraries",
    "model_monitor": "libraries",
    "pipelines": "commands",
    "pipelines.scripts": "libraries",
    "ipykernel_launcher": "commands",
}
#: Variables that an interpreter reads when it starts, and those of them that a fork can still change.
READ_AT_START = ("PYTHON", "OMP_", "OPENBLAS_", "MKL_", "LD_", "MALLOC_", "ARROW_")
CHANGEABLE = ("PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "LD_LIBRARY_PATH")
#: A file next to the sockets: the variables of READ_AT_START that the servers were started with.
STARTED_WITH = "started-with"
FORWARDED = (_signal.SIGHUP, _signal.SIGINT, _signal.SIGQUIT, _signal.SIGTERM, _signal.SIGUSR1, _signal.SIGUSR2)
STREAMS = 3
LONGEST = 64


def main(python: str, command: list[str]) -> None:
    """Run a command warm and end as it does; run it cold if no server can run it.

    Args:
        python: path of this program, or of a link to it in a virtual environment; the servers' sockets are next to it.
        command: the arguments of ``python``.
    """
    folder = os.path.dirname(os.path.realpath(python))
    server, name = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET), server_of(command)
    try:
        if not name or not _can_adopt_environment(folder):
            raise OSError
        server.connect(os.path.join(folder, name))
    except OSError:
        os.execv(sys.executable, [python if _is_virtual(python) else sys.executable, *command])
    for number in FORWARDED:
        if _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, lambda number, _: server.send(bytes([number])))
    request = marshal.dumps((command, os.getcwd(), dict(os.environ), python if _is_virtual(python) else ""))
    streams = b"".join(number.to_bytes(4, sys.byteorder) for number in range(STREAMS))
    server.sendmsg([request], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
    _end(int(server.recv(LONGEST) or 1))


def server_of(command: list[str]) -> str | None:
    """Return the name of the server that can run a command; None if none can."""
    first, *arguments = command or [""]
    if first == "-m" and arguments:
        names = arguments[0].split(".")
        return next((SERVERS[name] for n in range(len(names), 0, -1) if (name := ".".join(names[:n])) in SERVERS), None)
    if first.endswith((".py", ".pyz")):
        return "commands" if "deploy" in first.split(os.sep) else "libraries"
    return None


def _is_virtual(python: str) -> bool:
    return os.path.exists(os.path.join(os.path.dirname(os.path.dirname(python)), "pyvenv.cfg"))


def _can_adopt_environment(folder: str) -> bool:
    """Return whether a fork of the servers can have this process's environment."""
    with open(os.path.join(folder, STARTED_WITH), "rb") as file:
        started_with = marshal.load(file)
    read = {name: value for name, value in os.environ.items() if name.startswith(READ_AT_START)}
    return all(name in CHANGEABLE or started_with.get(name) == value for name, value in read.items())


def _end(code: int) -> None:
    if code < 0:
        if -code != _signal.SIGKILL:
            _signal.signal(-code, _signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


if __name__ == "__main__":
    main(os.path.abspath(__file__), sys.argv[1:])

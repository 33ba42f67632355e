"""What stands for ``python``: ask the warm interpreter for the program, and have its streams, its signals and its end.

``warm.py`` writes it beside the server's socket, as a program of its own. It starts as often as a program does, and
imports only what the interpreter itself is made of: ``socket`` and ``signal`` would double its time. A shell would be
quicker still, and would drop variables whose names it cannot have.
"""

import _signal
import _socket
import marshal
import os
import sys

#: Modules that are run warm, and those below them; any other may want what a fork has not.
MODULES = ("pipelines", "local_sagemaker", "model_monitor", "ipykernel_launcher")
FILES = (".py", ".pyz")
#: What a process that has been started already cannot take on, but for some.
READ_AT_START = ("PYTHON", "OMP_", "OPENBLAS_", "MKL_", "LD_", "MALLOC_", "ARROW_")
TAKEN_ON = ("PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "LD_LIBRARY_PATH")
FORWARDED = (_signal.SIGHUP, _signal.SIGINT, _signal.SIGQUIT, _signal.SIGTERM, _signal.SIGUSR1, _signal.SIGUSR2)
STREAMS = 3
LONGEST = 64


def main(address: str, command: list[str]) -> None:
    """Run a command of Python's warm and end as it does; where it cannot be, or nobody serves any more, run it cold."""
    server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
    try:
        if not _can_be_warm(command):
            raise OSError
        server.connect(address)
    except OSError:
        os.execv(sys.executable, [sys.executable, *command])
    for number in FORWARDED:
        if _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, lambda number, _: server.send(bytes([number])))
    asked = marshal.dumps((command, os.getcwd(), dict(os.environ)))
    streams = b"".join(number.to_bytes(4, sys.byteorder) for number in range(STREAMS))
    server.sendmsg([asked], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
    _end(int(server.recv(LONGEST) or 1))


def _can_be_warm(command: list[str]) -> bool:
    if any(name.startswith(READ_AT_START) and name not in TAKEN_ON for name in os.environ):
        return False
    if command[:1] == ["-m"] and len(command) > 1:
        return command[1].partition(".")[0] in MODULES
    return bool(command) and command[0].endswith(FILES)


def _end(code: int) -> None:
    if code < 0:
        if -code != _signal.SIGKILL:
            _signal.signal(-code, _signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


if __name__ == "__main__":
    main(os.path.join(os.path.dirname(os.path.abspath(__file__)), "socket"), sys.argv[1:])

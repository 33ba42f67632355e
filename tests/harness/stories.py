"""Where stories begin: folders in which somebody has trained, or trained, approved and trained again.

Each is made once, by the commands of the README as a process that nobody has warmed up and that finds no network; a
story works on a copy of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from paths import PYTHONPATH
from shells import shell_in
from warm import COLD

TRAIN = "run-pipeline -n pipelines.abalone.pipeline --local"
APPROVE = "pipelines approve AbalonePackageGroup/1 --local"
#: Loaded by every Python process of the run: a connection to anything but this machine ends it.
NO_NETWORK = """
import socket

connect, getaddrinfo = socket.socket.connect, socket.getaddrinfo

def to_this_machine(host, *others):
    if host != "127.0.0.1":
        raise RuntimeError(f"a connection was tried: {(host, *others)!r}")

def checked(self, address):
    to_this_machine(*address) if isinstance(address, tuple) else None
    return connect(self, address)

def looked_up(host, *others, **named):
    to_this_machine(host, *others)
    return getaddrinfo(host, *others, **named)

socket.socket.connect = socket.socket.connect_ex = checked
socket.getaddrinfo = looked_up
"""


class CommandResult(NamedTuple):
    """The exit code and the output of a command."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def result(self) -> dict[str, Any]:
        """The JSON object on stdout."""
        return dict(json.loads(self.stdout))


def train(folder: Path) -> None:
    """Run the README's command, cold and without a network."""
    folder.joinpath("sitecustomize.py").write_text(NO_NETWORK)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), PYTHONPATH])}
    words = [COLD, "-m", "pipelines.run_pipeline", *TRAIN.split()[1:]]
    _keep(folder, subprocess.run(words, capture_output=True, text=True, check=False, cwd=folder, env=environment))
    folder.joinpath("sitecustomize.py").unlink()


def compare(folder: Path, trained: Path) -> None:
    """Approve what was trained there, and run the same command again."""
    shutil.copytree(trained, folder, dirs_exist_ok=True)
    shell = shell_in(folder)
    approved = shell(APPROVE)
    assert approved.returncode == 0, approved.stderr
    _keep(folder, shell(TRAIN))
    shutil.rmtree(folder / "bin")  # its programs are those of this worker


def begin(made: Path, folder: Path) -> CommandResult:
    """Copy a made folder into the folder of a story; return the result of its last command."""
    shutil.copytree(made, folder, dirs_exist_ok=True)
    return last_result(made)


def last_result(made: Path) -> CommandResult:
    """Return the result of the last command that was run in the folder."""
    return CommandResult(**json.loads(made.joinpath("result.json").read_text()))


def _keep(folder: Path, done: subprocess.CompletedProcess[str]) -> None:
    kept = CommandResult(done.returncode, done.stdout, done.stderr)
    folder.joinpath("result.json").write_text(json.dumps(kept._asdict()))

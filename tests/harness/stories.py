"""Makes the folders with which tests of several commands begin: after training, or after an approval and retraining.

Each is made once, by the README's commands as a cold process without a network; a test works on a copy.
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
#: Loaded by every Python process of the run: a connection to another machine ends the process.
NO_NETWORK = """
import socket

connect, getaddrinfo = socket.socket.connect, socket.getaddrinfo

def check_is_local(host, *details):
    if host != "127.0.0.1":
        raise RuntimeError(f"a connection was tried: {(host, *details)!r}")

def connect_locally(self, address):
    check_is_local(*address) if isinstance(address, tuple) else None
    return connect(self, address)

def look_up_locally(host, *arguments, **options):
    check_is_local(host, *arguments)
    return getaddrinfo(host, *arguments, **options)

socket.socket.connect = socket.socket.connect_ex = connect_locally
socket.getaddrinfo = look_up_locally
"""


class CommandResult(NamedTuple):
    """Holds the exit code and the output of a command."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def result(self) -> dict[str, Any]:
        """The JSON object that the command printed on stdout."""
        return dict(json.loads(self.stdout))


def train(folder: Path) -> None:
    """Run the README's command, cold and without a network."""
    folder.joinpath("sitecustomize.py").write_text(NO_NETWORK)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), PYTHONPATH])}
    command = [COLD, "-m", "pipelines.run_pipeline", *TRAIN.split()[1:]]
    process = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)
    _write_result(folder, process)
    folder.joinpath("sitecustomize.py").unlink()


def compare(folder: Path, trained: Path) -> None:
    """Approve the model of a copy of ``trained``, and run the same command again."""
    shutil.copytree(trained, folder, dirs_exist_ok=True)
    shell = shell_in(folder)
    approval = shell(APPROVE)
    assert approval.returncode == 0, approval.stderr
    _write_result(folder, shell(TRAIN))
    shutil.rmtree(folder / "bin")  # its programs are those of this worker


def begin(source: Path, folder: Path) -> CommandResult:
    """Copy a folder of this module into a test's; return the result of the last command that was run in it."""
    shutil.copytree(source, folder, dirs_exist_ok=True)
    return last_result(source)


def last_result(source: Path) -> CommandResult:
    """Return the result of the last command that was run in a folder of this module."""
    return CommandResult(**json.loads(source.joinpath("result.json").read_text()))


def _write_result(folder: Path, process: subprocess.CompletedProcess[str]) -> None:
    result = CommandResult(process.returncode, process.stdout, process.stderr)
    folder.joinpath("result.json").write_text(json.dumps(result._asdict()))

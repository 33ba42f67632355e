"""Installs the requirements.txt beside a script, as AWS's toolkits do, into the job's own virtual environment."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

REQUIREMENTS = "requirements.txt"
#: What pip prints where no index can be reached.
_UNREACHABLE = re.compile("ConnectionError|ConnectTimeout|ReadTimeout|NameResolutionError|ProxyError|SSLError|URLError")
#: An index that does not answer must not keep a job waiting.
_QUICK = {"PIP_RETRIES": "1", "PIP_DEFAULT_TIMEOUT": "10", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}


def install(folder: Path) -> str:
    """Install what a folder's requirements.txt names, if it has one; return why that failed, or an empty string.

    If no package index can be reached, what the file names and is not installed is reported, and the script runs with
    the packages that there are.
    """
    path = folder / REQUIREMENTS
    if not path.is_file() or _pip(path, "--no-index").returncode == 0:
        return ""
    done = _pip(path)
    print(done.stdout, end="", flush=True)
    if done.returncode == 0:
        return ""
    if not _UNREACHABLE.search(done.stdout):
        return f"{REQUIREMENTS} cannot be installed: {_last_line(done.stdout)}"
    print(f"{path} is not installed: no package index can be reached; on AWS it would be", flush=True)
    return ""


def _pip(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment: Mapping[str, str] = {**_QUICK, **os.environ}
    command = [sys.executable, "-m", "pip", "install", *options, "-r", str(path)]
    return subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["pip failed"])[-1]

"""Makes a job's own Python: a virtual environment with all packages of another interpreter, for what pip installs.

So ``python3`` and ``pip`` in a script, and in the programs that it starts, are the image's and change nothing outside
the job. A .pth file runs code at the start of each of its interpreters, ``python -I`` too.
https://docs.python.org/3/library/site.html
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from local_sagemaker.errors import JobError
from local_sagemaker.sandbox import interpreter_facts

START_SECONDS = 60
#: Runs the pip of the interpreter in the same folder.
_PIP = Path(__file__).with_name("pip.sh")


@dataclass(frozen=True)
class Interpreter:
    """An interpreter that has this name and these ``interpreter_facts``."""

    name: str
    executable: str
    home: str
    version: str
    full_version: str
    packages: tuple[str, ...]
    pip: str


@cache
def find_interpreter(python: str) -> Interpreter:
    """Return the facts about an interpreter.

    Raises:
        JobError: if it does not start, or is not a Python interpreter.
    """
    if python == sys.executable:
        return _interpreter(python, interpreter_facts.facts())
    try:
        process = subprocess.run(
            [python, interpreter_facts.__file__], capture_output=True, text=True, timeout=START_SECONDS, check=True
        )
        return _interpreter(python, json.loads(process.stdout))
    except (OSError, subprocess.SubprocessError, ValueError, TypeError) as error:
        reason = getattr(error, "stderr", None) or str(error)
        raise JobError(f"ClientError: the interpreter {python!r} of local.toml cannot be used: {reason}") from None


def _interpreter(name: str, facts: Mapping[str, Any]) -> Interpreter:
    return Interpreter(name=name, **dict(facts) | {"packages": tuple(facts["packages"])})


def make_environment(python: Interpreter, folder: Path, at_start: str) -> Path:
    """Make a virtual environment; return its interpreter.

    Args:
        python: the interpreter that has the packages.
        folder: of the environment.
        at_start: a line of Python that each of its interpreters runs as it starts.
    """
    programs, packages = folder / "bin", folder / "lib" / f"python{python.version}" / "site-packages"
    os.makedirs(packages)
    os.mkdir(programs)
    for name in ("python", "python3", f"python{python.version}"):
        os.symlink(python.executable, programs / name)
    for name in ("pip", "pip3"):
        os.symlink(_PIP, programs / name)
    folder.joinpath("pyvenv.cfg").write_text(
        f"home = {python.home}\ninclude-system-site-packages = false\n", encoding="utf-8"
    )
    # In ASCII, as the encoding in which Python reads a .pth file depends on the program's locale.
    package_lines = [f"import site; site.addsitedir({path!a}, locals().get('known_paths'))" for path in python.packages]
    pip_lines = [f"import sys; sys.path.append({python.pip!a})"] if python.pip else []
    packages.joinpath("local_sagemaker.pth").write_text(
        "\n".join([at_start, *package_lines, *pip_lines]), encoding="ascii"
    )
    return programs / "python3"


def environment_variables(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return variables that activate a virtual environment for all programs and block other interpreters' pip."""
    path = ":".join(filter(None, [str(folder / "bin"), environment.get("PATH", "")]))
    return {"PATH": path, "VIRTUAL_ENV": str(folder), "PIP_REQUIRE_VIRTUALENV": "1"}

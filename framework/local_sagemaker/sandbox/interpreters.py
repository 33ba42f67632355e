"""A job's own Python: a virtual environment that has all packages of another interpreter and keeps what pip installs.

So ``python3`` and ``pip`` in a script, and in whatever it starts, are the image's, and change nothing outside of the
job; and what is to happen in each of its interpreters (``python -I`` too) happens by a .pth file.
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
#: Runs the pip of the interpreter that is beside it.
_PIP = Path(__file__).with_name("pip.sh")


@dataclass(frozen=True)
class Interpreter:
    """An interpreter by its name, and what ``interpreter_facts`` says of it."""

    name: str
    executable: str
    home: str
    version: str
    packages: tuple[str, ...]
    pip: str


@cache
def find(python: str) -> Interpreter:
    """Return what there is to know of an interpreter.

    Raises:
        JobError: it does not start, or is not a Python interpreter.
    """
    if python == sys.executable:
        return _interpreter(python, interpreter_facts.facts())
    try:
        done = subprocess.run(
            [python, interpreter_facts.__file__], capture_output=True, text=True, timeout=START_SECONDS, check=True
        )
        return _interpreter(python, json.loads(done.stdout))
    except (OSError, subprocess.SubprocessError, ValueError, TypeError) as error:
        said = getattr(error, "stderr", None) or str(error)
        raise JobError(f"ClientError: the interpreter {python!r} of local.toml cannot be used: {said}") from None


def _interpreter(name: str, facts: Mapping[str, Any]) -> Interpreter:
    return Interpreter(name=name, **dict(facts) | {"packages": tuple(facts["packages"])})


def make(python: Interpreter, folder: Path, at_start: str) -> Path:
    """Make a virtual environment; return its interpreter.

    Args:
        python: has the packages.
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
    # In ASCII: which encoding a .pth file is read with depends on the program's locale.
    others = [f"import site; site.addsitedir({path!a}, locals().get('known_paths'))" for path in python.packages]
    pip = [f"import sys; sys.path.append({python.pip!a})"] if python.pip else []
    packages.joinpath("local_sagemaker.pth").write_text("\n".join([at_start, *others, *pip]), encoding="ascii")
    return programs / "python3"


def variables(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return what makes a virtual environment the one of all programs, and keeps pip of any other interpreter away."""
    path = ":".join(filter(None, [str(folder / "bin"), environment.get("PATH", "")]))
    return {"PATH": path, "VIRTUAL_ENV": str(folder), "PIP_REQUIRE_VIRTUALENV": "1"}

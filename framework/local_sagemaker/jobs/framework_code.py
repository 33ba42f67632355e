"""Lets another interpreter run the programs of this framework, which are those of AWS's own images."""

from __future__ import annotations

import sys
from pathlib import Path

from local_sagemaker.errors import JobError
from local_sagemaker.sandbox.interpreters import Interpreter

#: The folder of the framework's packages: of their sources, or site-packages, which has all other packages, too.
_INSTALLED = Path(__file__).resolve().parents[2]
_PACKAGES = ("local_sagemaker", "model_monitor")
#: As requires-python of the framework.
_OLDEST = (3, 11)


def framework_path(python: Interpreter, folder: Path) -> str:
    """Return the folder from which an interpreter imports this framework.

    An interpreter other than this process's own has its own numpy, so it gets a folder of links to this framework only.

    Args:
        python: the interpreter.
        folder: where to make the folder of links.

    Raises:
        JobError: if the interpreter is too old for this framework.
    """
    if python.name == sys.executable:
        return str(_INSTALLED)
    if tuple(int(number) for number in python.version.rstrip("t").split(".")) < _OLDEST:
        oldest = ".".join(map(str, _OLDEST))
        raise JobError(
            f"ClientError: the interpreter {python.name!r} of local.toml has Python {python.version}, and the programs "
            f"of AWS's images run here with {oldest} or later; choose another, or give the image a program of your own"
        )
    links = folder / "framework"
    links.mkdir(exist_ok=True)
    for package in _PACKAGES:
        if not links.joinpath(package).is_symlink():
            links.joinpath(package).symlink_to(_INSTALLED / package)
    return str(links)

"""Install what a notebook needs, unless it is installed already; the first cell of each notebook runs this script.

    %run pipelines/notebook/install.py $WHERE

A Studio image has an older SDK, which may have been imported by then. So the kernel is restarted after an installation,
and the user runs the cells from the first one again. The script imports nothing of this project, which may not be
installed yet; ``packaging`` comes with every kernel.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

PROJECT, FRAMEWORK = "sagemaker-pipelines-template", "local-sagemaker"
ROOT = Path(__file__).resolve().parents[2]
#: Where a notebook works -> the extras that it needs there.
EXTRAS = {"this machine": ("local", "notebook"), "SageMaker": ("notebook",)}


def missing_requirements(extras: Iterable[str]) -> list[str]:
    """Return the requirements that are not installed in a suitable version; the project itself if it is missing."""
    try:
        needed = _requirements(PROJECT, extras)
        return list(dict.fromkeys(str(requirement) for requirement in needed if not _is_installed(requirement)))
    except PackageNotFoundError:
        return [PROJECT]


def _requirements(name: str, extras: Iterable[str]) -> Iterator[Any]:
    """Yield the requirements of a distribution and, if the framework is a separate one, the framework's, too."""
    environments = [{"extra": extra} for extra in ("", *extras)]
    for requirement in map(Requirement, requires(name) or ()):
        if requirement.marker is None or any(map(requirement.marker.evaluate, environments)):
            yield requirement
            if requirement.name == FRAMEWORK and _is_installed(requirement):
                yield from _requirements(FRAMEWORK, requirement.extras)


def _is_installed(requirement: Any) -> bool:
    try:
        return bool(requirement.specifier.contains(version(requirement.name), prereleases=True))
    except PackageNotFoundError:
        return False


def main(where: str) -> None:
    """Install what is missing, if anything, and restart the kernel."""
    if where not in EXTRAS:
        sys.exit(f"WHERE is {where!r}; it may be {' or '.join(map(repr, EXTRAS))}")
    extras = EXTRAS[where]
    if not (missing := missing_requirements(extras)):
        print(f"{where}: everything is installed")
        return
    print(f"{where}: installing {', '.join(missing)}; this takes some minutes", flush=True)
    subprocess.run([*_installer(), "install", "--quiet", "--editable", f"{ROOT}[{','.join(extras)}]"], check=True)
    print("the kernel restarts: run the cells again from the first one")
    _restart()


def _installer() -> list[str]:
    """Return the command of pip, or of uv in an environment that uv has created without pip."""
    if importlib.util.find_spec("pip") is None and (uv := shutil.which("uv")):
        return [uv, "pip", "--python", sys.executable]
    return [sys.executable, "-m", "pip"]


def _restart() -> None:
    from IPython import get_ipython

    kernel = getattr(get_ipython(), "kernel", None)  # none in a plain IPython
    if kernel is not None:
        kernel.do_shutdown(restart=True)


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))

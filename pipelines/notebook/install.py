"""The first cell of each notebook runs this: whether what the notebook needs is there; else it is installed.

    %run pipelines/notebook/install.py $WHERE

A Studio image has an older SDK, which may have been imported by then: the kernel is started anew, and the cells are run
from the first one once more. Where nothing is missing, nothing is done. It imports nothing of this project, which may
not be there yet; ``packaging`` comes with every kernel.
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


def missing(extras: Iterable[str]) -> list[str]:
    """What is not there, or not in a version that will do; the project itself where it is not installed."""
    try:
        return list(dict.fromkeys(str(one) for one in _needed(PROJECT, extras) if not _is_there(one)))
    except PackageNotFoundError:
        return [PROJECT]


def _needed(name: str, extras: Iterable[str]) -> Iterator[Any]:
    """What a distribution requires; where the framework is installed as one of its own, what that requires, too."""
    environments = [{"extra": extra} for extra in ("", *extras)]
    for one in map(Requirement, requires(name) or ()):
        if one.marker is None or any(map(one.marker.evaluate, environments)):
            yield one
            if one.name == FRAMEWORK and _is_there(one):
                yield from _needed(FRAMEWORK, one.extras)


def _is_there(one: Any) -> bool:
    try:
        return bool(one.specifier.contains(version(one.name), prereleases=True))
    except PackageNotFoundError:
        return False


def main(where: str) -> None:
    """Install, and start the kernel anew, where something is missing."""
    if where not in EXTRAS:
        sys.exit(f"WHERE is {where!r}; it may be {' or '.join(map(repr, EXTRAS))}")
    extras = EXTRAS[where]
    if not (lacking := missing(extras)):
        print(f"{where}: everything is installed")
        return
    print(f"{where}: installing, which takes some minutes, as there is no {', '.join(lacking)}", flush=True)
    subprocess.run([*_installer(), "install", "--quiet", "--editable", f"{ROOT}[{','.join(extras)}]"], check=True)
    print("the kernel starts anew: run the cells from the first one once more")
    _restart()


def _installer() -> list[str]:
    """pip, or uv for an environment that uv has made without it."""
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

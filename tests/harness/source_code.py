"""The code of this project as it stands in its files: which modules there are, and what each imports."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from paths import ROOTS

OURS = ("deploy", "pipelines", "local_sagemaker", "model_monitor")
#: What AWS's scikit-learn and XGBoost images both have, and the two that only the latter has.
IMAGE_PACKAGES = {"jmespath", "numpy", "pandas", "pyarrow", "scipy", "sklearn", "numba", "xgboost"}
#: What the TensorFlow images have.
TENSORFLOW = {"keras", "tensorflow"}


def modules(folder: str) -> list[Path]:
    """Every module below a folder: ``pipelines/scripts``, ``local_sagemaker``; there has to be one."""
    found = sorted(path for root in ROOTS for path in (root / folder).rglob("*.py"))
    assert found, f"there is no module below {folder}"
    return found


def name_of(path: Path) -> str:
    """The dotted name of a module."""
    root = next(root for root in reversed(ROOTS) if path.is_relative_to(root))
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports(path: Path) -> frozenset[str]:
    """Absolute names of what a file imports, wherever in the file it does."""
    return frozenset(_imports(path))


def ours(path: Path) -> set[str]:
    """Those of this project."""
    return {name for name in imports(path) if top(name) in OURS}


def others(path: Path) -> set[str]:
    """Top-level packages that are neither the standard library's nor ours."""
    return {top(name) for name in imports(path)} - set(sys.stdlib_module_names) - set(OURS)


def top(name: str) -> str:
    """``a.b.c`` is of ``a``."""
    return name.partition(".")[0]


def is_below(name: str, *packages: str) -> bool:
    """Whether a module is one of these packages, or in one of them."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{path}: relative import"
            yield node.module
            # "from local_sagemaker.tools import targets" names a module, or something inside of one.
            yield from (name for alias in node.names if _is_module(name := f"{node.module}.{alias.name}"))


@cache
def _is_module(name: str) -> bool:
    places = [root / name.replace(".", "/") for root in ROOTS]
    return top(name) in OURS and any(place.is_dir() or place.with_suffix(".py").is_file() for place in places)


def circle(arrows: dict[str, set[str]]) -> list[str]:
    """The rooms that are left when each that leads to no other left one has been taken away: none, or a circle."""
    left = set(arrows)
    while left:
        ends = {room for room in left if not (arrows[room] - {room}) & left}
        if not ends:
            return sorted(left)
        left -= ends
    return []


def rooms(folder: str) -> dict[str, set[str]]:
    """What lies directly in a package, folder or module, and what each imports of the others."""
    package = folder.replace("/", ".")
    found: dict[str, set[str]] = {}
    for path in modules(folder):
        room = _room(name_of(path), package)
        found.setdefault(room, set()).update(_room(name, package) for name in ours(path) if is_below(name, package))
    found.pop("", None)
    return {room: arrows & found.keys() for room, arrows in found.items()}


def _room(name: str, package: str) -> str:
    return top(name.removeprefix(package).removeprefix("."))


def check_private(path: Path) -> None:
    """Fail where a module imports one with an underscore that lies in another package."""
    package = name_of(path) if path.name == "__init__.py" else name_of(path).rpartition(".")[0]
    for name in ours(path):
        parts = name.split(".")
        private = [n for n, part in enumerate(parts) if part.startswith("_") and not part.startswith("__")]
        assert not private or ".".join(parts[: private[0]]) == package, f"{name_of(path)} imports {name}"

"""Reads this project's source files: lists its modules, and what each imports."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from paths import ROOTS

OWN_PACKAGES = ("deploy", "pipelines", "local_sagemaker", "model_monitor")
#: Packages that AWS's scikit-learn and XGBoost images both have, and the two that only the latter has.
IMAGE_PACKAGES = {"jmespath", "numpy", "pandas", "pyarrow", "scipy", "sklearn", "numba", "xgboost"}
#: Packages of the TensorFlow images.
TENSORFLOW = {"keras", "tensorflow"}


def modules(folder: str) -> list[Path]:
    """Return every module below a folder, e.g. ``pipelines/scripts``, ``local_sagemaker``; there must be one."""
    paths = sorted(path for root in ROOTS for path in (root / folder).rglob("*.py"))
    assert paths, f"{folder} contains no module"
    return paths


def module_name(path: Path) -> str:
    """Return the dotted name of a module."""
    root = next(root for root in reversed(ROOTS) if path.is_relative_to(root))
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports(path: Path) -> frozenset[str]:
    """Return the absolute names of all that a file imports, at its top or in functions."""
    return frozenset(_imports(path))


def own_imports(path: Path) -> set[str]:
    """Return the names of this project's modules that a file imports."""
    return {name for name in imports(path) if top_package(name) in OWN_PACKAGES}


def third_party_imports(path: Path) -> set[str]:
    """Return the top-level packages that a file imports and that are neither the standard library's nor ours."""
    return {top_package(name) for name in imports(path)} - set(sys.stdlib_module_names) - set(OWN_PACKAGES)


def top_package(name: str) -> str:
    """Return the top-level package of a name: ``a`` for ``a.b.c``."""
    return name.partition(".")[0]


def is_below(name: str, *packages: str) -> bool:
    """Return whether a module is one of these packages, or in one of them."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{path}: relative import"
            yield node.module
            # "from local_sagemaker.tools import targets" names a module, or a member of one.
            yield from (name for alias in node.names if _is_module(name := f"{node.module}.{alias.name}"))


@cache
def _is_module(name: str) -> bool:
    places = [root / name.replace(".", "/") for root in ROOTS]
    return top_package(name) in OWN_PACKAGES and any(
        place.is_dir() or place.with_suffix(".py").is_file() for place in places
    )


def find_cycle(imports: dict[str, set[str]]) -> list[str]:
    """Return the members whose imports form or lead to a cycle; empty if there is none."""
    remaining = set(imports)
    while remaining:
        leaves = {member for member in remaining if not (imports[member] - {member}) & remaining}
        if not leaves:
            return sorted(remaining)
        remaining -= leaves
    return []


def package_members(folder: str) -> dict[str, set[str]]:
    """Return the modules and folders directly in a package -> which of them each imports."""
    package = folder.replace("/", ".")
    members: dict[str, set[str]] = {}
    for path in modules(folder):
        names = [name for name in own_imports(path) if is_below(name, package)]
        member = _member_name(module_name(path), package)
        members.setdefault(member, set()).update(_member_name(name, package) for name in names)
    members.pop("", None)
    return {member: imported & members.keys() for member, imported in members.items()}


def _member_name(name: str, package: str) -> str:
    return top_package(name.removeprefix(package).removeprefix("."))


def check_private(path: Path) -> None:
    """Check that a module imports no module with an underscore from another package."""
    package = module_name(path) if path.name == "__init__.py" else module_name(path).rpartition(".")[0]
    for name in own_imports(path):
        parts = name.split(".")
        private = [n for n, part in enumerate(parts) if part.startswith("_") and not part.startswith("__")]
        assert not private or ".".join(parts[: private[0]]) == package, f"{module_name(path)} imports {name}"

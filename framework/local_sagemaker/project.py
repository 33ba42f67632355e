"""Finds the project that is installed together with this framework, if any: its package, its settings, its pipelines.

The project declares its local.toml by an entry point, ``[local_sagemaker.config]`` ``name = package:local.toml``.
https://packaging.python.org/en/latest/specifications/entry-points/
"""

from __future__ import annotations

from importlib import resources
from importlib.metadata import entry_points
from pathlib import Path

from local_sagemaker.errors import ConfigError

PACKAGE_FOLDER = Path(__file__).resolve().parent
ENTRY_POINT_GROUP = "local_sagemaker.config"


def config() -> Path | None:
    """Return the project's local.toml; None if no project is installed."""
    entry = _find_entry()
    return folder_of(entry[0]) / entry[1] if entry else None


def package() -> str | None:
    """Return the name of the project's package; None if no project is installed."""
    entry = _find_entry()
    return entry[0] if entry else None


def folder() -> Path | None:
    """Return the folder of the project's package; None if no project is installed."""
    entry = _find_entry()
    return folder_of(entry[0]) if entry else None


def known_modules() -> list[str]:
    """Return every pipeline module in the project's folder, each as ``package.use_case.pipeline``."""
    if not (entry := _find_entry()):
        return []
    name, _ = entry
    return sorted(f"{name}.{path.parent.name}.pipeline" for path in folder_of(name).glob("*/pipeline.py"))


def refuse_two_frameworks() -> None:
    """Check that this framework is the one in the project's clone, if the clone has one.

    Raises:
        ConfigError: if this is another one, such as an installed wheel, which Python imports before the clone's.
    """
    package = folder()
    clone = package.resolve().parent / "framework" / PACKAGE_FOLDER.name if package else PACKAGE_FOLDER
    if clone.is_dir() and clone != PACKAGE_FOLDER:
        raise ConfigError(
            f"there are two frameworks: {clone} of the clone, and {PACKAGE_FOLDER}, which would run instead; "
            f"pip uninstall local-sagemaker, or remove {clone.parent}, and then pip install -e {clone.parents[1]}"
        )


def folder_of(name: str) -> Path:
    """Return the folder of a package."""
    return Path(str(resources.files(name)))


def _find_entry() -> tuple[str, str] | None:
    """Return the package and the file that the entry point names.

    A package of the same name in the working folder, of somebody's own project, comes before the installed one.
    """
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        name, _, file = entry_point.value.partition(":")
        if folder_of(name).joinpath(file).is_file():
            return name, file
    return None

"""The project that is installed beside this framework, if there is one: its package, its settings, its pipelines.

It declares its local.toml by an entry point, ``[local_sagemaker.config]`` ``name = package:local.toml``.
https://packaging.python.org/en/latest/specifications/entry-points/
"""

from __future__ import annotations

from importlib import resources
from importlib.metadata import entry_points
from pathlib import Path

from local_sagemaker.errors import ConfigError

HERE = Path(__file__).resolve().parent
GROUP = "local_sagemaker.config"


def config() -> Path | None:
    """The project's local.toml; None where no project is installed."""
    declared = _declared()
    return folder_of(declared[0]) / declared[1] if declared else None


def package() -> str | None:
    """The name of the project's package; None where no project is installed."""
    declared = _declared()
    return declared[0] if declared else None


def folder() -> Path | None:
    """The folder of the project's package; None where no project is installed."""
    declared = _declared()
    return folder_of(declared[0]) if declared else None


def known_modules() -> list[str]:
    """Every pipeline module of the project, found by listing its folder: ``package.use_case.pipeline``."""
    if not (declared := _declared()):
        return []
    name, _ = declared
    return sorted(f"{name}.{path.parent.name}.pipeline" for path in folder_of(name).glob("*/pipeline.py"))


def refuse_two_frameworks() -> None:
    """Look whether this is the framework of the project's clone, where that has it as a folder.

    Raises:
        ConfigError: it is another, such as an installed wheel, which is imported before the folder.
    """
    package = folder()
    clone = package.resolve().parent / "framework" / HERE.name if package else HERE
    if clone.is_dir() and clone != HERE:
        raise ConfigError(
            f"there are two frameworks: {clone} of the clone, and {HERE}, which would run instead; "
            f"pip uninstall local-sagemaker, or remove {clone.parent}, and then pip install -e {clone.parents[1]}"
        )


def folder_of(name: str) -> Path:
    """The folder of a package."""
    return Path(str(resources.files(name)))


def _declared() -> tuple[str, str] | None:
    """The package and the file that the entry point names."""
    for one in entry_points(group=GROUP):
        name, _, file = one.value.partition(":")
        return name, file
    return None

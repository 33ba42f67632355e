"""Finds the project that is installed together with this framework, if any: its package, its settings, its pipelines.

The project declares its local.toml by an entry point, ``[local_sagemaker.config]`` ``name = package:local.toml``.
https://packaging.python.org/en/latest/specifications/entry-points/
"""

from __future__ import annotations

from importlib.metadata import entry_points
from importlib.util import find_spec
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


def install_command(extra: str) -> str:
    """Return the command that installs an extra: of the project's clone, or of this framework."""
    if package():
        return f"pip install -e '.[{extra}]'"
    return f"pip install 'WHEEL[{extra}]' (WHEEL is the file or the folder that local-sagemaker was installed from)"


def known_modules() -> list[str]:
    """Return every pipeline module of the project, or else of the working folder: ``package.use_case.pipeline``."""
    if entry := _find_entry():
        name, _ = entry
        return sorted(f"{name}.{path.parent.name}.pipeline" for path in folder_of(name).glob("*/pipeline.py"))
    return sorted(".".join(path.with_suffix("").parts) for path in _modules_here())


def _modules_here() -> list[Path]:
    """Return the files below the working folder that may define a get_pipeline, as AWS's template lays them out."""
    files = [path.relative_to(Path.cwd()) for path in Path.cwd().glob("*/*/pipeline.py")]
    return [path for path in files if all(part.isidentifier() for part in path.with_suffix("").parts)]


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
    """Return the folder of a package, which is not imported."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(f"the project's package {name!r} is not installed; install the project again")
    return Path(spec.submodule_search_locations[0])


def _find_entry() -> tuple[str, str] | None:
    """Return the package and the file that the entry point names.

    In the folder of another project, which has a package of the same name, the installed project does not apply.
    """
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        name, _, file = entry_point.value.partition(":")
        is_in_another = Path(name).is_dir() and not Path(name, file).is_file()
        if not is_in_another and folder_of(name).joinpath(file).is_file():
            return name, file
    return None

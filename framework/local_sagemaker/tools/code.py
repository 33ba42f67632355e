"""Packs code, with the modules of this project that it imports, into one file for a processing job or for Lambda.

A processing job's file is a zipapp: ``python3 preprocess.pyz`` runs it. The bytes depend on the code alone (no times,
no compression, sorted names), because the step's cache and the upload's key are computed from them.
https://docs.python.org/3/library/zipapp.html
"""

from __future__ import annotations

import ast
import gzip
import io
import sys
import tarfile
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

#: The package of the analyses, which is packed with any code that imports it.
ANALYSES = "model_monitor"
#: The script that a training job runs.
PROGRAM = "train.py"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def container_code(script: str) -> tuple[str, bytes]:
    """Return the file name and the bytes of the code that a processing job runs.

    Args:
        script: a module of this project, packed as a zipapp with the modules that it imports; or the path of a single
            ``.py`` file, which is not packed.

    Raises:
        ImportError: the module, or a module of this project that it imports, does not exist.
        FileNotFoundError: the file does not exist.
    """
    if script.endswith(".py"):
        return Path(script).name, Path(script).read_bytes()
    return f"{script.rpartition('.')[2]}.pyz", zipapp(script)


def zipapp(module: str) -> bytes:
    """Return the bytes of a zipapp that runs the module."""
    return archive({"__main__.py": _main(module)} | dict(_sources(modules(module))))


def source_archive(module: str) -> bytes:
    """Return a training script and its imports from this project as a tar.gz with ``PROGRAM`` at the top level.

    Nothing is compressed, and no time is written, so that the same code gives the same bytes everywhere.
    """
    files = {PROGRAM: _main(module)} | dict(_sources(modules(module)))
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=0, mtime=0) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for name in sorted(files):
                entry = tarfile.TarInfo(name)
                entry.size = len(files[name])
                tar.addfile(entry, io.BytesIO(files[name]))
    return buffer.getvalue()


def function_code(folder: Path, packages: Collection[str]) -> bytes:
    """Return a Lambda function's archive: the Python files of its folder, and the modules of ``packages`` they import.

    Raises:
        FileNotFoundError: the folder has no Python file.
    """
    own = {path.name: path.read_bytes() for path in sorted(folder.glob("*.py"))}
    if not own:
        raise FileNotFoundError(f"no Python file in {folder}")
    imported = [name for source in own.values() for name in _imports(source, packages)]
    return archive(own | dict(_sources(_with_imports(imported, packages))))


def archive(files: Mapping[str, bytes]) -> bytes:
    """Return a zip archive whose bytes depend on the files alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as packed:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            packed.writestr(entry, files[name])
    return buffer.getvalue()


def modules(script: str) -> list[str]:
    """Return the script and the modules that it imports, directly or indirectly, with their packages.

    Only modules of the script's own package and of the analyses are included.
    """
    return _with_imports([script], (script.partition(".")[0], ANALYSES))


def _with_imports(names: Iterable[str], packages: Collection[str]) -> list[str]:
    collected: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in collected:
            continue
        collected[name] = None
        waiting += [*_imports(_file(name).read_bytes(), packages), *filter(None, [name.rpartition(".")[0]])]
    return sorted(collected)


def _main(module: str) -> bytes:
    return f'import runpy\n\nrunpy.run_module("{module}", run_name="__main__", alter_sys=True)\n'.encode()


def _sources(names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for name in names:
        path = _file(name)
        parts = name.split(".") + (["__init__"] if path.name == "__init__.py" else [])
        yield "/".join(parts) + ".py", path.read_bytes()


def _imports(source: bytes, packages: Collection[str]) -> Iterator[str]:
    """Yield the modules of ``packages`` that the code imports; the code is parsed, not run."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                candidates = [alias.name for alias in names]
            case ast.ImportFrom(module=str(package), level=0, names=names):
                # "from pipelines.scripts import features" may name a module, or something inside one.
                inner = (f"{package}.{a.name}" for a in names if package.partition(".")[0] in packages)
                candidates = [package, *(name for name in inner if _find(name))]
            case _:
                continue
        yield from (name for name in candidates if name.partition(".")[0] in packages)


def _file(module: str) -> Path:
    path = _find(module)
    if path is None:
        raise ImportError(f"no module {module!r} to pack")
    return path


@cache
def _find(module: str) -> Path | None:
    """Return the path of a module's source, without importing its packages."""
    top, *submodules = module.split(".")
    spec = find_spec(top) if top not in sys.modules else sys.modules[top].__spec__
    if spec is None or not spec.submodule_search_locations:
        return None
    base = Path(spec.submodule_search_locations[0], *submodules)
    return next((p for p in (base / "__init__.py", base.with_suffix(".py")) if p.is_file()), None)

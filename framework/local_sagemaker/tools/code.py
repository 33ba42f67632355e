"""Code that runs elsewhere, with what it imports of this project, as one file: for a processing job, or for Lambda.

A processing job's file is a zipapp: ``python3 preprocess.pyz`` runs it. The bytes depend on the code alone (no times,
no compression, sorted names), as the step's cache and the upload's key are made from them.
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

#: The analyses travel with whatever imports them.
ANALYSES = "model_monitor"
#: What a training job is told to run.
PROGRAM = "train.py"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def container_code(script: str) -> tuple[str, bytes]:
    """File name and bytes of what a processing job runs.

    Args:
        script: a module of this project, packed as a zipapp with what it imports; or the path of a single ``.py``
            file, which travels as it is.

    Raises:
        ImportError: the module, or one of this project that it imports, does not exist.
        FileNotFoundError: the file does not exist.
    """
    if script.endswith(".py"):
        return Path(script).name, Path(script).read_bytes()
    return f"{script.rpartition('.')[2]}.pyz", zipapp(script)


def zipapp(module: str) -> bytes:
    """The archive's bytes."""
    return archive({"__main__.py": _main(module)} | dict(_sources(modules(module))))


def source_archive(module: str) -> bytes:
    """A training script with what it imports of this project, as a tar.gz with ``PROGRAM`` at its top.

    Nothing is compressed, and no time is written, so that the same code gives the same bytes anywhere.
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
    """A Lambda function's archive: the Python files of its folder, and what they import of these packages.

    Raises:
        FileNotFoundError: the folder has no Python file.
    """
    own = {path.name: path.read_bytes() for path in sorted(folder.glob("*.py"))}
    if not own:
        raise FileNotFoundError(f"there is no Python file in {folder}")
    imported = [name for source in own.values() for name in _imports(source, packages)]
    return archive(own | dict(_sources(_with_imports(imported, packages))))


def archive(files: Mapping[str, bytes]) -> bytes:
    """A zip archive whose bytes depend on the files alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as packed:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            packed.writestr(entry, files[name])
    return buffer.getvalue()


def modules(script: str) -> list[str]:
    """The script and every module of its own package and of the analyses that it imports, directly or not, with their
    packages.
    """
    return _with_imports([script], (script.partition(".")[0], ANALYSES))


def _with_imports(names: Iterable[str], packages: Collection[str]) -> list[str]:
    found: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = None
        waiting += [*_imports(_file(name).read_bytes(), packages), *filter(None, [name.rpartition(".")[0]])]
    return sorted(found)


def _main(module: str) -> bytes:
    return f'import runpy\n\nrunpy.run_module("{module}", run_name="__main__", alter_sys=True)\n'.encode()


def _sources(names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for name in names:
        path = _file(name)
        parts = name.split(".") + (["__init__"] if path.name == "__init__.py" else [])
        yield "/".join(parts) + ".py", path.read_bytes()


def _imports(source: bytes, packages: Collection[str]) -> Iterator[str]:
    """Modules of these packages that code names in its import statements; nothing is run to find out."""
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
        raise ImportError(f"there is no module {module!r} to pack")
    return path


@cache
def _find(module: str) -> Path | None:
    """Where a module's source lies; its packages are not imported for it."""
    top, *rest = module.split(".")
    spec = find_spec(top) if top not in sys.modules else sys.modules[top].__spec__
    if spec is None or not spec.submodule_search_locations:
        return None
    base = Path(spec.submodule_search_locations[0], *rest)
    return next((p for p in (base / "__init__.py", base.with_suffix(".py")) if p.is_file()), None)

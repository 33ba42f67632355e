"""A container script and what it imports of this project, as the one file that a processing job takes.

The file is a zipapp: ``python3 preprocess.pyz`` runs it. Its bytes depend on the code alone (no times, no compression,
sorted names), as the step's cache and the upload's key are made from them.
https://docs.python.org/3/library/zipapp.html
"""

from __future__ import annotations

import ast
import io
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

OURS = ("pipelines", "model_monitor")
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
    main = f'import runpy\n\nrunpy.run_module("{module}", run_name="__main__", alter_sys=True)\n'
    files = {"__main__.py": main.encode()} | {name: source for name, source in _sources(module)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def modules(script: str) -> list[str]:
    """The script and every module of this project that it imports, directly or not, with their packages."""
    found: dict[str, None] = {}
    waiting = [script]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = None
        waiting += [*_imports(name), *filter(None, [name.rpartition(".")[0]])]
    return sorted(found)


def _sources(script: str) -> Iterator[tuple[str, bytes]]:
    for name in modules(script):
        path = _file(name)
        parts = name.split(".") + (["__init__"] if path.name == "__init__.py" else [])
        yield "/".join(parts) + ".py", path.read_bytes()


def _imports(module: str) -> Iterator[str]:
    """Modules of ours that a module names in its import statements; nothing is run to find out."""
    for node in ast.walk(ast.parse(_file(module).read_bytes())):
        match node:
            case ast.Import(names=names):
                candidates = [alias.name for alias in names]
            case ast.ImportFrom(module=str(source), level=0, names=names):
                # "from pipelines.scripts import features" may name a module, or something inside one.
                candidates = [source, *(n for a in names if _exists(n := f"{source}.{a.name}"))]
            case _:
                continue
        yield from (name for name in candidates if name.partition(".")[0] in OURS)


def _exists(name: str) -> bool:
    return name.partition(".")[0] in OURS and _find(name) is not None


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

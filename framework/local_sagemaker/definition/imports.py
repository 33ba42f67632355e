"""Find what a Python script imports that does not travel with it, by reading its code; nothing is executed."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

#: Handlers with which the failure of an import is expected.
_EXPECTING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


class Import(NamedTuple):
    """An import of a top-level module: the file and line of the first one."""

    path: str
    line: int
    module: str


def foreign_imports(files: Mapping[str, bytes], script: str, folders: Sequence[str] = ()) -> list[Import]:
    """Return the imports of modules that are not among the files, once for each module.

    Imports of the script count, and those of the files that it imports. An import that may fail (in a ``try`` that
    handles its error) does not, nor does one for type checkers.

    Args:
        files: path -> content of the code that travels together.
        script: path of the script.
        folders: further folders in which Python looks for modules, as in PYTHONPATH.
    """
    roots = [posixpath.dirname(script), *folders]
    waiting, visited, imports = [script], set(), {}  # type: list[str], set[str], dict[str, Import]
    while waiting:
        path = waiting.pop(0)
        if path in visited:
            continue
        visited.add(path)
        for line, name in _written_imports(files[path], path):
            own_files = [file for root in roots for file in _files_of(files, root, name)]
            waiting += own_files
            module = name.partition(".")[0]
            if not own_files and not any(_is_package(files, root, module) for root in roots):
                imports.setdefault(module, Import(path, line, module))
    return list(imports.values())


def _written_imports(code: bytes, path: str) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of each import; ``from a import b`` yields a.b, as b may be a module.

    A relative import yields its path as a dotted name, which starts with a slash.
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return  # the job reports it
    for node in _statements(tree.body):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                folder = posixpath.normpath(posixpath.join(path, *[".."] * node.level))
                base = f"{folder}/{base}".rstrip("/")
            yield from ((node.lineno, f"{base}.{alias.name}" if base else alias.name) for alias in node.names)


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run, or may run, with those inside them."""
    for node in body:
        yield node
        for inner in _blocks(node):
            yield from _statements(inner)


def _blocks(node: ast.stmt) -> Iterator[Sequence[ast.stmt]]:
    """Yield the blocks of a statement, except for those whose imports may fail or are for type checkers."""
    expects_failure = isinstance(node, ast.Try) and any(map(_expects_import_error, node.handlers))
    is_for_type_checkers = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
    for name in ("body", "orelse", "finalbody"):
        if name != "body" or not (expects_failure or is_for_type_checkers):
            yield getattr(node, name, ())
    for block in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        if not expects_failure:
            yield block.body


def _expects_import_error(handler: ast.ExceptHandler) -> bool:
    names = {name.id for name in ast.walk(handler.type) if isinstance(name, ast.Name)} if handler.type else _EXPECTING
    return bool(names & _EXPECTING)


def _files_of(files: Mapping[str, bytes], root: str, name: str) -> list[str]:
    """Return the files that an import of a dotted name executes: its packages, and its module."""
    path = posixpath.join(root, name) if not name.startswith("/") else name
    folder, _, dotted = path.rpartition("/")
    parts = dotted.split(".")
    prefixes = [posixpath.join(folder, *parts[:length]) for length in range(1, len(parts) + 1)]
    candidates = [file for prefix in prefixes for file in (f"{prefix}/__init__.py", f"{prefix}.py")]
    return [file for file in candidates if file in files]


def _is_package(files: Mapping[str, bytes], root: str, module: str) -> bool:
    """Return whether a module is a folder of the code, whose files may have no ``__init__.py``."""
    prefix = posixpath.join(root, module) + "/"
    return module.startswith("/") or any(file.startswith(prefix) for file in files)

"""Run the tests of what differs from a branch, which is quicker than all tests: `tox -e changed`.

    python tests/harness/changed_tests.py [BRANCH [ARGUMENT ...]]

It runs the test files that changed, those in the folder that mirrors the changed code's (tests/ mirrors the tree),
those that import the changed code, and those that read all code. ARGUMENTs are pytest's. `tox` and `tox -m rest` run
all tests.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from paths import ROOT

#: Tests of the import rules, of the compiled definitions, and of the commands in pages.
ALWAYS = (
    "tests/test_layers.py", "tests/test_imports.py", "tests/pipelines/test_golden.py", "tests/test_readme.py",
    "framework/tests/test_layers.py", "framework/tests/test_imports.py",
)  # fmt: skip
TESTS, FRAMEWORK = "tests", "framework"


def choose_tests(changed: list[str], root: Path = ROOT) -> list[str]:
    """Return the test files and folders for changed paths, both relative to the project's folder."""
    names = {name for path in changed for name in _tests_of(path, root)}
    imports = [_import_pattern(path) for path in changed if path.endswith(".py") and TESTS not in Path(path).parts]
    if imports:
        pattern = re.compile("|".join(imports))
        files = (
            file for folder in (TESTS, f"{FRAMEWORK}/{TESTS}") for file in root.joinpath(folder).rglob("test_*.py")
        )
        names |= {file.relative_to(root).as_posix() for file in files if pattern.search(file.read_text())}
    inside = [name for name in names if any(name != folder and name.startswith(f"{folder}/") for folder in names)]
    return sorted({*names, *(name for name in ALWAYS if root.joinpath(name).is_file())} - {*inside})


def _tests_of(path: str, root: Path) -> Iterator[str]:
    """Yield the test itself, or the test of the module's name, or the folder that mirrors the code's."""
    if TESTS in Path(path).parts and Path(path).name.startswith("test_") and root.joinpath(path).is_file():
        yield path
    base = FRAMEWORK if Path(path).is_relative_to(FRAMEWORK) else ""
    mirror = Path(base, TESTS, Path(path).relative_to(base))
    by_name = mirror.with_name(f"test_{mirror.stem}.py")
    if root.joinpath(by_name).is_file():
        yield by_name.as_posix()
    elif root.joinpath(mirror.parent).is_dir() and len(mirror.parts) > len(Path(base).parts) + 3:
        yield mirror.parent.as_posix()


def _import_pattern(path: str) -> str:
    """Return a pattern of the lines that import a module: from its package, or itself."""
    *package, name = Path(path.removeprefix(f"{FRAMEWORK}/")).with_suffix("").parts
    if name == "__init__":
        *package, name = package
    parent = re.escape(".".join(package))
    module = re.escape(".".join([*package, name]))
    return rf"import {module}\b|from {module}\b" + (rf"|from {parent} import .*\b{name}\b" if package else "")


def changed_files(branch: str) -> list[str]:
    """Return the paths that differ from the merge base with ``branch``, and the untracked files."""

    def git(*arguments: str) -> list[str]:
        result = subprocess.run(["git", *arguments], cwd=ROOT, check=False, capture_output=True, text=True)
        if result.returncode:
            sys.exit(f"{result.stderr.strip()}\nname a branch to compare with: tox -e changed -- main")
        return result.stdout.splitlines()

    (base,) = git("merge-base", "HEAD", branch)
    return sorted({*git("diff", "--name-only", base), *git("ls-files", "--others", "--exclude-standard")})


def main(branch: str = "origin/main", *arguments: str) -> int:
    """Run the tests; return pytest's exit code."""
    tests = choose_tests(changed_files(branch))
    print("\n".join(tests), file=sys.stderr)
    return subprocess.run(
        ["pytest", "-n", "auto", "--dist", "worksteal", *arguments, *tests], cwd=ROOT, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

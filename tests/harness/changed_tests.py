"""Run the tests of what differs from a branch, for who has changed a package and waits: `tox -e changed`.

    python tests/harness/changed_tests.py [BRANCH [WORD ...]]

Chosen are test files that have changed, those that lie where the changed code does (tests/ mirrors the tree), those
that import it, and those that read all code. WORDs are pytest's. All tests are run by `tox` and `tox -m rest`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from paths import ROOT

#: Who may import whom, what compiles to what, which commands pages show.
ALWAYS = (
    "tests/test_layers.py", "tests/test_imports.py", "tests/pipelines/test_golden.py", "tests/test_readme.py",
    "framework/tests/test_layers.py", "framework/tests/test_imports.py",
)  # fmt: skip
TESTS, FRAMEWORK = "tests", "framework"


def choose_tests(changed: list[str], root: Path = ROOT) -> list[str]:
    """Test files and folders for paths that have changed, both below the project's folder."""
    found = {name for path in changed for name in _beside(path, root)}
    imports = [_import_of(path) for path in changed if path.endswith(".py") and TESTS not in Path(path).parts]
    if imports:
        pattern = re.compile("|".join(imports))
        files = (
            file for folder in (TESTS, f"{FRAMEWORK}/{TESTS}") for file in root.joinpath(folder).rglob("test_*.py")
        )
        found |= {file.relative_to(root).as_posix() for file in files if pattern.search(file.read_text())}
    inside = [name for name in found if any(name != other and name.startswith(f"{other}/") for other in found)]
    return sorted({*found, *(name for name in ALWAYS if root.joinpath(name).is_file())} - {*inside})


def _beside(path: str, root: Path) -> Iterator[str]:
    """The test itself, or the tests of the folder that mirrors the code's; of a module those of its name as well."""
    if TESTS in Path(path).parts and Path(path).name.startswith("test_") and root.joinpath(path).is_file():
        yield path
    base = FRAMEWORK if Path(path).is_relative_to(FRAMEWORK) else ""
    mirror = Path(base, TESTS, Path(path).relative_to(base))
    by_name = mirror.with_name(f"test_{mirror.stem}.py")
    if root.joinpath(by_name).is_file():
        yield by_name.as_posix()
    elif root.joinpath(mirror.parent).is_dir() and len(mirror.parts) > len(Path(base).parts) + 3:
        yield mirror.parent.as_posix()


def _import_of(path: str) -> str:
    """A pattern of the lines that import a module: from its package, or itself."""
    *package, name = Path(path.removeprefix(f"{FRAMEWORK}/")).with_suffix("").parts
    if name == "__init__":
        *package, name = package
    dotted = re.escape(".".join(package))
    whole = re.escape(".".join([*package, name]))
    return rf"import {whole}\b|from {whole}\b" + (rf"|from {dotted} import .*\b{name}\b" if package else "")


def changed_files(branch: str) -> list[str]:
    """Paths that differ from where this branch left ``branch``, and files that git does not know yet."""

    def git(*words: str) -> list[str]:
        done = subprocess.run(["git", *words], cwd=ROOT, check=False, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{done.stderr.strip()}\nname a branch to compare with: tox -e changed -- main")
        return done.stdout.splitlines()

    (base,) = git("merge-base", "HEAD", branch)
    return sorted({*git("diff", "--name-only", base), *git("ls-files", "--others", "--exclude-standard")})


def main(branch: str = "origin/main", *words: str) -> int:
    """Run them; pytest's exit code."""
    found = choose_tests(changed_files(branch))
    print("\n".join(found), file=sys.stderr)
    return subprocess.run(
        ["pytest", "-n", "auto", "--dist", "worksteal", *words, *found], cwd=ROOT, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

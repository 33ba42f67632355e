"""Defines the project's folders, and the PYTHONPATH with which a process can import it from any working folder."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FRAMEWORK = ROOT / "framework"
ROOTS = [root for root in (ROOT, FRAMEWORK) if root.is_dir()]


def python_path(root: Path) -> str:
    """Return the PYTHONPATH of a clone: our packages, and the framework's unless that is an installed wheel."""
    return os.pathsep.join(str(folder) for folder in (root, root / "framework") if folder.is_dir())


PYTHONPATH = python_path(ROOT)
#: Folders of the use cases' golden definitions, and of the definitions that the framework's tests use in addition.
GOLDEN = ROOT / "tests" / "definitions"
DEFINITIONS = FRAMEWORK / "tests" / "definitions"
#: A folder of this project's developers; a user's clone does not have it, and the tests that read it are skipped.
SHARED = ROOT.parent / "shared"

"""Where the project lies, and what a process needs in its PYTHONPATH to import it from wherever it works."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FRAMEWORK = ROOT / "framework"
ROOTS = [root for root in (ROOT, FRAMEWORK) if root.is_dir()]


def python_path(root: Path) -> str:
    """PYTHONPATH of a clone: our packages, and the framework's where that is a folder and no installed wheel."""
    return os.pathsep.join(str(one) for one in (root, root / "framework") if one.is_dir())


PYTHONPATH = python_path(ROOT)
#: The golden definitions of the use cases, and what definitions of the framework's tests lie beside them.
GOLDEN = ROOT / "tests" / "definitions"
DEFINITIONS = FRAMEWORK / "tests" / "definitions"
#: Of whoever develops this; a user's clone has no such folder, and the tests that read it are skipped.
SHARED = ROOT.parent / "shared"

"""Where the project lies, and what a process needs in its PYTHONPATH to import it from wherever it works."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: The packages of a clone: ours, and the framework's where it is a folder and no installed wheel.
FRAMEWORK = ROOT / "framework"
ROOTS = [root for root in (ROOT, FRAMEWORK) if root.is_dir()]
PYTHONPATH = os.pathsep.join(map(str, ROOTS))
#: Of whoever develops this; a user's clone has no such folder, and the tests that read it are skipped.
SHARED = ROOT.parent / "shared"

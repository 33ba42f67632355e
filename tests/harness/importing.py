"""Import modules in a process of their own, with packages hidden."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable

from paths import PYTHONPATH, ROOT

IMPORT = """
import importlib, sys
hidden, *names = sys.argv[1:]
sys.modules.update(dict.fromkeys(filter(None, hidden.split(","))))
for name in names:
    importlib.import_module(name)
"""


def import_all(hidden: Iterable[str], names: Iterable[str]) -> None:
    """Fail where one of the modules cannot be imported without the packages that are hidden."""
    found = [*names]
    words = [sys.executable, "-c", IMPORT, ",".join(hidden), *found]
    environment = {**os.environ, "PYTHONPATH": PYTHONPATH}
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)

    assert len(found) > 10
    assert done.returncode == 0, done.stderr

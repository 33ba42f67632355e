"""Imports modules in a separate process that cannot import certain packages."""

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
    """Check that all modules can be imported without the hidden packages."""
    modules = [*names]
    command = [sys.executable, "-c", IMPORT, ",".join(hidden), *modules]
    environment = {**os.environ, "PYTHONPATH": PYTHONPATH}
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)

    assert len(modules) > 10
    assert result.returncode == 0, result.stderr

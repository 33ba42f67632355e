"""Runs the container scripts of batch inference as programs."""

from __future__ import annotations

import csv
import os
import subprocess

from paths import PYTHONPATH
from warm import program


def run_script(name, *arguments, **environment):
    return subprocess.run(
        [*program(f"pipelines.batch_inference.{name}"), *map(str, arguments)],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": PYTHONPATH, **environment},
    )  # fmt: skip


def rows(path):
    with path.open(newline="") as file:
        return list(csv.reader(file))

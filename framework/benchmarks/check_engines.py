"""Compares the checks of a run with each engine, in turns: this project's Processing jobs, the emulated check steps.

    python framework/benchmarks/check_engines.py [MODULE] [REPEATS] [NAME=VALUE ...]

Prints one JSON object: for each check, for all checks and for the whole command, the median over the pairs of runs of
the project's time divided by the emulated step's. NAME=VALUE are parameters of the execution.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENGINES = ("project", "sagemaker")


def seconds(engine: str, module: str, parameters: list[str]) -> dict[str, float]:
    """Return the seconds of one run in an empty folder: of each check, of all checks, and of the whole command."""
    roots = (ROOT, ROOT / "framework")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, roots)), "CHECK_ENGINE": engine}
    options = ["--parameters", *parameters] if parameters else []
    command = [sys.executable, "-m", "pipelines.run_pipeline", "-n", module, "--local", *options]
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, cwd=folder, env=environment)
        command_seconds = time.perf_counter() - began
        show = [sys.executable, "-m", "local_sagemaker.tools.commands.__main__", "show", "--local"]
        shown = subprocess.run(show, check=True, capture_output=True, cwd=folder, env=environment)
    steps = {step["name"]: step["seconds"] for step in json.loads(shown.stdout)["steps"]}
    checks = {name: value for name, value in steps.items() if name.endswith("CheckStep")}
    return checks | {"all checks": sum(checks.values()), "whole": command_seconds}


def main(module: str = "pipelines.abalone.pipeline", repeats: str = "5", *parameters: str) -> None:
    seconds(ENGINES[0], module, [*parameters])  # into the page cache
    pairs = [[seconds(engine, module, [*parameters]) for engine in ENGINES] for _ in range(int(repeats))]
    ratios = {name: statistics.median(ours[name] / theirs[name] for ours, theirs in pairs) for name in pairs[0][0]}
    print(json.dumps({name: round(value, 2) for name, value in ratios.items()}, indent=2))


if __name__ == "__main__":
    main(*sys.argv[1:])

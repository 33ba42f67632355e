"""Compares ``run-pipeline -n pipelines.abalone.pipeline --local`` with the same command at another commit, in turns.

    python framework/benchmarks/run_pipeline.py COMMIT [REPEATS]

Prints one JSON object: ``ratio`` is the median of the ratios of the pairs; the times are those of the last pair, in
seconds.
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
COMMAND = [sys.executable, "-m", "pipelines.run_pipeline", "-n", "pipelines.abalone.pipeline", "--local"]


def seconds(checkout: Path) -> float:
    """Return the seconds of one run of that checkout's code, in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        roots = (checkout, Path(checkout, "framework"))  # an earlier checkout has no such folder
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, roots))}
        subprocess.run(COMMAND, check=True, capture_output=True, cwd=folder, env=environment)
        return time.perf_counter() - began


def main(commit: str, repeats: int = 5) -> None:
    with tempfile.TemporaryDirectory() as folder:
        other_checkout = Path(folder, "other")
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", other_checkout, commit], cwd=ROOT, check=True)
        try:
            for checkout in (ROOT, other_checkout):  # both once, into the page cache
                seconds(checkout)
            pairs = [(seconds(ROOT), seconds(other_checkout)) for _ in range(repeats)]
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", other_checkout], cwd=ROOT, check=True)
    ratios = [ours / theirs for ours, theirs in pairs]
    result = {"ratio": statistics.median(ratios), "seconds": pairs[-1][0], "of the other": pairs[-1][1]}
    print(json.dumps({name: round(value, 2) for name, value in result.items()}))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))

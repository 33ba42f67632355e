"""Measures the overhead of a local execution: it compares trivial steps with the same programs run directly.

    python framework/benchmarks/overhead.py [STEPS]

Prints one JSON object; ``ratio`` is the execution's time divided by that of the same programs started one after the
other, ``seconds_a_step`` is what each step takes in addition to its program.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import local_sagemaker.session
from local_sagemaker.testing import processing_step, run

CODE = "import json, csv, argparse"


def chain(session, steps):
    names = [f"Step{n}" for n in range(steps)]
    return {
        "Steps": [processing_step(n, session, CODE, DependsOn=[b] if b else []) for b, n in pairwise([None, *names])]
    }


def run_programs(folder, steps):
    """Run the program of each step directly; return the seconds."""
    script = Path(folder, "script.py")
    script.write_text(CODE)
    began = time.perf_counter()
    for _ in range(steps):
        subprocess.run([sys.executable, str(script)], check=True)
    return time.perf_counter() - began


def main(steps: int = 20) -> None:
    with tempfile.TemporaryDirectory() as folder:
        session = local_sagemaker.session.open(Path(folder, "root"))
        definition = chain(session, steps)
        began = time.perf_counter()
        ran = run(session, definition)
        execution_seconds = time.perf_counter() - began
        assert ran.status == "Succeeded", ran.reason
        program_seconds = run_programs(folder, steps)
    result = {
        "steps": steps,
        "ratio": execution_seconds / program_seconds,
        "seconds_a_step": (execution_seconds - program_seconds) / steps,
    }
    print(json.dumps({name: round(value, 3) for name, value in result.items()}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

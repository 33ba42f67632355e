"""Measures the time of lint by the size of a definition, and compares the commands with the imports that they need.

    python framework/benchmarks/lint.py [REPEATS]

Prints one JSON object. ``500 steps``: the time for 500 steps divided by that for 100, in one process.
``pipelines lint``: the time of the whole process, for the abalone definition, divided by that of a process that only
loads botocore's model of SageMaker. ``get-pipeline-definition``: the time with lint, divided by that of a process that
only imports the SDK modules that it uses.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.lint import lint
from local_sagemaker.service_model import sagemaker

ROOT = Path(__file__).resolve().parents[2]
ABALONE = ROOT / "tests" / "definitions" / "abalone.json"
MODEL = (
    "import botocore.session; botocore.session.Session().get_service_model('sagemaker').operation_model('CreateModel')"
)
SDK = "import pipelines.abalone.pipeline"


def definition_of_size(steps: int) -> dict:
    """Return copies of the abalone pipeline's steps, each with names and outputs of its own."""
    text, all_steps = json.dumps(json.loads(ABALONE.read_text())["Steps"]), []
    while len(all_steps) < steps:
        copy = text
        for name in (step["Name"] for step in json.loads(text)):
            copy = copy.replace(name, f"{name[:40]}-{len(all_steps)}")
        copy = copy.replace('"RegisterAbaloneModel"', f'"Register-{len(all_steps)}"')
        copy = copy.replace('"AbaloneModelRejected"', f'"Rejected-{len(all_steps)}"')
        all_steps += json.loads(copy.replace("s3://sagemaker", f"s3://s{len(all_steps)}-sagemaker"))
    return json.loads(ABALONE.read_text()) | {"Steps": all_steps[:steps]}


def seconds(definition: dict, repeats: int) -> float:
    def run_once() -> float:
        began = time.perf_counter()
        lint(Definition(definition, sagemaker()))
        return time.perf_counter() - began

    return statistics.median(run_once() for _ in range(repeats))


def process_ratio(command: list[str], peer: str, repeats: int) -> float:
    """Return the command's median time divided by that of Python code; the two run in turns."""
    times: dict[str, list[float]] = {"command": [], "peer": []}
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "framework"), "AWS_REGION": "us-east-1"}
    for _ in range(repeats + 1):
        for name, arguments in (("command", command), ("peer", ["-c", peer])):
            began = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, capture_output=True, env=environment)
            times[name].append(time.perf_counter() - began)
    return statistics.median(times["command"][1:]) / statistics.median(times["peer"][1:])


def main(repeats: int = 9) -> None:
    sagemaker()
    seconds(definition_of_size(100), 2)
    ratios = {
        "500 steps over 100": seconds(definition_of_size(500), repeats) / seconds(definition_of_size(100), repeats),
        "pipelines lint over the model": process_ratio(
            ["-m", "local_sagemaker.tools.commands", "lint", str(ABALONE)], MODEL, repeats
        ),
        "get-pipeline-definition over the SDK": process_ratio(
            ["-m", "pipelines.get_pipeline_definition", "-n", "pipelines.abalone.pipeline"], SDK, max(3, repeats // 2)
        ),
    }
    print(json.dumps({name: round(ratio, 2) for name, ratio in ratios.items()}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

"""How quick lint is: by the size of a definition, and as commands against what they cannot do without.

    python framework/benchmarks/lint.py [REPEATS]

Prints one JSON object. ``500 steps``: the time of 500 steps in one process over that of 100. ``pipelines lint``: the
whole process, for the abalone definition, over one that only loads botocore's model of SageMaker.
``get-pipeline-definition``: with lint, over a process that only imports the SDK modules that it uses.
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


def of_size(steps: int) -> dict:
    """Copies of the abalone pipeline's steps, each copy with names and outputs of its own."""
    text, found = json.dumps(json.loads(ABALONE.read_text())["Steps"]), []
    while len(found) < steps:
        copy = text
        for name in (step["Name"] for step in json.loads(text)):
            copy = copy.replace(name, f"{name[:40]}-{len(found)}")
        copy = copy.replace('"RegisterAbaloneModel"', f'"Register-{len(found)}"')
        copy = copy.replace('"AbaloneModelRejected"', f'"Rejected-{len(found)}"')
        found += json.loads(copy.replace("s3://sagemaker", f"s3://s{len(found)}-sagemaker"))
    return json.loads(ABALONE.read_text()) | {"Steps": found[:steps]}


def seconds(definition: dict, repeats: int) -> float:
    def once() -> float:
        began = time.perf_counter()
        lint(Definition(definition, sagemaker()))
        return time.perf_counter() - began

    return statistics.median(once() for _ in range(repeats))


def of_processes(command: list[str], peer: str, repeats: int) -> float:
    """The command's median time over that of Python code, taken in turns."""
    times: dict[str, list[float]] = {"command": [], "peer": []}
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "framework"), "AWS_REGION": "us-east-1"}
    for _ in range(repeats + 1):
        for name, words in (("command", command), ("peer", ["-c", peer])):
            began = time.perf_counter()
            subprocess.run([sys.executable, *words], check=True, capture_output=True, env=environment)
            times[name].append(time.perf_counter() - began)
    return statistics.median(times["command"][1:]) / statistics.median(times["peer"][1:])


def main(repeats: int = 9) -> None:
    sagemaker()
    seconds(of_size(100), 2)
    found = {
        "500 steps over 100": seconds(of_size(500), repeats) / seconds(of_size(100), repeats),
        "pipelines lint over the model": of_processes(
            ["-m", "local_sagemaker.tools.commands", "lint", str(ABALONE)], MODEL, repeats
        ),
        "get-pipeline-definition over the SDK": of_processes(
            ["-m", "pipelines.get_pipeline_definition", "-n", "pipelines.abalone.pipeline"], SDK, max(3, repeats // 2)
        ),
    }
    print(json.dumps({name: round(ratio, 2) for name, ratio in found.items()}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

"""How quick the verbs of ``pipelines`` are: a whole process against one that only makes boto3's SageMaker client.

    python framework/benchmarks/commands.py [REPEATS]

Prints one JSON object: for each verb the ratio of the median times.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import local_sagemaker.session
from local_sagemaker.testing import processing, run

CLIENT = "import boto3; boto3.client('sagemaker', region_name='us-east-1')"
VERBS = ("list", "show", "logs", "models")


def median_seconds(command, repeats):
    def once():
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        return time.perf_counter() - began

    return statistics.median(once() for _ in range(repeats))


def main(repeats: int = 7) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "root")
        session = local_sagemaker.session.open(root)
        register = {"Name": "Register", "Type": "RegisterModel", "Arguments": {"ModelPackageGroupName": "Group"}}
        run(session, {"Steps": [processing("Hello", session, "print('hello')"), register]})
        peer = median_seconds([sys.executable, "-c", CLIENT], repeats)
        command = [sys.executable, "-m", "local_sagemaker.tools.commands.__main__"]
        ratios = {verb: median_seconds([*command, verb, "--local", str(root)], repeats) / peer for verb in VERBS}
    print(json.dumps({verb: round(ratio, 2) for verb, ratio in ratios.items()}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

"""Compares the time of subcommands of ``pipelines`` with a process that only creates boto3's SageMaker client.

    python framework/benchmarks/commands.py [REPEATS]

Prints one JSON object: for each subcommand the ratio of the median times of whole processes.
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
from local_sagemaker.testing import processing_step, run

CLIENT = "import boto3; boto3.client('sagemaker', region_name='us-east-1')"
SUBCOMMANDS = ("list", "show", "logs", "models")


def median_seconds(command, repeats):
    def run_once():
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        return time.perf_counter() - began

    return statistics.median(run_once() for _ in range(repeats))


def main(repeats: int = 7) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "root")
        session = local_sagemaker.session.open(root)
        register = {"Name": "Register", "Type": "RegisterModel", "Arguments": {"ModelPackageGroupName": "Group"}}
        run(session, {"Steps": [processing_step("Hello", session, "print('hello')"), register]})
        peer = median_seconds([sys.executable, "-c", CLIENT], repeats)
        command = [sys.executable, "-m", "local_sagemaker.tools.commands.__main__"]
        ratios = {name: median_seconds([*command, name, "--local", str(root)], repeats) / peer for name in SUBCOMMANDS}
    print(json.dumps({name: round(ratio, 2) for name, ratio in ratios.items()}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

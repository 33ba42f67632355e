"""Print the logs of an execution's jobs, in the order in which its steps started; -f follows until it ends."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from local_sagemaker.near_names import did_you_mean
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.commands._names import add_execution
from local_sagemaker.tools.service.executions import RUNNING, find, steps
from local_sagemaker.tools.service.logs import JobLog, printable
from local_sagemaker.tools.service.results import listed_facts
from local_sagemaker.tools.service.step_metadata import LOG_GROUPS
from local_sagemaker.tools.service.tuning_jobs import training_jobs
from local_sagemaker.tools.targets import Target

EXAMPLES = (
    "pipelines logs --local                                        the newest execution",
    "pipelines logs AbalonePipeline --step TrainAbaloneModel --local",
    "pipelines logs t2gdxqkkly33 -f --local",
)
SECONDS_BETWEEN_LOOKS = {"local": 0.3, "aws": 5.0}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments: the execution, the step, and whether to follow."""
    add_execution(parser)
    parser.add_argument("--step", metavar="STEP", help="print the logs of this step only")
    parser.add_argument("-f", "--follow", action="store_true", help="follow until the execution ends")


def run(arguments: argparse.Namespace, target: Target) -> None:
    """Print each line as ``Step: line``, with the host if a job has several; with --step only the line."""
    arn = find(target.client, arguments.execution)
    client = target.session.client("logs")
    logs: dict[str, JobLog] = {}
    while True:
        execution = target.client.describe_pipeline_execution(PipelineExecutionArn=arn)
        is_over = execution["PipelineExecutionStatus"] not in RUNNING
        started = [listed_facts(step) for step in steps(target.client, arn)]
        for step in _steps_with_jobs(started, arguments.step, is_over):
            for group, job in _jobs(target, step):
                log = logs.setdefault(job, JobLog(client, group, job))
                _print(step["name"], log, arguments.step is None)
        if is_over or not arguments.follow:
            return
        time.sleep(SECONDS_BETWEEN_LOOKS["local" if target.root else "aws"])


def _jobs(target: Target, step: dict[str, Any]) -> list[tuple[str, str]]:
    """Return log group and name of each job of a step; a tuning step has several."""
    if "tuning_job" in step:
        return [(LOG_GROUPS["TrainingJob"], job) for job in training_jobs(target.client, step["tuning_job"])]
    return [(step["log_group"], step["job"])]


def _steps_with_jobs(started: list[dict[str, Any]], name: str | None, is_over: bool) -> list[dict[str, Any]]:
    names = [step["name"] for step in started]
    if name is not None and is_over and name not in names:
        raise UsageError(f"no step {name!r} was started{did_you_mean(name, names)}; started: {', '.join(names)}")
    return [step for step in started if {"job", "tuning_job"} & step.keys() and name in (None, step["name"])]


def _print(step: str, log: JobLog, with_step: bool) -> None:
    for host, line in log.new_lines():
        instance = "" if host.startswith("algo-1") else f" {host}"
        # A pipe gets the unmodified log; a terminal gets no control characters.
        text = printable(line) if sys.stdout.isatty() else line
        print(f"{step}{instance}: {text}" if with_step else text)
    sys.stdout.flush()

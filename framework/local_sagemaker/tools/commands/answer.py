"""Answer a step that waits for a person: let the execution go on with what you decide, or end it.

A Callback step puts a message into a queue and waits. The answer needs no queue: the step's token, which the execution
knows, is enough. The outputs that the step declares are given as NAME=VALUE, each of them.
"""

from __future__ import annotations

import argparse
from typing import Any

from local_sagemaker.near_names import did_you_mean
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.commands._names import add_execution
from local_sagemaker.tools.service.executions import find, steps
from local_sagemaker.tools.targets import Target
from local_sagemaker.tools.terminal.command_line import parameters

#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html
STATUSES = ("Approved", "Rejected", "PendingManualApproval")
EXAMPLES = (
    "pipelines answer --outputs ModelApprovalStatus=Approved --local           the newest execution",
    'pipelines answer t2gdxqkkly33 --fail "the data are of last year" --local',
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which execution and step, and the answer."""
    add_execution(parser)
    parser.add_argument("--step", metavar="STEP", help="where several wait")
    answer = parser.add_mutually_exclusive_group(required=True)
    answer.add_argument("--outputs", nargs="*", metavar="NAME=VALUE", help="it succeeded, with these outputs")
    answer.add_argument("--fail", metavar="REASON", help="it failed, and the execution with it")


def run(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """The execution's ARN, and the step that goes on."""
    arn = find(target.client, arguments.execution)
    step, token = _waiting(target, arn, arguments.step)
    if arguments.fail is not None:
        target.client.send_pipeline_execution_step_failure(CallbackToken=token, FailureReason=arguments.fail)
    else:
        outputs = [{"Name": n, "Value": v} for n, v in _checked(parameters(arguments.outputs, "--outputs")).items()]
        target.client.send_pipeline_execution_step_success(CallbackToken=token, OutputParameters=outputs)
    shown = f"pipelines show {arn.rpartition('/')[2]}{target.options}"
    return {
        "execution_arn": arn,
        "step": step,
        "answer": "Succeeded" if arguments.fail is None else "Failed",
        "next": shown,
    }


def text(result: dict[str, Any]) -> str:
    """One line, and how to see what comes of it."""
    return f"{result['step']}: {result['answer']}\n  next     {result['next']}"


def _checked(outputs: dict[str, str]) -> dict[str, str]:
    """The outputs; raise UsageError where an approval status is none, since only the step after would find out."""
    status = outputs.get("ModelApprovalStatus", STATUSES[0])
    if status not in STATUSES:
        raise UsageError(
            f"ModelApprovalStatus is {status!r}{did_you_mean(status, STATUSES)}; it is {', '.join(STATUSES)}"
        )
    return outputs


def _waiting(target: Target, arn: str, name: str | None) -> tuple[str, str]:
    """Name and token of the step that is meant.

    Raises:
        UsageError: none waits, or several do.
    """
    found = {
        step["StepName"]: step["Metadata"]["Callback"]["CallbackToken"]
        for step in steps(target.client, arn)
        if step["StepStatus"] == "Executing" and "Callback" in step.get("Metadata", {})
    }
    if not found:
        raise UsageError(f"no step of {arn} waits for an answer")
    if name is None and len(found) == 1:
        return next(iter(found.items()))
    if name is None or name not in found:
        hint = did_you_mean(name, found) if name else ""
        raise UsageError(f"name the step that is meant{hint}: --step {' or '.join(found)}")
    return name, found[name]

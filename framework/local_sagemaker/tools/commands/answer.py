"""Answer a step that waits for a decision: let the execution continue with your outputs, or fail the step.

A Callback step puts a message into a queue and waits. The answer does not need the queue: the step's token, which is
part of the execution, is enough. Give each output that the step declares as NAME=VALUE.
"""

from __future__ import annotations

import argparse
from typing import Any

from local_sagemaker.near_names import did_you_mean
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.command_names import command_name
from local_sagemaker.tools.commands._names import add_execution
from local_sagemaker.tools.service.executions import find, steps
from local_sagemaker.tools.targets import Target
from local_sagemaker.tools.terminal.command_line import parameters

#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html
STATUSES = ("Approved", "Rejected", "PendingManualApproval")
EXAMPLES = (
    "pipelines answer --outputs ModelApprovalStatus=Approved --local           the newest execution",
    'pipelines answer t2gdxqkkly33 --fail "the data are from last year" --local',
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments: the execution, the step and the answer."""
    add_execution(parser)
    parser.add_argument("--step", metavar="STEP", help="the step to answer, if several wait")
    answer = parser.add_mutually_exclusive_group(required=True)
    answer.add_argument("--outputs", nargs="*", metavar="NAME=VALUE", help="let the step succeed with these outputs")
    answer.add_argument("--fail", metavar="REASON", help="fail the step, and with it the execution")


def run(arguments: argparse.Namespace, target: Target) -> dict[str, Any]:
    """Send the answer; return the execution's ARN, the step, and the command that shows the execution."""
    arn = find(target.client, arguments.execution)
    step, token = _find_step(target, arn, arguments.step)
    if arguments.fail is not None:
        target.client.send_pipeline_execution_step_failure(CallbackToken=token, FailureReason=arguments.fail)
    else:
        outputs = [{"Name": n, "Value": v} for n, v in _check(parameters(arguments.outputs, "--outputs")).items()]
        target.client.send_pipeline_execution_step_success(CallbackToken=token, OutputParameters=outputs)
    show_command = f"{command_name()} show {arn.rpartition('/')[2]}{target.options}"
    return {
        "execution_arn": arn,
        "step": step,
        "answer": "Succeeded" if arguments.fail is None else "Failed",
        "next": show_command,
    }


def text(result: dict[str, Any]) -> str:
    """Return the answer on one line, and the command that shows the execution."""
    return f"{result['step']}: {result['answer']}\n  next     {result['next']}"


def _check(outputs: dict[str, str]) -> dict[str, str]:
    """Return the outputs; raise UsageError if an approval status is invalid, which only the next step would notice."""
    status = outputs.get("ModelApprovalStatus", STATUSES[0])
    if status not in STATUSES:
        raise UsageError(
            f"ModelApprovalStatus is {status!r}{did_you_mean(status, STATUSES)}; it must be {', '.join(STATUSES)}"
        )
    return outputs


def _find_step(target: Target, arn: str, name: str | None) -> tuple[str, str]:
    """Return the name and the token of the waiting step.

    Raises:
        UsageError: no step waits, several wait and ``name`` is None, or the step ``name`` does not wait.
    """
    tokens = {
        step["StepName"]: step["Metadata"]["Callback"]["CallbackToken"]
        for step in steps(target.client, arn)
        if step["StepStatus"] == "Executing" and "Callback" in step.get("Metadata", {})
    }
    if not tokens:
        raise UsageError(f"no step of {arn} waits for an answer")
    if name is None and len(tokens) == 1:
        return next(iter(tokens.items()))
    if name is None or name not in tokens:
        hint = did_you_mean(name, tokens) if name else ""
        raise UsageError(f"name the step to answer{hint}: --step {' or '.join(tokens)}")
    return name, tokens[name]

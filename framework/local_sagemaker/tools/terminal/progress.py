"""Shows on stderr how an execution runs: one line per step, a spinner on a terminal, the end of a failed job's log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from local_sagemaker.tools.command_errors import Interrupted
from local_sagemaker.tools.command_names import command_name
from local_sagemaker.tools.service.executions import follow
from local_sagemaker.tools.service.logs import JobLog, shorten
from local_sagemaker.tools.service.results import listed_facts, summary
from local_sagemaker.tools.targets import Target
from local_sagemaker.tools.terminal.summaries import step_line

from rich.console import Console
from rich.text import Text

SECONDS_BETWEEN_LOOKS = {"local": 0.1, "aws": 10.0}


@contextmanager
def busy(activity: str) -> Iterator[None]:
    """Show a spinner with this text, on a terminal, while the block runs."""
    with _console().status(activity):
        yield


def _console() -> Console:
    return Console(stderr=True, highlight=False, soft_wrap=True)


def finish(
    target: Target, arn: str, pipeline: str | None = None, before: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    """Show the execution until it ends; return its summary.

    Args:
        target: the account that runs the execution.
        arn: the execution's ARN.
        pipeline: the pipeline's name, if it is known.
        before: the records of the steps before a retry.

    Raises:
        Interrupted: the user pressed Ctrl-C. The execution continues; the message says how to see and how to stop it.
    """
    try:
        return summary(target, _show(target, arn, before), pipeline)
    except KeyboardInterrupt:
        name = arn.rpartition("/")[2]
        raise Interrupted(
            f"interrupted; the execution continues\n"
            f"  see it:   {command_name()} show {name}{target.options}\n"
            f"  stop it:  {command_name()} stop {name}{target.options}"
        ) from None


def _show(target: Target, arn: str, before: Sequence[dict[str, Any]]) -> dict[str, Any]:
    console = _console()
    console.print(Text(f"execution {arn}", style="dim"))
    if kept_steps := [step["StepName"] for step in before if step["StepStatus"] == "Succeeded"]:
        console.print(Text(f"kept {', '.join(kept_steps)}", style="dim"))
    running: dict[str, None] = {}
    with console.status("starting") as status:

        def on_step(step: dict[str, Any]) -> None:
            facts = listed_facts(step)
            if facts["status"] == "Executing":
                running[facts["name"]] = None
                if "waits" in facts:
                    execution = arn.rpartition("/")[2]
                    console.print(
                        f"{facts['name']} waits: "
                        f"{command_name()} answer {execution} --outputs NAME=VALUE{target.options}"
                    )
            else:
                running.pop(facts["name"], None)
                console.print(step_line(facts))
                if facts["status"] == "Failed":
                    _explain(console, target, facts)
            status.update(", ".join(running) or "finishing")

        delay = SECONDS_BETWEEN_LOOKS["local" if target.root else "aws"]
        return follow(target.client, arn, delay, on_step, before)


def _explain(console: Console, target: Target, step: dict[str, Any]) -> None:
    """Print why a step failed: its reason, the end of its job's log, and the location of the full log."""
    reason = step.get("failure_reason", "no reason given")
    console.print(Text(f"  {shorten(reason)}", style="red"))
    if "job" in step:
        for line in JobLog(target.session.client("logs"), step["log_group"], step["job"]).last_lines():
            if line.removeprefix("error: ") not in reason:
                console.print(Text(f"  | {line}", style="dim"))
        file = target.root / "jobs" / step["job"] / "algo-1.log" if target.root else None
        console.print(f"  log: {file or '{log_group} {job}'.format(**step)}")

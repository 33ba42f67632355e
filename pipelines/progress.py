"""What a person sees of an execution, on stderr: a line a step, a spinner on a terminal, a failed log's end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipelines.executions import follow

from rich.console import Console
from rich.text import Text

COLOURS = {"Succeeded": "green", "Failed": "red", "Stopped": "yellow"}
LOG_GROUPS = {"ProcessingJob": "/aws/sagemaker/ProcessingJobs", "TrainingJob": "/aws/sagemaker/TrainingJobs"}
LOG_LINES = 12
LINE_CHARACTERS = 300
NAME_WIDTH = 40


@contextmanager
def busy(what: str) -> Iterator[None]:
    """A spinner on a terminal while something takes seconds."""
    with _console().status(what):
        yield


def _console() -> Console:
    return Console(stderr=True, highlight=False, soft_wrap=True)


def show(session: Any, arn: str, delay: float, root: Path | None) -> dict[str, Any]:
    """Follow the execution to its end; the last DescribePipelineExecution.

    Args:
        session: boto3's, of the account that runs the execution.
        arn: of the execution.
        delay: seconds between two looks.
        root: the root folder of a local account, where the logs are files.
    """
    console = _console()
    console.print(Text(f"execution {arn}", style="dim"))
    running: dict[str, None] = {}
    with console.status("starting") as status:

        def on_step(step: dict[str, Any]) -> None:
            name = step["StepName"]
            if step["StepStatus"] == "Executing":
                running[name] = None
            else:
                running.pop(name, None)
                console.print(_line(step))
                if step["StepStatus"] == "Failed":
                    _explain(console, session, step, root)
            status.update(", ".join(running) or "finishing")

        return follow(session.client("sagemaker"), arn, delay, on_step)


def _line(step: dict[str, Any]) -> Text:
    """``PreprocessAbaloneData ..... Succeeded    1.2 s``, with the outcome where a condition has one."""
    name, status = step["StepName"], step["StepStatus"]
    seconds = (step["EndTime"] - step["StartTime"]).total_seconds() if "EndTime" in step else 0.0
    outcome = step.get("Metadata", {}).get("Condition", {}).get("Outcome", "")
    line = Text(f"{name} ".ljust(NAME_WIDTH, ".") + " ")
    line.append(status.ljust(9), style=COLOURS.get(status, ""))
    return line.append(f" {seconds:7.1f} s" + (f"  {outcome}" if outcome else ""))


def _explain(console: Console, session: Any, step: dict[str, Any], root: Path | None) -> None:
    console.print(Text(f"  {_printable(step.get('FailureReason', 'no reason given'))}", style="red"))
    for kind, group in LOG_GROUPS.items():
        if job := step.get("Metadata", {}).get(kind, {}).get("Arn", "").rpartition("/")[2]:
            for line in last_log_lines(session.client("logs"), group, job):
                if line.removeprefix("error: ") not in step.get("FailureReason", ""):
                    console.print(Text(f"  | {line}", style="dim"))
            console.print(f"  log: {root / 'jobs' / job / 'algo-1.log' if root else f'{group} {job}'}")


def last_log_lines(logs: Any, group: str, job: str, count: int = LOG_LINES) -> list[str]:
    """The last lines of a job's first log; none where there is no log yet.

    Args:
        logs: boto3's CloudWatch Logs client.
        group: the log group.
        job: the job's name.
        count: how many lines at most.
    """
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{job}/")["logStreams"]
    if not streams:
        return []
    events = logs.get_log_events(logGroupName=group, logStreamName=streams[0]["logStreamName"], limit=count)
    return [_printable(event["message"]) for event in events["events"]]


def _printable(line: str) -> str:
    """A line that cannot take over the terminal: no control characters, and not of any length."""
    text = "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in line[:LINE_CHARACTERS])
    return text + ("..." if len(line) > LINE_CHARACTERS else "")

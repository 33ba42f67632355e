"""Renders an execution as text: a line for each step, then the outcome and the next commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from local_sagemaker.tools.command_names import command_name
from local_sagemaker.tools.service import registry, s3
from local_sagemaker.tools.service.logs import shorten
from local_sagemaker.tools.service.results import is_violated
from local_sagemaker.tools.targets import local_option

if TYPE_CHECKING:  # imported only where text is rendered: see ``output``
    from rich.text import Text

COLOURS = {
    "Succeeded": "green",
    "Failed": "red",
    "Stopped": "yellow",
    "Executing": "cyan",
    "Approved": "green",
    "Rejected": "red",
}
NAME_WIDTH = 40
MAX_COLUMNS = 10


def step_line(step: dict[str, Any]) -> Text:
    """Return a line such as ``PreprocessAbaloneData ..... Succeeded    1.2 s``, with a condition's outcome, if any."""
    from rich.text import Text

    line = Text(f"{step['name']} ".ljust(NAME_WIDTH, ".") + " ")
    line.append(step["status"].ljust(9), style=COLOURS.get(step["status"], ""))
    line.append(f" {step['seconds']:7.1f} s" if "seconds" in step else "")
    line.append(f"  {step['outcome']}" if "outcome" in step else "")
    return line.append(f"  attempt {step['attempts']}" if "attempts" in step else "")


def text(result: dict[str, Any]) -> str:
    """Return the result as lines of text."""
    lines = [f"{result['pipeline']}: {result['status']}"]
    reasons = [f"{s['name']}: {s['failure_reason']}" for s in result["steps"] if "failure_reason" in s]
    lines += [f"  reason   {shorten(r)}" for r in reasons or filter(None, [result["failure_reason"]])]
    lines += [
        f"  report   {s3.place(s['violations'], result.get('root'))}" for s in result["steps"] if "violations" in s
    ]
    violated = [(name, sentences) for s in result["steps"] for name, sentences in s.get("violated", {}).items()]
    lines += [f"  violates {name}: {shorten(' '.join(sentences))}" for name, sentences in violated[:MAX_COLUMNS]]
    lines += [f"           and {len(violated) - MAX_COLUMNS} more"] if len(violated) > MAX_COLUMNS else []
    lines += [f"  tuned    {_best_job_text(step['best'])}" for step in result["steps"] if step.get("best")]
    for model in result["model_packages"]:
        lines.append(f"  model    {model['arn']} ({model['approval_status']})")
        lines += [f"  metric   {metrics_text(model)}"] if "metric" in model else []
        lines.append(f"  files    {s3.place(model['model_data'], result.get('root'))}")
    if batch := result.get("batch"):
        left_out = batch["rows"]["read"] - batch["rows"]["written"]
        counts = f"{batch['rows']['read']} read, {left_out} left out" + _first_instance_note(batch)
        lines.append(f"  rows     {counts} ({s3.place(batch['report'], result.get('root'))})")
    lines += [f"  scores   {s3.place(uri, result.get('root'))}" for uri in result.get("scores", ())]
    lines.append(f"  record   {result['execution_arn']}")
    return "\n".join([*lines, *(f"  next     {command_name()} {command}" for command in _next_commands(result))])


def _best_job_text(best: dict[str, Any]) -> str:
    values = " ".join(f"{name}={value}" for name, value in sorted(best["hyperparameters"].items()))
    return shorten(f"{best['metric']} = {best['value']:.4f}, the best of {best['jobs']}: {values}")


def _first_instance_note(batch: dict[str, Any]) -> str:
    return f", on the first of {batch['instances']} instances" if batch["instances"] > 1 else ""


def _next_commands(result: dict[str, Any]) -> list[str]:
    """Return the subcommands that a user is likely to need next."""
    option = local_option(Path(result["root"])) if "root" in result else ""
    name = result["execution_arn"].rpartition("/")[2] + option
    if result["status"] == "Succeeded":
        waiting = [m for m in result["model_packages"] if m["approval_status"] == registry.PENDING]
        return [f"approve {m['group']}/{m['version']}{option}" for m in waiting]
    if result["status"] == "Executing":
        answers = [f"answer {name} --step {s['name']} --outputs NAME=VALUE" for s in result["steps"] if "waits" in s]
        return [*answers, f"logs -f {name}", f"stop {name}"]
    if violated := [step for step in result["steps"] if step["status"] == "Failed" and is_violated(step)]:
        groups = [step["group"] for step in violated if "group" in step]
        baseline = [f"baseline {groups[0]}{option}  # docs/checks.md says what to do with it"] if groups else []
        return [f"show {name} --violations", *baseline]
    can_be_retried = result["status"] in ("Failed", "Stopped") and not any("is_fail" in s for s in result["steps"])
    return [f"logs {name}", *([f"retry {name}"] if can_be_retried else [])]


def metrics_text(model: dict[str, Any]) -> str:
    """Return a text such as ``regression_metrics.mse.value = 4.9 (limit 6.0, the naive prediction gives 10.5)``."""
    naive = f", the naive prediction gives {model['naive']:.4f}" if "naive" in model else ""
    return f"{model['metric']} = {model['value']:.4f} (limit {model['threshold']}{naive})"

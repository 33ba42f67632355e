"""An execution as a person reads it: a line a step, and in the end what came of it and what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from local_sagemaker.tools.service import registry, s3
from local_sagemaker.tools.service.logs import shortened
from local_sagemaker.tools.service.results import is_violated
from local_sagemaker.tools.targets import local_option

if TYPE_CHECKING:  # as in ``output``
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
    """``PreprocessAbaloneData ..... Succeeded    1.2 s``, with the outcome where a condition has one."""
    from rich.text import Text

    line = Text(f"{step['name']} ".ljust(NAME_WIDTH, ".") + " ")
    line.append(step["status"].ljust(9), style=COLOURS.get(step["status"], ""))
    line.append(f" {step['seconds']:7.1f} s" if "seconds" in step else "")
    line.append(f"  {step['outcome']}" if "outcome" in step else "")
    return line.append(f"  attempt {step['attempts']}" if "attempts" in step else "")


def text(result: dict[str, Any]) -> str:
    """The result for a person."""
    lines = [f"{result['pipeline']}: {result['status']}"]
    reasons = [f"{s['name']}: {s['failure_reason']}" for s in result["steps"] if "failure_reason" in s]
    lines += [f"  reason   {shortened(r)}" for r in reasons or filter(None, [result["failure_reason"]])]
    lines += [
        f"  report   {s3.place(s['violations'], result.get('root'))}" for s in result["steps"] if "violations" in s
    ]
    violated = [(name, words) for s in result["steps"] for name, words in s.get("violated", {}).items()]
    lines += [f"  violates {name}: {shortened(' '.join(words))}" for name, words in violated[:MAX_COLUMNS]]
    lines += [f"           and {len(violated) - MAX_COLUMNS} more"] if len(violated) > MAX_COLUMNS else []
    lines += [f"  tuned    {_best(step['best'])}" for step in result["steps"] if step.get("best")]
    for model in result["model_packages"]:
        lines.append(f"  model    {model['arn']} ({model['approval_status']})")
        lines += [f"  metric   {metrics_text(model)}"] if "metric" in model else []
        lines.append(f"  files    {s3.place(model['model_data'], result.get('root'))}")
    if batch := result.get("batch"):
        left_out = batch["rows"]["read"] - batch["rows"]["written"]
        words = f"{batch['rows']['read']} read, {left_out} left out" + _of_first_instance(batch)
        lines.append(f"  rows     {words} ({s3.place(batch['report'], result.get('root'))})")
    lines += [f"  scores   {s3.place(uri, result.get('root'))}" for uri in result.get("scores", ())]
    lines.append(f"  record   {result['execution_arn']}")
    return "\n".join([*lines, *(f"  next     pipelines {words}" for words in _next(result))])


def _best(best: dict[str, Any]) -> str:
    values = " ".join(f"{name}={value}" for name, value in sorted(best["hyperparameters"].items()))
    return shortened(f"{best['metric']} = {best['value']:.4f}, the best of {best['jobs']}: {values}")


def _of_first_instance(batch: dict[str, Any]) -> str:
    return f" by the first of {batch['instances']} instances" if batch["instances"] > 1 else ""


def _next(result: dict[str, Any]) -> list[str]:
    """What a person would want to do then."""
    option = local_option(Path(result["root"])) if "root" in result else ""
    name = result["execution_arn"].rpartition("/")[2] + option
    if result["status"] == "Succeeded":
        waiting = [m for m in result["model_packages"] if m["approval_status"] == registry.PENDING]
        return [f"approve {m['group']}/{m['version']}{option}" for m in waiting]
    if result["status"] == "Executing":
        asked = [f"answer {name} --step {s['name']} --outputs NAME=VALUE" for s in result["steps"] if "waits" in s]
        return [*asked, f"logs -f {name}", f"stop {name}"]
    if refused := [step for step in result["steps"] if step["status"] == "Failed" and is_violated(step)]:
        group = [step["group"] for step in refused if "group" in step]
        of_group = [f"baseline {group[0]}{option}  # and docs/checks.md says what to do with it"] if group else []
        return [f"show {name} --violations", *of_group]
    can_be_retried = result["status"] in ("Failed", "Stopped") and not any("is_fail" in s for s in result["steps"])
    return [f"logs {name}", *([f"retry {name}"] if can_be_retried else [])]


def metrics_text(model: dict[str, Any]) -> str:
    """``regression_metrics.mse.value = 4.9 (limit 6.0, the naive prediction gives 10.5)``."""
    naive = f", the naive prediction gives {model['naive']:.4f}" if "naive" in model else ""
    return f"{model['metric']} = {model['value']:.4f} (limit {model['threshold']}{naive})"

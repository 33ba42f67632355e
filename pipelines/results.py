"""What an execution came to, or how it stands: status, steps, the registered model with its metrics, its files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines import registry, tuning_jobs, violations
from pipelines.executions import steps
from pipelines.logs import CHECKS, GROUPS, jobs, shortened
from pipelines.targets import Target, local_option
from pipelines.violations import output_of

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
VIOLATIONS = 3
REPORT = "report"  # the output of a step that preprocesses a batch, and the file in it


def summary(target: Target, execution: dict[str, Any], pipeline: str | None = None) -> dict[str, Any]:
    """A JSON object for a program; ``text`` makes of it what a person reads.

    Args:
        target: of the account that runs the execution.
        execution: its DescribePipelineExecution.
        pipeline: the pipeline's name, where it is known.
    """
    arn = execution["PipelineExecutionArn"]
    started = list(steps(target.client, arn))
    packages = [s["Metadata"]["RegisterModel"]["Arn"] for s in started if "RegisterModel" in s.get("Metadata", {})]
    result: dict[str, Any] = {
        "pipeline": pipeline or execution["PipelineArn"].rpartition("/")[2],
        "execution_arn": arn,
        "status": execution["PipelineExecutionStatus"],
        "failure_reason": execution.get("FailureReason") or None,
        "steps": [_with_findings(target, step_facts(step)) for step in started],
        "model_packages": [
            registry.model(target, target.client.describe_model_package(ModelPackageName=arn)) for arn in packages
        ],
    }
    return result | ({} if packages else _scored(target, started)) | target.where


def _scored(target: Target, started: list[dict[str, Any]]) -> dict[str, Any]:
    """Of an execution that registers nothing: where its scores are, and what became of the rows that it was given."""
    made = [job for step in started if step["StepStatus"] == "Succeeded" for job in jobs(step.get("Metadata", {}))]
    uris = [output_of(target, job, REPORT) for kind, job in made if kind == "ProcessingJob"]
    reports = [(uri, registry.read_json(target, f"{uri}/{REPORT}.json")) for uri in uris if uri]
    batches = [{"report": uri} | found for uri, found in reports if isinstance(found, dict) and "instances" in found]
    return {"scores": _scores(target, started)} | ({"batch": batches[0]} if batches else {})


def _scores(target: Target, started: list[dict[str, Any]]) -> list[str]:
    """The prefixes below which an execution that registers nothing left its scores."""
    arns = [s["Metadata"]["TransformJob"]["Arn"] for s in started if "TransformJob" in s.get("Metadata", {})]
    described = (target.client.describe_transform_job(TransformJobName=arn.rpartition("/")[2]) for arn in arns)
    return [job["TransformOutput"]["S3OutputPath"] for job in described if job["TransformJobStatus"] == "Completed"]


def step_facts(step: dict[str, Any]) -> dict[str, Any]:
    """One of ListPipelineExecutionSteps, in short; a member that has nothing to say is not there."""
    metadata = step.get("Metadata", {})
    check: dict[str, Any] = next((metadata[name] for name in CHECKS if name in metadata), {})
    kind, job = next(iter(jobs(metadata)), (None, None))
    ended = (step["EndTime"] - step["StartTime"]).total_seconds() if step.get("EndTime") else None
    facts = {
        "name": step["StepName"],
        "status": step["StepStatus"],
        "seconds": ended,
        "outcome": metadata.get("Condition", {}).get("Outcome"),
        "failure_reason": step.get("FailureReason"),
        "attempts": step["AttemptCount"] if step.get("AttemptCount", 1) > 1 else None,
        "log_group": GROUPS[kind] if kind else None,
        "job": job,
        "tuning_job": tuning_jobs.name_of(metadata),
        "waits": True if "Callback" in metadata and step["StepStatus"] == "Executing" else None,
        "is_fail": True if "Fail" in metadata else None,
        "violations": check.get("ViolationReport"),
        "group": check.get("ModelPackageGroupName"),
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def _with_findings(target: Target, step: dict[str, Any]) -> dict[str, Any]:
    """The step, and what its check found: ``{column, metric, or facet with metric: [description, ...]}``; or the best
    model that it has tuned.
    """
    if "tuning_job" in step:
        return step | {"best": tuning_jobs.best(target.client, step["tuning_job"])}
    if "violations" not in step:
        return step
    report = registry.read_json(target, step["violations"]) or {}
    violated: dict[str, list[str]] = {}
    for violation in report.get("violations", ()):
        violated.setdefault(violations.column(violation), []).append(violation["description"])
    return step | {"violated": violated}


def exit_code(result: dict[str, Any]) -> int:
    """0 where the execution succeeded, runs or was only shown; 3 where a check found violations, or one of
    violations.OUTPUTS ended it; 1 where it failed."""
    if result["status"] in ("Succeeded", "Executing"):
        return 0
    failed = [step for step in result["steps"] if step["status"] == "Failed"]
    return VIOLATIONS if any(map(_is_violated, failed)) else 1


def _is_violated(step: dict[str, Any]) -> bool:
    """Whether a step that failed did so because of what a check found."""
    return "violations" in step or step["name"] in violations.OUTPUTS


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
        f"  report   {registry.place(s['violations'], result.get('root'))}"
        for s in result["steps"]
        if "violations" in s
    ]
    violated = [(name, words) for s in result["steps"] for name, words in s.get("violated", {}).items()]
    lines += [f"  violates {name}: {shortened(' '.join(words))}" for name, words in violated[:MAX_COLUMNS]]
    lines += [f"           and {len(violated) - MAX_COLUMNS} more"] if len(violated) > MAX_COLUMNS else []
    lines += [f"  tuned    {_best(step['best'])}" for step in result["steps"] if step.get("best")]
    for model in result["model_packages"]:
        lines.append(f"  model    {model['arn']} ({model['approval_status']})")
        lines += [f"  metric   {measured(model)}"] if "metric" in model else []
        lines.append(f"  files    {registry.place(model['model_data'], result.get('root'))}")
    if batch := result.get("batch"):
        left_out = batch["rows"]["read"] - batch["rows"]["written"]
        words = f"{batch['rows']['read']} read, {left_out} left out" + _of_first_instance(batch)
        lines.append(f"  rows     {words} ({registry.place(batch['report'], result.get('root'))})")
    lines += [f"  scores   {registry.place(uri, result.get('root'))}" for uri in result.get("scores", ())]
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
    if refused := [step for step in result["steps"] if step["status"] == "Failed" and _is_violated(step)]:
        group = [step["group"] for step in refused if "group" in step]
        of_group = [f"baseline {group[0]}{option}  # and docs/checks.md says what to do with it"] if group else []
        return [f"show {name} --violations", *of_group]
    can_be_retried = result["status"] in ("Failed", "Stopped") and not any("is_fail" in s for s in result["steps"])
    return [f"logs {name}", *([f"retry {name}"] if can_be_retried else [])]


def measured(model: dict[str, Any]) -> str:
    """``regression_metrics.mse.value = 4.9 (limit 6.0, predicting the mean gives 10.5)``."""
    naive = f", predicting the mean gives {model['naive']:.4f}" if "naive" in model else ""
    return f"{model['metric']} = {model['value']:.4f} (limit {model['threshold']}{naive})"

"""What an execution came to, or how it stands: status, steps, the registered model with its metrics, its files."""

from __future__ import annotations

from typing import Any

from local_sagemaker.tools import reports
from local_sagemaker.tools.service import registry, s3, tuning_jobs, violations
from local_sagemaker.tools.service.checks import check_in_execution
from local_sagemaker.tools.service.executions import steps
from local_sagemaker.tools.service.step_metadata import GROUPS, described_job, jobs, output_of
from local_sagemaker.tools.targets import Target

VIOLATIONS_EXIT_CODE = 3
BATCH_REPORT = "report"  # the output of a step that preprocesses a batch, and the file in it


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
        "steps": [_with_findings(target, step_facts(target, step)) for step in started],
        "model_packages": [
            registry.model(target, target.client.describe_model_package(ModelPackageName=arn)) for arn in packages
        ],
    }
    return result | ({} if packages else _scored(target, started)) | target.where


def _scored(target: Target, started: list[dict[str, Any]]) -> dict[str, Any]:
    """Of an execution that registers nothing: where its scores are, and what became of the rows that it was given."""
    made = [job for step in started if step["StepStatus"] == "Succeeded" for job in jobs(step.get("Metadata", {}))]
    uris = [output_of(described_job(target, job), BATCH_REPORT) for kind, job in made if kind == "ProcessingJob"]
    reports = [(uri, s3.read_json(target, f"{uri}/{BATCH_REPORT}.json")) for uri in uris if uri]
    batches = [{"report": uri} | found for uri, found in reports if isinstance(found, dict) and "instances" in found]
    return {"scores": _scores(target, started)} | ({"batch": batches[0]} if batches else {})


def _scores(target: Target, started: list[dict[str, Any]]) -> list[str]:
    """The prefixes below which an execution that registers nothing left its scores."""
    arns = [s["Metadata"]["TransformJob"]["Arn"] for s in started if "TransformJob" in s.get("Metadata", {})]
    described = (target.client.describe_transform_job(TransformJobName=arn.rpartition("/")[2]) for arn in arns)
    return [job["TransformOutput"]["S3OutputPath"] for job in described if job["TransformJobStatus"] == "Completed"]


def step_facts(target: Target, step: dict[str, Any]) -> dict[str, Any]:
    """One of ListPipelineExecutionSteps, in short; a member that has nothing to say is not there."""
    check = (check_in_execution(target, step) if step.get("EndTime") else None) or {}
    found = {"violations": check.get("ViolationReport"), "group": check.get("ModelPackageGroupName")}
    return listed_facts(step) | {name: fact for name, fact in found.items() if fact is not None}


def listed_facts(step: dict[str, Any]) -> dict[str, Any]:
    """What ListPipelineExecutionSteps says of a step: all but what a check has found, which takes a call for each."""
    metadata = step.get("Metadata", {})
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
    report = s3.read_json(target, step["violations"]) or {}
    violated: dict[str, list[str]] = {}
    for violation in report.get("violations", ()):
        violated.setdefault(violations.column(violation), []).append(violation["description"])
    return step | {"violated": violated}


def exit_code(result: dict[str, Any]) -> int:
    """0 where the execution succeeded, runs or was only shown; 3 where a check found violations, or one of
    reports.OUTPUTS ended it; 1 where it failed."""
    if result["status"] in ("Succeeded", "Executing"):
        return 0
    failed = [step for step in result["steps"] if step["status"] == "Failed"]
    return VIOLATIONS_EXIT_CODE if any(map(is_violated, failed)) else 1


def is_violated(step: dict[str, Any]) -> bool:
    """Whether a step that failed did so because of what a check found."""
    return "violations" in step or step["name"] in reports.OUTPUTS

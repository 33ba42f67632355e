"""Summarises an execution that runs or has ended: status, steps, the registered model with its metrics, its files."""

from __future__ import annotations

from typing import Any

from local_sagemaker.tools import reports
from local_sagemaker.tools.service import registry, s3, tuning_jobs, violations
from local_sagemaker.tools.service.checks import check_result
from local_sagemaker.tools.service.executions import steps
from local_sagemaker.tools.service.step_metadata import LOG_GROUPS, completed_output_uri, describe_processing_job, jobs
from local_sagemaker.tools.targets import Target

VIOLATIONS_EXIT_CODE = 3
BATCH_REPORT = "report"  # the name of an output of the step that preprocesses a batch, and of the file in it


def summary(target: Target, execution: dict[str, Any], pipeline: str | None = None) -> dict[str, Any]:
    """Return an execution's summary as a JSON object; ``summaries.text`` renders it for users.

    Args:
        target: the account that runs the execution.
        execution: the response of DescribePipelineExecution.
        pipeline: the pipeline's name, if it is known.
    """
    arn = execution["PipelineExecutionArn"]
    started = list(steps(target.client, arn))
    packages = [s["Metadata"]["RegisterModel"]["Arn"] for s in started if "RegisterModel" in s.get("Metadata", {})]
    result: dict[str, Any] = {
        "pipeline": pipeline or execution["PipelineArn"].rpartition("/")[2],
        "execution_arn": arn,
        "status": execution["PipelineExecutionStatus"],
        "failure_reason": execution.get("FailureReason") or None,
        "steps": [_with_violations(target, step_facts(target, step)) for step in started],
        "model_packages": [
            registry.model(target, target.client.describe_model_package(ModelPackageName=arn)) for arn in packages
        ],
    }
    return result | ({} if packages else _batch_results(target, started)) | target.where


def _batch_results(target: Target, started: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the S3 prefixes of an execution's scores and its row counts, if it registers no model."""
    ended = [job for step in started if step["StepStatus"] == "Succeeded" for job in jobs(step.get("Metadata", {}))]
    uris = [
        completed_output_uri(describe_processing_job(target, job), BATCH_REPORT)
        for job_kind, job in ended
        if job_kind == "ProcessingJob"
    ]
    documents = [(uri, s3.read_json(target, f"{uri}/{BATCH_REPORT}.json")) for uri in uris if uri]
    batches = [
        {"report": uri} | report for uri, report in documents if isinstance(report, dict) and "instances" in report
    ]
    return {"scores": _score_prefixes(target, started)} | ({"batch": batches[0]} if batches else {})


def _score_prefixes(target: Target, started: list[dict[str, Any]]) -> list[str]:
    """Return the S3 prefixes to which the completed transform jobs of an execution wrote."""
    arns = [s["Metadata"]["TransformJob"]["Arn"] for s in started if "TransformJob" in s.get("Metadata", {})]
    descriptions = (target.client.describe_transform_job(TransformJobName=arn.rpartition("/")[2]) for arn in arns)
    return [job["TransformOutput"]["S3OutputPath"] for job in descriptions if job["TransformJobStatus"] == "Completed"]


def step_facts(target: Target, step: dict[str, Any]) -> dict[str, Any]:
    """Return the facts about a step, a record of ListPipelineExecutionSteps; members without a value are left out."""
    check = (check_result(target, step) if step.get("EndTime") else None) or {}
    check_facts = {"violations": check.get("ViolationReport"), "group": check.get("ModelPackageGroupName")}
    return listed_facts(step) | {name: fact for name, fact in check_facts.items() if fact is not None}


def listed_facts(step: dict[str, Any]) -> dict[str, Any]:
    """Return the facts that ListPipelineExecutionSteps has about a step.

    The results of a check are not among them, as they take another call for each step.
    """
    metadata = step.get("Metadata", {})
    job_kind, job = next(iter(jobs(metadata)), (None, None))
    seconds = (step["EndTime"] - step["StartTime"]).total_seconds() if step.get("EndTime") else None
    facts = {
        "name": step["StepName"],
        "status": step["StepStatus"],
        "seconds": seconds,
        "outcome": metadata.get("Condition", {}).get("Outcome"),
        "failure_reason": step.get("FailureReason"),
        "attempts": step["AttemptCount"] if step.get("AttemptCount", 1) > 1 else None,
        "log_group": LOG_GROUPS[job_kind] if job_kind else None,
        "job": job,
        "tuning_job": tuning_jobs.tuning_job_name(metadata),
        "waits": True if "Callback" in metadata and step["StepStatus"] == "Executing" else None,
        "is_fail": True if "Fail" in metadata else None,
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def _with_violations(target: Target, step: dict[str, Any]) -> dict[str, Any]:
    """Return the step's facts with its check's violations, or with the best job of its tuning.

    ``violated`` is ``{column, metric, or facet with metric: [description, ...]}``.
    """
    if "tuning_job" in step:
        return step | {"best": tuning_jobs.best_job(target.client, step["tuning_job"])}
    if "violations" not in step:
        return step
    report = s3.read_json(target, step["violations"]) or {}
    violated: dict[str, list[str]] = {}
    for violation in report.get("violations", ()):
        violated.setdefault(violations.column(violation), []).append(violation["description"])
    return step | {"violated": violated}


def exit_code(result: dict[str, Any]) -> int:
    """Return 0 if the execution succeeded or is running, 3 if it failed because of violations, else 1.

    Violations are those of a check, or those because of which a step of ``reports.REPORT_OUTPUTS`` ended the execution.
    """
    if result["status"] in ("Succeeded", "Executing"):
        return 0
    failed = [step for step in result["steps"] if step["status"] == "Failed"]
    return VIOLATIONS_EXIT_CODE if any(map(is_violated, failed)) else 1


def is_violated(step: dict[str, Any]) -> bool:
    """Return whether a failed step failed because of violations."""
    return "violations" in step or step["name"] in reports.REPORT_OUTPUTS

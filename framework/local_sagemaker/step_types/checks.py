"""Runs QualityCheck and ClarifyCheck steps: jobs that compute a baseline and compare it with the previous one.

A step can skip the comparison.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-quality-check
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from local_sagemaker.account import Account
from local_sagemaker.errors import JobError, ValidationError
from local_sagemaker.images.clarify import MODEL
from local_sagemaker.objects import split_uri
from local_sagemaker.operations import jobs, registry
from local_sagemaker.step_types.handler import Handler, Outcome, Request
from local_sagemaker.step_types.operation_steps import poll_operation, start_operation
from model_monitor import lifecycle
from model_monitor.lifecycle import Baseline, Plan
from model_monitor.monitor_error import MonitorError

JOB_KIND = "ProcessingJob"
RECORD_KIND = "check"  # kind of the record that stores the settings of a check's job
BASELINE_FOLDER = "/opt/ml/processing/baseline"  # the inputs with the files of the previous baseline are below it
VIOLATIONS_FILE = "constraint_violations.json"


class Check(NamedTuple):
    """A step type that checks a baseline: its names in metadata and in messages, and the files that its job writes."""

    name: str
    label: str
    files: Baseline


#: Step type -> its names and files.
CHECK_TYPES = {
    "ClarifyCheck": Check("ClarifyCheck", "Clarify check", lifecycle.ANALYSIS_FILES),
    "QualityCheck": Check("QualityCheck", "Quality check", lifecycle.QUALITY_FILES),
}


def start(check: Check, account: Account, request: Request) -> Outcome:
    """Start the job; if the check compares with the previous baseline, add that to the job's inputs.

    Raises:
        JobError: if the step needs a previous baseline and there is none.
    """
    uri = request.arguments["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"].rstrip("/")
    new = Baseline(*(file and f"{uri}/{file}" for file in check.files))
    plan = _plan(account, request.settings, new)
    record = _check_record(request.settings, new, plan, f"{uri}/{VIOLATIONS_FILE}")
    account.store.insert(RECORD_KIND, request.job_name, record, parent=(JOB_KIND, request.job_name))
    arguments = with_model(with_baseline(request.arguments, plan.compare_with), request.settings.get("ModelName"))
    outcome = start_operation(account, replace(request, arguments=arguments), JOB_KIND, "create_processing_job")
    return _step_outcome(check, account, request.job_name, outcome)


def poll(check: Check, account: Account, job_name: str) -> Outcome:
    """Return the job's outcome and, once it has ended, whether there are violations."""
    return _step_outcome(
        check, account, job_name, poll_operation(account, job_name, JOB_KIND, jobs.describe_processing_job)
    )


def with_model(arguments: dict[str, Any], name: str | None) -> dict[str, Any]:
    """Return the job's request; its environment names the model to call, if the step's settings do."""
    return arguments | {"Environment": arguments.get("Environment", {}) | ({MODEL: name} if name else {})}


def with_baseline(arguments: dict[str, Any], baseline: Baseline | None) -> dict[str, Any]:
    """Return the job's request with a baseline's files as inputs, and environment variables that hold their paths."""
    files = {name: uri for name, uri in (baseline or Baseline())._asdict().items() if uri}
    inputs = [
        {
            "InputName": f"baseline_{name}",
            "S3Input": {
                "S3Uri": uri,
                "LocalPath": f"{BASELINE_FOLDER}/{name}",
                "S3DataType": "S3Prefix",
                "S3InputMode": "File",
            },
        }
        for name, uri in files.items()
    ]
    variables = {
        f"baseline_{name}": f"{BASELINE_FOLDER}/{name}/{uri.rpartition('/')[2]}" for name, uri in files.items()
    }
    return arguments | {
        "ProcessingInputs": [*arguments.get("ProcessingInputs", ()), *inputs],
        "Environment": arguments.get("Environment", {}) | variables,
    }


def _plan(account: Account, settings: dict[str, Any], new: Baseline) -> Plan:
    check_type, package = settings["CheckType"], _latest_approved(account, settings.get("ModelPackageGroupName"))
    supplied = Baseline(settings.get("SuppliedBaselineStatistics"), settings.get("SuppliedBaselineConstraints"))
    previous = lifecycle.previous_baseline(supplied, lifecycle.registered_baseline(check_type, package))
    try:
        return lifecycle.plan(check_type, *_flags(settings), previous, new)
    except MonitorError as error:
        raise JobError(f"ClientError: {error}") from None


def _latest_approved(account: Account, group: str | None) -> dict[str, Any] | None:
    if not group:
        return None
    try:
        packages = registry.list_model_packages(account, ModelPackageGroupName=group, ModelApprovalStatus="Approved")
    except ValidationError:  # no such group: nothing was ever registered
        return None
    newest = packages["ModelPackageSummaryList"][:1]
    return registry.describe_model_package(account, ModelPackageName=newest[0]["ModelPackageArn"]) if newest else None


def _flags(settings: dict[str, Any]) -> tuple[bool, bool]:
    return bool(settings.get("SkipCheck")), bool(settings.get("RegisterNewBaseline"))


def _check_record(settings: dict[str, Any], new: Baseline, plan: Plan, report: str) -> dict[str, Any]:
    """Return the record that the check needs when its job has ended."""
    skip, register = _flags(settings)
    properties = _baseline_properties("CalculatedBaseline", new) | _baseline_properties(
        "BaselineUsedForDriftCheck", plan.used
    )
    metadata = properties | {
        "CheckType": settings["CheckType"],
        "ModelPackageGroupName": settings.get("ModelPackageGroupName"),
        "SkipCheck": skip,
        "RegisterNewBaseline": register,
    }
    return {
        "Properties": properties,
        "Metadata": {name: value for name, value in metadata.items() if value is not None},
        "Report": report if plan.compare_with else None,
        "FailOnViolation": settings.get("FailOnViolation", True),
    }


def _baseline_properties(prefix: str, baseline: Baseline) -> dict[str, str]:
    return {f"{prefix}{name.capitalize()}": uri for name, uri in baseline._asdict().items() if uri}


def _step_outcome(check: Check, account: Account, job_name: str, job_outcome: Outcome) -> Outcome:
    """Turn the job's outcome into the step's."""
    record = account.store.get(RECORD_KIND, job_name) or {}
    metadata = record["Metadata"] | {"CheckJobArn": job_outcome.metadata[JOB_KIND]["Arn"]}
    status, reason = job_outcome.status, job_outcome.reason
    if status == "Succeeded" and record["Report"] and _has_violations(account, record["Report"]):
        metadata["ViolationReport"] = record["Report"]
        if record["FailOnViolation"]:
            status = "Failed"
            reason = f"ClientError: {check.label} failed. See violation report {record['Report']} for more details."
    return Outcome(status, job_outcome.properties | record["Properties"], {check.name: metadata}, reason)


def _has_violations(account: Account, report: str) -> bool:
    """Return whether the report lists violations; Clarify writes no report if it finds none."""
    if account.objects.find(*split_uri(report)) is None:
        return False
    return bool(json.loads(account.objects.read_text(report))["violations"])


def _stop(account: Account, job_name: str) -> None:
    jobs.stop_processing_job(account, ProcessingJobName=job_name)


HANDLERS = {
    step_type: Handler("emulated", partial(start, check), partial(poll, check), _stop)
    for step_type, check in CHECK_TYPES.items()
}

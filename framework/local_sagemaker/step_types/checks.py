"""QualityCheck and ClarifyCheck: processing jobs that compute a baseline and, unless told to skip it, check against the
previous one.

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

JOB = "ProcessingJob"
KIND = "check"  # of the record that says what a check's job is for
RESULT_FOLDER = "/opt/ml/processing/baseline"
VIOLATIONS_FILE = "constraint_violations.json"


class Check(NamedTuple):
    """A step type: what it is called in metadata and messages, and the files that its job leaves."""

    name: str
    words: str
    files: Baseline


#: Step type -> what is particular of it.
CHECK_TYPES = {
    "ClarifyCheck": Check("ClarifyCheck", "Clarify check", lifecycle.ANALYSIS),
    "QualityCheck": Check("QualityCheck", "Quality check", lifecycle.QUALITY),
}


def start(check: Check, account: Account, request: Request) -> Outcome:
    """Start the job, with the previous baseline among its inputs where it is to be compared with.

    Raises:
        JobError: there is no previous baseline, and the step needs one.
    """
    uri = request.arguments["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"].rstrip("/")
    new = Baseline(*(file and f"{uri}/{file}" for file in check.files))
    plan = _plan(account, request.settings, new)
    record = _record(request.settings, new, plan, f"{uri}/{VIOLATIONS_FILE}")
    account.store.insert(KIND, request.job_name, record, parent=(JOB, request.job_name))
    arguments = with_model(with_baseline(request.arguments, plan.compare_with), request.settings.get("ModelName"))
    ran = start_operation(account, replace(request, arguments=arguments), JOB, jobs.create_processing_job)
    return _outcome(check, account, request.job_name, ran)


def poll(check: Check, account: Account, job_name: str) -> Outcome:
    """How the job stands; once it has ended, whether there are violations."""
    return _outcome(check, account, job_name, poll_operation(account, job_name, JOB, jobs.describe_processing_job))


def with_model(arguments: dict[str, Any], name: str | None) -> dict[str, Any]:
    """The job's request with the variable that names the model to ask: the step has it, not the configuration."""
    return arguments | {"Environment": arguments.get("Environment", {}) | ({MODEL: name} if name else {})}


def with_baseline(arguments: dict[str, Any], baseline: Baseline | None) -> dict[str, Any]:
    """The job's request with the files of a baseline as inputs, and the variables that tell the analyzer of them."""
    files = {name: uri for name, uri in (baseline or Baseline())._asdict().items() if uri}
    inputs = [
        {
            "InputName": f"baseline_{name}",
            "S3Input": {
                "S3Uri": uri,
                "LocalPath": f"{RESULT_FOLDER}/{name}",
                "S3DataType": "S3Prefix",
                "S3InputMode": "File",
            },
        }
        for name, uri in files.items()
    ]
    variables = {f"baseline_{name}": f"{RESULT_FOLDER}/{name}/{uri.rpartition('/')[2]}" for name, uri in files.items()}
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
        found = registry.list_model_packages(account, ModelPackageGroupName=group, ModelApprovalStatus="Approved")
    except ValidationError:  # no such group: nothing was ever registered
        return None
    newest = found["ModelPackageSummaryList"][:1]
    return registry.describe_model_package(account, ModelPackageName=newest[0]["ModelPackageArn"]) if newest else None


def _flags(settings: dict[str, Any]) -> tuple[bool, bool]:
    return bool(settings.get("SkipCheck")), bool(settings.get("RegisterNewBaseline"))


def _record(settings: dict[str, Any], new: Baseline, plan: Plan, report: str) -> dict[str, Any]:
    """What is to be known of the check when its job has ended."""
    skip, register = _flags(settings)
    properties = _named("CalculatedBaseline", new) | _named("BaselineUsedForDriftCheck", plan.used)
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


def _named(prefix: str, baseline: Baseline) -> dict[str, str]:
    return {f"{prefix}{name.capitalize()}": uri for name, uri in baseline._asdict().items() if uri}


def _outcome(check: Check, account: Account, job_name: str, ran: Outcome) -> Outcome:
    """The job's outcome as the step's."""
    record = account.store.get(KIND, job_name) or {}
    metadata = record["Metadata"] | {"CheckJobArn": ran.metadata[JOB]["Arn"]}
    status, reason = ran.status, ran.reason
    if status == "Succeeded" and record["Report"] and _has_violations(account, record["Report"]):
        metadata["ViolationReport"] = record["Report"]
        if record["FailOnViolation"]:
            status = "Failed"
            reason = f"ClientError: {check.words} failed. See violation report {record['Report']} for more details."
    return Outcome(status, ran.properties | record["Properties"], {check.name: metadata}, reason)


def _has_violations(account: Account, report: str) -> bool:
    """Where Clarify finds none, it writes no report."""
    if account.objects.find(*split_uri(report)) is None:
        return False
    return bool(json.loads(account.objects.read_text(report))["violations"])


def _stop(account: Account, job_name: str) -> None:
    jobs.stop_processing_job(account, ProcessingJobName=job_name)


ROWS = {
    kind: Handler("emulated", partial(start, check), partial(poll, check), _stop) for kind, check in CHECK_TYPES.items()
}

"""QualityCheck: a processing job that computes a baseline and, unless told to skip it, checks against the previous one.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-quality-check
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.errors import JobError, ValidationError
from local_sagemaker.operations import jobs, registry
from local_sagemaker.step_types.handler import Handler, Outcome, Request
from local_sagemaker.step_types.operation_steps import created, described
from model_monitor import lifecycle
from model_monitor.errors import MonitorError
from model_monitor.lifecycle import Baseline, Plan

JOB = "ProcessingJob"
KIND = "quality-check"  # of the record that says what a check's job is for
FOLDER = "/opt/ml/processing/baseline"
REPORT = "constraint_violations.json"


def start(account: Account, request: Request) -> Outcome:
    """Start the job, with the previous baseline among its inputs where it is to be compared with.

    Raises:
        JobError: there is no previous baseline, and the step needs one.
    """
    uri = request.arguments["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"].rstrip("/")
    new = Baseline(f"{uri}/statistics.json", f"{uri}/constraints.json")
    plan = _plan(account, request.settings, new)
    record = _record(request.settings, new, plan, f"{uri}/{REPORT}")
    account.store.insert(KIND, request.job_name, record, parent=(JOB, request.job_name))
    request = replace(request, arguments=with_baseline(request.arguments, plan.compare_with))
    return _outcome(account, request.job_name, created(account, request, JOB, jobs.create_processing_job))


def poll(account: Account, job_name: str) -> Outcome:
    """How the job stands; once it has ended, whether there are violations."""
    return _outcome(account, job_name, described(account, job_name, JOB, jobs.describe_processing_job))


def with_baseline(arguments: dict[str, Any], baseline: Baseline | None) -> dict[str, Any]:
    """The job's request with the files of a baseline as inputs, and the variables that tell the analyzer of them."""
    files = {name: uri for name, uri in (baseline or Baseline())._asdict().items() if uri}
    inputs = [
        {
            "InputName": f"baseline_{name}",
            "S3Input": {
                "S3Uri": uri,
                "LocalPath": f"{FOLDER}/{name}",
                "S3DataType": "S3Prefix",
                "S3InputMode": "File",
            },
        }
        for name, uri in files.items()
    ]
    variables = {f"baseline_{name}": f"{FOLDER}/{name}/{uri.rpartition('/')[2]}" for name, uri in files.items()}
    return arguments | {
        "ProcessingInputs": [*arguments.get("ProcessingInputs", ()), *inputs],
        "Environment": arguments.get("Environment", {}) | variables,
    }


def _plan(account: Account, settings: dict[str, Any], new: Baseline) -> Plan:
    check_type, package = settings["CheckType"], _latest_approved(account, settings.get("ModelPackageGroupName"))
    supplied = Baseline(settings.get("SuppliedBaselineStatistics"), settings.get("SuppliedBaselineConstraints"))
    previous = lifecycle.previous(supplied, lifecycle.registered(check_type, package))
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


def _outcome(account: Account, job_name: str, ran: Outcome) -> Outcome:
    """The job's outcome as the step's."""
    record = account.store.get(KIND, job_name) or {}
    metadata = record["Metadata"] | {"CheckJobArn": ran.metadata[JOB]["Arn"]}
    status, reason = ran.status, ran.reason
    if (
        status == "Succeeded"
        and record["Report"]
        and json.loads(account.objects.read_text(record["Report"]))["violations"]
    ):
        metadata["ViolationReport"] = record["Report"]
        if record["FailOnViolation"]:
            status = "Failed"
            reason = f"ClientError: Quality check failed. See violation report {record['Report']} for more details."
    return Outcome(status, ran.properties | record["Properties"], {"QualityCheck": metadata}, reason)


def _stop(account: Account, job_name: str) -> None:
    jobs.stop_processing_job(account, ProcessingJobName=job_name)


ROWS = {"QualityCheck": Handler("emulated", start, poll, _stop)}

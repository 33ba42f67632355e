"""The checks of a pipeline, SageMaker's and a project's own: in a definition, and in an execution, in the same words.

A project's own check is a Processing step whose job has the variable CHECK_TYPE; the step that resolves the previous
baselines has the URIs that are supplied among its arguments: ``--check TYPE STATISTICS CONSTRAINTS``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local_sagemaker.definition.definition import Definition
from local_sagemaker.tools.refusals import is_missing
from local_sagemaker.tools.reports import REPORT
from local_sagemaker.tools.service.step_metadata import CHECKS
from local_sagemaker.tools.targets import Target
from model_monitor.lifecycle import FAMILIES

from botocore.exceptions import ClientError

CHECK_TYPE, GROUP, OUTPUT = "CHECK_TYPE", "MODEL_PACKAGE_GROUP_NAME", "check"
#: A setting of SageMaker's check steps -> the option that a project's own check has for it.
OPTIONS = {"SkipCheck": "--skip-check", "RegisterNewBaseline": "--register-new-baseline"}
SUPPLIED = ("SuppliedBaselineStatistics", "SuppliedBaselineConstraints")
#: What an exit message begins with where there are violations.
VIOLATED = "CompletedWithViolations"


def in_definition(definition: Definition) -> list[Mapping[str, Any]]:
    """The check steps of a definition, each with the members of SageMaker's own: Name, CheckType, SkipCheck ..."""
    supplied = dict(found for step in definition.steps for found in _supplied(step.raw))
    return [
        found | supplied.get(found["CheckType"], {})
        for found in map(_check_of, (step.raw for step in definition.steps))
        if found.get("CheckType") in FAMILIES
    ]


def _check_of(step: Mapping[str, Any]) -> dict[str, Any]:
    """A step as SageMaker's own check steps are; without a CheckType where it is no check."""
    environment, words = _environment(step), _words(step)
    if not isinstance(check := environment.get(CHECK_TYPE), str):
        return {name: value for name, value in step.items() if name != "Arguments"}
    flags = {setting: _whole(words[words.index(option) + 1]) for setting, option in OPTIONS.items() if option in words}
    return {"Name": step["Name"], "CheckType": check, "ModelPackageGroupName": environment.get(GROUP), **flags}


def _supplied(step: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """CheckType -> what is supplied, of the step that resolves baselines."""
    words = _words(step)
    if CHECK_TYPE in _environment(step):
        return
    for number, word in enumerate(words):
        check, *uris = words[number + 1 : number + 4] or [None]
        if word == "--check" and isinstance(check, str) and check in FAMILIES and len(uris) == len(SUPPLIED):
            yield check, dict(zip(SUPPLIED, map(_whole, uris), strict=True))


def _environment(step: Mapping[str, Any]) -> Mapping[str, Any]:
    found = _arguments(step).get("Environment")
    return found if isinstance(found, Mapping) else {}


def _words(step: Mapping[str, Any]) -> list[Any]:
    specification = _arguments(step).get("AppSpecification")
    found = specification.get("ContainerArguments") if isinstance(specification, Mapping) else None
    return [*found, None] if isinstance(found, list) else []


def _arguments(step: Mapping[str, Any]) -> Mapping[str, Any]:
    found = step.get("Arguments")
    return found if isinstance(found, Mapping) else {}


def _whole(value: Any) -> Any:
    """What a join of a single value joins: the SDK makes one of a parameter that becomes text."""
    match value:
        case {"Std:Join": {"Values": [one]}}:
            return one
    return value


def in_execution(target: Target, step: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a check came to, with the members that the metadata of SageMaker's own have; None for any other step.

    Args:
        target: of the account that runs the execution.
        step: one of ListPipelineExecutionSteps.
    """
    metadata = step.get("Metadata", {})
    for kind in CHECKS:
        if kind in metadata:
            return dict(metadata[kind])
    job = _job(target, metadata)
    check = (job.get("Environment") or {}).get(CHECK_TYPE)
    return _metadata(job, check) if check in FAMILIES else None


def _job(target: Target, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeProcessingJob; empty where the step has none, or it is gone."""
    arn = metadata.get("ProcessingJob", {}).get("Arn", "")
    if not arn:
        return {}
    try:
        return dict(target.client.describe_processing_job(ProcessingJobName=arn.rpartition("/")[2]))
    except ClientError as error:
        if is_missing(error):
            return {}
        raise


def _metadata(job: Mapping[str, Any], check: str) -> dict[str, Any]:
    outputs = job["ProcessingOutputConfig"]["Outputs"]
    uri = next(output["S3Output"]["S3Uri"] for output in outputs if output["OutputName"] == OUTPUT).rstrip("/")
    names = {"Statistics": "statistics.json", "Constraints": "constraints.json"}
    files = names if FAMILIES[check].statistics else {"Constraints": "analysis.json"}
    found = {
        "CheckType": check,
        "CheckJobArn": job["ProcessingJobArn"],
        "ModelPackageGroupName": job["Environment"].get(GROUP),
        **{f"CalculatedBaseline{kind}": f"{uri}/calculated/{file}" for kind, file in files.items()},
        **{f"BaselineUsedForDriftCheck{kind}": f"{uri}/used/{file}" for kind, file in files.items()},
    }
    return found | ({"ViolationReport": f"{uri}/{REPORT}"} if job.get("ExitMessage", "").startswith(VIOLATED) else {})

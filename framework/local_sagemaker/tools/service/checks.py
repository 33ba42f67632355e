"""The checks of a pipeline, SageMaker's and a project's own: in a definition, and in an execution, in the same words.

A project's own check is a Processing step whose job has the variable CHECK_TYPE; the step that resolves the previous
baselines has the URIs that are supplied among its arguments: ``--check TYPE STATISTICS CONSTRAINTS``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local_sagemaker.definition.definition import Definition
from local_sagemaker.tools.reports import CHECK, CHECK_TYPE, GROUP, VIOLATIONS_FILE
from local_sagemaker.tools.service.step_metadata import CHECKS, described_job, output_uri
from local_sagemaker.tools.targets import Target
from model_monitor.lifecycle import CALCULATED, FAMILIES, USED, VIOLATIONS_STATUS, files_of

#: A setting of SageMaker's check steps -> the option that a project's own check has for it.
OPTIONS = {"SkipCheck": "--skip-check", "RegisterNewBaseline": "--register-new-baseline"}
#: What SageMaker's steps call the files of a baseline.
CHECK_TYPES = ("Statistics", "Constraints")
SUPPLIED = tuple(f"SuppliedBaseline{kind}" for kind in CHECK_TYPES)


def checks_in_definition(definition: Definition) -> list[Mapping[str, Any]]:
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


def check_in_execution(target: Target, step: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a check came to, with the members that the metadata of SageMaker's own have; None for any other step.

    Args:
        target: of the account that runs the execution.
        step: one of ListPipelineExecutionSteps.
    """
    metadata = step.get("Metadata", {})
    for kind in CHECKS:
        if kind in metadata:
            return dict(metadata[kind])
    arn = metadata.get("ProcessingJob", {}).get("Arn")
    job = described_job(target, arn.rpartition("/")[2]) if arn else {}
    check, uri = (job.get("Environment") or {}).get(CHECK_TYPE), output_uri(job, CHECK)
    return _metadata(job, check, uri.rstrip("/")) if check in FAMILIES and uri else None


def _metadata(job: Mapping[str, Any], check: str, uri: str) -> dict[str, Any]:
    files = {kind: name for kind, name in zip(CHECK_TYPES, files_of(check), strict=True) if name}
    found = {
        "CheckType": check,
        "CheckJobArn": job["ProcessingJobArn"],
        "ModelPackageGroupName": job["Environment"].get(GROUP),
        **{f"CalculatedBaseline{kind}": f"{uri}/{CALCULATED}/{name}" for kind, name in files.items()},
        **{f"BaselineUsedForDriftCheck{kind}": f"{uri}/{USED}/{name}" for kind, name in files.items()},
    }
    return found | (
        {"ViolationReport": f"{uri}/{VIOLATIONS_FILE}"}
        if job.get("ExitMessage", "").startswith(VIOLATIONS_STATUS)
        else {}
    )

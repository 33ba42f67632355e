"""Describes the checks of a pipeline, SageMaker's and a project's own, with the same members for both.

They are found in a definition or in an execution. A project's own check is a Processing step whose job has the
environment variable CHECK_TYPE. The URIs of supplied baselines are container arguments of the step that resolves the
previous baselines: ``--check TYPE STATISTICS CONSTRAINTS``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local_sagemaker.definition.definition import Definition
from local_sagemaker.tools.reports import CHECK_OUTPUT, CHECK_TYPE_VARIABLE, GROUP_VARIABLE, VIOLATIONS_FILE
from local_sagemaker.tools.service.step_metadata import CHECK_STEP_TYPES, describe_processing_job, output_uri
from local_sagemaker.tools.targets import Target
from model_monitor.lifecycle import CALCULATED_FOLDER, MEMBERS_BY_CHECK_TYPE, USED_FOLDER, VIOLATIONS_STATUS, files_of

#: A setting of SageMaker's check steps -> the option of a project's own check with the same meaning.
FLAG_OPTIONS = {"SkipCheck": "--skip-check", "RegisterNewBaseline": "--register-new-baseline"}
#: The names of a baseline's files in SageMaker's steps.
BASELINE_FILES = ("Statistics", "Constraints")
SUPPLIED_MEMBERS = tuple(f"SuppliedBaseline{file}" for file in BASELINE_FILES)


def checks_in_definition(definition: Definition) -> list[Mapping[str, Any]]:
    """Return the check steps of a definition with the members of SageMaker's own: Name, CheckType, SkipCheck ..."""
    supplied = dict(item for step in definition.steps for item in _supplied_members(step.raw))
    return [
        check | supplied.get(check["CheckType"], {})
        for check in map(_as_check_step, (step.raw for step in definition.steps))
        if check.get("CheckType") in MEMBERS_BY_CHECK_TYPE
    ]


def _as_check_step(step: Mapping[str, Any]) -> dict[str, Any]:
    """Return a step with the members of SageMaker's check steps; without a CheckType if it is not a check."""
    environment, container_arguments = _environment(step), _container_arguments(step)
    if not isinstance(check := environment.get(CHECK_TYPE_VARIABLE), str):
        return {name: value for name, value in step.items() if name != "Arguments"}
    flags = {
        setting: _unjoin(container_arguments[container_arguments.index(option) + 1])
        for setting, option in FLAG_OPTIONS.items()
        if option in container_arguments
    }
    return {"Name": step["Name"], "CheckType": check, "ModelPackageGroupName": environment.get(GROUP_VARIABLE), **flags}


def _supplied_members(step: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield CheckType and supplied members for each check, if this is the step that resolves baselines."""
    container_arguments = _container_arguments(step)
    if CHECK_TYPE_VARIABLE in _environment(step):
        return
    for number, argument in enumerate(container_arguments):
        check, *uris = container_arguments[number + 1 : number + 4] or [None]
        if (
            argument == "--check"
            and isinstance(check, str)
            and check in MEMBERS_BY_CHECK_TYPE
            and len(uris) == len(SUPPLIED_MEMBERS)
        ):
            yield check, dict(zip(SUPPLIED_MEMBERS, map(_unjoin, uris), strict=True))


def _environment(step: Mapping[str, Any]) -> Mapping[str, Any]:
    environment = _arguments(step).get("Environment")
    return environment if isinstance(environment, Mapping) else {}


def _container_arguments(step: Mapping[str, Any]) -> list[Any]:
    """Return the container arguments and a final None, so that an option at the end has a value, too."""
    specification = _arguments(step).get("AppSpecification")
    arguments = specification.get("ContainerArguments") if isinstance(specification, Mapping) else None
    return [*arguments, None] if isinstance(arguments, list) else []


def _arguments(step: Mapping[str, Any]) -> Mapping[str, Any]:
    arguments = step.get("Arguments")
    return arguments if isinstance(arguments, Mapping) else {}


def _unjoin(value: Any) -> Any:
    """Return the only value of a Std:Join; the SDK converts a parameter to a string by such a join."""
    match value:
        case {"Std:Join": {"Values": [joined]}}:
            return joined
    return value


def check_result(target: Target, step: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a check's result, with the members of the metadata of SageMaker's check steps; None for any other step.

    Args:
        target: the account that runs the execution.
        step: a record of ListPipelineExecutionSteps.
    """
    metadata = step.get("Metadata", {})
    for step_type in CHECK_STEP_TYPES:
        if step_type in metadata:
            return dict(metadata[step_type])
    arn = metadata.get("ProcessingJob", {}).get("Arn")
    job = describe_processing_job(target, arn.rpartition("/")[2]) if arn else {}
    check, uri = (job.get("Environment") or {}).get(CHECK_TYPE_VARIABLE), output_uri(job, CHECK_OUTPUT)
    return _metadata(job, check, uri.rstrip("/")) if check in MEMBERS_BY_CHECK_TYPE and uri else None


def _metadata(job: Mapping[str, Any], check: str, uri: str) -> dict[str, Any]:
    files = {file: name for file, name in zip(BASELINE_FILES, files_of(check), strict=True) if name}
    members = {
        "CheckType": check,
        "CheckJobArn": job["ProcessingJobArn"],
        "ModelPackageGroupName": job["Environment"].get(GROUP_VARIABLE),
        **{f"CalculatedBaseline{file}": f"{uri}/{CALCULATED_FOLDER}/{name}" for file, name in files.items()},
        **{f"BaselineUsedForDriftCheck{file}": f"{uri}/{USED_FOLDER}/{name}" for file, name in files.items()},
    }
    return members | (
        {"ViolationReport": f"{uri}/{VIOLATIONS_FILE}"}
        if job.get("ExitMessage", "").startswith(VIOLATIONS_STATUS)
        else {}
    )

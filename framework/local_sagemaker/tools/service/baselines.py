"""Determines, by looking at the registry, whether each check of a pipeline already has a baseline to compare with.

Commands, schedules and notebooks use it to set the parameters of an execution:

    from local_sagemaker.tools.service import baselines
    parameters = baselines.parameters(client, pipeline.definition())
    pipeline.start(parameters=parameters)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from local_sagemaker.definition.definition import Definition, read
from local_sagemaker.definition.expressions import with_parameters
from local_sagemaker.definition.parameters import declared_parameters, resolve
from local_sagemaker.tools.aws_errors import is_missing
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.service.checks import checks_in_definition
from model_monitor import lifecycle
from model_monitor.lifecycle import Baseline
from model_monitor.monitor_error import MonitorError

from botocore.exceptions import ClientError

#: Stands for the files that a check will have calculated.
_NEW = Baseline("new", "new")


@dataclass(frozen=True)
class Check:
    """A check step: its settings with the values of parameters filled in, and the parameters of its two flags."""

    name: str
    type: str
    settings: Mapping[str, Any]
    skip_parameter: str | None
    register_parameter: str | None

    @property
    def supplied_baseline(self) -> Baseline:
        """The baseline that is supplied to the execution."""
        return Baseline(
            self.settings.get("SuppliedBaselineStatistics"), self.settings.get("SuppliedBaselineConstraints")
        )

    @property
    def group(self) -> str | None:
        """The model package group, if its name is known before the execution."""
        name = self.settings.get("ModelPackageGroupName")
        return name if isinstance(name, str) else None


def parameters(client: Any, definition: Definition | str, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the parameters to start an execution with: ``given``, and the flags of a first run where checks need them.

    A check without a baseline to compare with - none supplied, and none in the latest approved version of its model
    package group - is skipped, and its own baseline is registered, unless ``given`` sets one of its two flags.

    Args:
        client: boto3's SageMaker client.
        definition: the pipeline's definition, parsed or as JSON.
        given: NAME -> VALUE.

    Raises:
        UsageError: ``given`` requires a comparison with a baseline that does not exist or is incomplete.
    """
    values = dict(given or {})
    approved = cache(partial(latest_approved, client))  # the checks of a pipeline ask for one group
    for check in checks(read(definition), values):
        previous = lifecycle.previous_baseline(
            check.supplied_baseline, lifecycle.registered_baseline(check.type, approved(check.group))
        )
        flags = [check.skip_parameter, check.register_parameter]
        is_free = all(flags) and not any(flag in values for flag in flags) and not any(check.supplied_baseline)
        if is_free and not lifecycle.can_compare(check.type, previous):
            values |= {str(flag): "True" for flag in flags}
        else:
            _check_flags(check, previous)
    return values


def with_new_baselines(definition: Definition | str) -> dict[str, str]:
    """Return the flags with which no check compares, and each registers this execution's own baseline.

    Use them for data that intentionally differ from earlier data.
    """
    check_steps = checks_in_definition(read(definition))
    flags = [_parameter(step.get(setting)) for step in check_steps for setting in ("SkipCheck", "RegisterNewBaseline")]
    return {flag: "True" for flag in flags if flag}


def checks(definition: Definition, arguments: Mapping[str, Any]) -> Iterator[Check]:
    """Yield the check steps of a definition, with the values that an execution would use."""
    check_steps = checks_in_definition(definition)
    values = resolve(declared_parameters(definition), arguments) if check_steps else {}
    for step in check_steps:
        yield Check(
            step["Name"],
            step["CheckType"],
            with_parameters(dict(step), values),
            _parameter(step.get("SkipCheck")),
            _parameter(step.get("RegisterNewBaseline")),
        )


def latest_approved(client: Any, group: str | None) -> dict[str, Any] | None:
    """Return the newest approved version in a model package group; None if there is none, or no such group."""
    if group is None:
        return None
    try:
        summaries = client.list_model_packages(
            ModelPackageGroupName=group, ModelApprovalStatus="Approved", SortBy="CreationTime", SortOrder="Descending"
        )["ModelPackageSummaryList"]
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return client.describe_model_package(ModelPackageName=summaries[0]["ModelPackageArn"]) if summaries else None


def _check_flags(check: Check, previous: Baseline) -> None:
    """Raise UsageError if the check cannot run with the values of its two flags."""
    skip, register = (bool(check.settings.get(name)) for name in ("SkipCheck", "RegisterNewBaseline"))
    try:
        lifecycle.plan(check.type, skip, register, previous, _NEW)
    except MonitorError as error:
        flags = " and ".join(filter(None, (check.skip_parameter, check.register_parameter)))
        hint = f" ({flags}: omit both for a first run, or set both to True)" if flags else ""
        raise UsageError(f"step {check.name!r}: {error}{hint}") from None


def _parameter(value: Any) -> str | None:
    """Return the name of the parameter to which a setting refers; None if the setting is anything else."""
    match value:
        case {"Get": str(path)} if path.startswith("Parameters."):
            return path.partition(".")[2]
    return None

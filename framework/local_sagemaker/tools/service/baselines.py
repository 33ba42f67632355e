"""Whether each check of a pipeline can be compared yet, found by looking at the registry: for commands, schedules and
notebooks alike.

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

#: What stands for the files that a check will have calculated.
_NEW = Baseline("new", "new")


@dataclass(frozen=True)
class Check:
    """A check step: its own settings with every parameter's value, and the parameters of the two flags."""

    name: str
    type: str
    settings: Mapping[str, Any]
    skip_parameter: str | None
    register_parameter: str | None

    @property
    def supplied(self) -> Baseline:
        """What the execution is given to compare with."""
        return Baseline(
            self.settings.get("SuppliedBaselineStatistics"), self.settings.get("SuppliedBaselineConstraints")
        )

    @property
    def group(self) -> str | None:
        """The model package group, where its name is known before the execution."""
        name = self.settings.get("ModelPackageGroupName")
        return name if isinstance(name, str) else None


def parameters(client: Any, definition: Definition | str, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The parameters to start an execution with: those given, and the flags of a first run where a check needs them.

    A check that has no baseline to compare with - none supplied, and none in the latest approved version of its model
    package group - is skipped, and its own baseline registered, unless one of the two flags was given.

    Args:
        client: boto3's SageMaker client.
        definition: the pipeline's, as it is read or as JSON.
        given: NAME -> VALUE.

    Raises:
        UsageError: what was given asks for a comparison with a baseline that is not there, or of which a part is not.
    """
    values = dict(given or {})
    approved = cache(partial(latest_approved, client))  # the checks of a pipeline ask for one group
    for check in checks(read(definition), values):
        previous = lifecycle.previous_baseline(
            check.supplied, lifecycle.registered_baseline(check.type, approved(check.group))
        )
        flags = [check.skip_parameter, check.register_parameter]
        is_free = all(flags) and not any(flag in values for flag in flags) and not any(check.supplied)
        if is_free and not lifecycle.can_compare(check.type, previous):
            values |= {str(flag): "True" for flag in flags}
        else:
            _demand(check, previous)
    return values


def with_new_baselines(definition: Definition | str) -> dict[str, str]:
    """The flags by which every check compares with nothing, and registers this execution's own baseline: for data that
    are meant to be others than before.
    """
    found = checks_in_definition(read(definition))
    flags = [_parameter(step.get(setting)) for step in found for setting in ("SkipCheck", "RegisterNewBaseline")]
    return {flag: "True" for flag in flags if flag}


def checks(definition: Definition, given: Mapping[str, Any]) -> Iterator[Check]:
    """The check steps of a definition, with the values that an execution would have."""
    found = checks_in_definition(definition)
    values = resolve(declared_parameters(definition), given) if found else {}
    for step in found:
        yield Check(
            step["Name"],
            step["CheckType"],
            with_parameters(dict(step), values),
            _parameter(step.get("SkipCheck")),
            _parameter(step.get("RegisterNewBaseline")),
        )


def latest_approved(client: Any, group: str | None) -> dict[str, Any] | None:
    """The newest approved version in a model package group; None where there is none, or no such group."""
    if group is None:
        return None
    try:
        found = client.list_model_packages(
            ModelPackageGroupName=group, ModelApprovalStatus="Approved", SortBy="CreationTime", SortOrder="Descending"
        )["ModelPackageSummaryList"]
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return client.describe_model_package(ModelPackageName=found[0]["ModelPackageArn"]) if found else None


def _demand(check: Check, previous: Baseline) -> None:
    skip, register = (bool(check.settings.get(name)) for name in ("SkipCheck", "RegisterNewBaseline"))
    try:
        lifecycle.plan(check.type, skip, register, previous, _NEW)
    except MonitorError as error:
        flags = " and ".join(filter(None, (check.skip_parameter, check.register_parameter)))
        hint = f" ({flags}: leave both out and that is done, or set both to True)" if flags else ""
        raise UsageError(f"step {check.name!r}: {error}{hint}") from None


def _parameter(value: Any) -> str | None:
    """The parameter that a setting is, by itself."""
    match value:
        case {"Get": str(path)} if path.startswith("Parameters."):
            return path.partition(".")[2]
    return None

"""Whose checks a pipeline has: SageMaker's Model Monitor and Clarify, or the project's own; the same functions each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pipelines.steps import checks, clarify, monitoring, project_checks, project_monitoring


class Engine(NamedTuple):
    """The builders of an engine's checks."""

    check_quality: Callable[..., checks.CheckResult]
    check_bias: Callable[..., checks.CheckResult]
    check_explainability: Callable[..., checks.CheckResult]
    monitor_transform: Callable[..., Any]


#: Argument check_engine -> its builders.
ENGINES = {
    "sagemaker": Engine(
        checks.check_quality, clarify.check_bias, clarify.check_explainability, monitoring.monitor_transform
    ),
    "project": Engine(
        project_checks.check_quality,
        project_checks.check_bias,
        project_checks.check_explainability,
        project_monitoring.monitor_transform,
    ),
}

"""Select a pipeline's checks: SageMaker's Model Monitor and Clarify, or the project's own, with the same functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pipelines.steps import checks, clarify, monitoring, project_checks, project_monitoring


class Engine(NamedTuple):
    """Holds the builders of an engine's checks."""

    check_quality: Callable[..., checks.CheckResult]
    check_bias: Callable[..., checks.CheckResult]
    check_explainability: Callable[..., checks.CheckResult]
    monitor_transform: Callable[..., Any]


#: Value of the argument check_engine -> the builders.
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

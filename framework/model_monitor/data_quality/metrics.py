"""Names CloudWatch metrics of a monitored dataset as Model Monitor's container does.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-cloudwatch.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from model_monitor.data_quality.baseline import Baseline
from model_monitor.result import STATISTICS_FILE, Result

#: The namespace of metrics about an endpoint, as SageMaker's dashboards read it. AWS's pages spell it in two different
#: ways (a slash before, ``data-metric``).
ENDPOINT_NAMESPACE = "aws/sagemaker/Endpoints/data-metrics"
#: CloudWatch accepts no larger number, and no longer name.
MAX_VALUE, MAX_NAME = 2.0**360, 255


def metric_data(result: Result, baseline: Baseline, dimensions: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the members of PutMetricData's ``MetricData``: up to three for each feature.

    ``feature_data_<name>`` has count, sum, minimum and maximum of a number's values; ``feature_non_null_<name>`` counts
    the values that are present; ``feature_baseline_drift_<name>`` is the distance from the baseline. Features whose
    ``emit_metrics`` is Disabled in the constraints are skipped, and so are values that CloudWatch rejects: numbers that
    are not finite, and names of more than 255 characters.

    Args:
        result: of an analysis that compared the dataset with ``baseline``.
        baseline: whose constraints say which features have metrics.
        dimensions: name -> value, such as Endpoint and MonitoringSchedule.
    """
    emitted = {f.name for f in baseline.constraints.features if f.config["emit_metrics"] == "Enabled"}
    base = {"Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()]}
    for feature in result.documents.get(STATISTICS_FILE, {}).get("features", ()):
        if feature["name"] in emitted:
            for name, value in _feature_metrics(feature, result.distances):
                if len(name) <= MAX_NAME and _is_accepted(value):
                    yield {"MetricName": name, **base, **value}


def _feature_metrics(
    feature: Mapping[str, Any], distances: Mapping[str, float]
) -> Iterator[tuple[str, dict[str, Any]]]:
    name, numbers = feature["name"], feature.get("numerical_statistics")
    statistics = numbers or feature.get("string_statistics") or {}
    count = statistics.get("common", {}).get("num_present", 0)
    if numbers and count:
        summary = {"SampleCount": count, "Sum": numbers["sum"], "Minimum": numbers["min"], "Maximum": numbers["max"]}
        yield f"feature_data_{name}", {"StatisticValues": summary}
    yield f"feature_non_null_{name}", {"Value": count, "Unit": "Count"}
    if name in distances:
        yield f"feature_baseline_drift_{name}", {"Value": distances[name]}


def _is_accepted(value: Mapping[str, Any]) -> bool:
    numbers = value.get("StatisticValues", {"Value": value.get("Value")}).values()
    return all(math.isfinite(number) and abs(number) <= MAX_VALUE for number in numbers)

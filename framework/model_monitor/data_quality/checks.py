"""Write constraint_violations.json: where a dataset does not meet the constraints of its baseline.

Each check is a function of one column and its baseline, and a row of ``COLUMN_CHECKS``. Rules and texts are the
analyzer's. Where a text of the analyzer is undocumented, the text is ours, and a comment here marks it.
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-violations.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from model_monitor.accumulators.column import Column
from model_monitor.data_quality import drift
from model_monitor.data_quality.baseline import Baseline, Distribution
from model_monitor.data_quality.constraints import FeatureConstraints
from model_monitor.data_quality.statistics import listed_categories
from model_monitor.documents import java_double


@dataclass(frozen=True)
class ColumnComparison:
    """One column and the constraints that the baseline has for it; ``method`` is how drift is computed."""

    column: Column
    feature: FeatureConstraints
    distribution: Distribution | None
    method: str

    @cached_property
    def distance(self) -> float | None:
        """The distance between the distributions, as the feature's configuration measures it.

        None if they are not compared: by the configuration, because there is no baseline, or (as in the analyzer)
        because the column's type has changed.
        """
        column, base, config = self.column, self.distribution, self.feature.distribution
        if config["perform_comparison"] != "Enabled" or base is None or base.inferred_type != column.inferred_type:
            return None
        is_robust = config["comparison_method"] == "Robust"
        if base.levels is not None:
            return drift.numerical_distance(base.levels, column.kll.finish(), self.method, is_robust)
        if base.categories and (current := listed_categories(column)):
            return drift.CATEGORICAL_DISTANCES[config["categorical_drift_method"]](base.categories, current, is_robust)
        return None


def column_count_violations(current: int, baseline: int) -> list[dict[str, str]]:
    """Return the one violation for a wrong number of columns; nothing else is checked then."""
    if current == baseline:
        return []
    is_extra = current > baseline
    name, check = ("Extra columns", "extra_column_check") if is_extra else ("Missing columns", "missing_column_check")
    columns_text = name.lower()
    return [
        _violation(
            name,
            check,
            f"There are {columns_text} in current dataset. Number of columns in current dataset: {current}, "
            f"Number of columns in baseline constraints: {baseline}",
        )
    ]


def compare(columns: Mapping[str, Column], baseline: Baseline, method: str) -> list[ColumnComparison]:
    """Return a comparison of each column with its baseline.

    Args:
        columns: of the current data, by the baseline's names.
        baseline: to compare with.
        method: how drift is computed: compat or exact.
    """
    return [
        ColumnComparison(columns[f.name], f, baseline.distributions.get(f.name), method)
        for f in baseline.constraints.features
    ]


def list_violations(comparisons: Sequence[ColumnComparison]) -> list[dict[str, str]]:
    """List the violations, by check, and in the order of the columns."""
    return [
        _violation(comparison.feature.name, name, description)
        for name, is_enabled, check in COLUMN_CHECKS
        for comparison in comparisons
        if is_enabled(comparison.feature)
        for description in check(comparison)
    ]


def _check_data_type(comparison: ColumnComparison) -> Iterator[str]:
    """Check that enough values are of the type by themselves: the analyzer does not count an integer as Fractional."""
    column, expected = comparison.column, comparison.feature
    threshold = expected.config["datatype_check_threshold"]
    if expected.inferred_type == "Unknown" or not column.present:
        return
    share = column.share_of_type(expected.inferred_type)
    if share < threshold:
        yield (
            f"Data type match requirement is not met. Expected data type: {expected.inferred_type}, "
            f"Expected match: {_percent(threshold)}. Observed: Only {_percent(share)} of data is "
            f"{expected.inferred_type}."
        )


def _check_completeness(comparison: ColumnComparison) -> Iterator[str]:
    """Check the share of values that are present."""
    expected = comparison.feature.completeness
    observed = comparison.column.present / comparison.column.rows
    if observed < expected:
        yield (
            f"Data completeness requirement is not met. Expected: {_percent(expected)}. "
            f"Observed: Only {_percent(observed)}."
        )


def _check_categorical_values(comparison: ColumnComparison) -> Iterator[str]:
    """Check the share of values that the baseline lists; a missing one counts as listed.

    The text is ours: the analyzer's current text is undocumented (that of 2019 printed deequ's own message).
    """
    column, threshold = comparison.column, comparison.feature.config["domain_content_threshold"]
    if comparison.feature.domains is None:
        return
    share = (column.missing + column.in_domain) / column.rows
    if share < threshold:
        yield (
            f"Categorical values requirement is not met. Expected match: {_percent(threshold)}. "
            f"Observed: Only {_percent(share)} of data is among the baseline's values."
        )


def _check_drift(comparison: ColumnComparison) -> Iterator[str]:
    """Check the distance between the distributions."""
    config = comparison.feature.distribution
    if comparison.distance is None:
        return
    if comparison.distribution is not None and comparison.distribution.levels is not None:
        yield from _check_maximum(comparison.distance, config["comparison_threshold"])
    else:
        is_p_value = config["categorical_drift_method"] == "ChiSquared" and config["comparison_method"] == "Robust"
        yield from (_check_minimum if is_p_value else _check_maximum)(
            comparison.distance, config["categorical_comparison_threshold"]
        )


def _check_maximum(distance: float, threshold: float) -> Iterator[str]:
    if distance > threshold:
        yield f"Baseline drift distance: {java_double(distance)} exceeds threshold: {java_double(float(threshold))}"


def _check_minimum(p_value: float, threshold: float) -> Iterator[str]:
    """Yield a violation if a p-value is below the threshold: a small one means drift.

    How the analyzer compares a p-value with the threshold is undocumented; the text is ours.
    """
    if p_value < threshold:
        yield f"Baseline drift p-value: {java_double(p_value)} is below threshold: {java_double(float(threshold))}"


#: Check, whether it is enabled for a feature, and the function, which yields the descriptions of violations.
COLUMN_CHECKS: Sequence[
    tuple[str, Callable[[FeatureConstraints], bool], Callable[[ColumnComparison], Iterator[str]]]
] = (
    ("data_type_check", lambda feature: feature.is_evaluated, _check_data_type),
    ("completeness_check", lambda feature: feature.is_evaluated, _check_completeness),
    ("categorical_values_check", lambda feature: feature.is_evaluated, _check_categorical_values),
    ("baseline_drift_check", lambda feature: feature.distribution["perform_comparison"] == "Enabled", _check_drift),
)


def _percent(share: float) -> str:
    return f"{java_double(share * 100)}%"


def _violation(feature: str, check: str, description: str) -> dict[str, str]:
    return {"feature_name": feature, "constraint_check_type": check, "description": description}

"""constraint_violations.json: where a dataset is not what its baseline demands.

Each check is a function of one column and its baseline, and a row of ``CHECKS``. Rules and words are the analyzer's; a
word that nobody outside of AWS has seen is ours, and says so here.
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-violations.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from model_monitor.accumulators.column import Column
from model_monitor.data_quality import drift
from model_monitor.data_quality.baseline import Baseline, Distribution
from model_monitor.data_quality.constraints import Feature
from model_monitor.data_quality.statistics import listed_categories
from model_monitor.documents import java_double


@dataclass(frozen=True)
class ColumnComparison:
    """One column beside what its baseline says of it; ``method`` is how drift is computed."""

    column: Column
    feature: Feature
    distribution: Distribution | None
    method: str

    @cached_property
    def distance(self) -> float | None:
        """How far the distributions are from each other, by the feature's configuration.

        None where they are not compared: by the configuration, for want of a baseline, or because the column's type
        has changed, as the analyzer does.
        """
        column, base, config = self.column, self.distribution, self.feature.distribution
        if config["perform_comparison"] != "Enabled" or base is None or base.inferred_type != column.inferred_type:
            return None
        is_robust = config["comparison_method"] == "Robust"
        if base.levels is not None:
            return drift.numerical(base.levels, column.kll.finish(), self.method, is_robust)
        if base.categories and (current := listed_categories(column)):
            return drift.CATEGORICAL[config["categorical_drift_method"]](base.categories, current, is_robust)
        return None


def column_count(current: int, baseline: int) -> list[dict[str, str]]:
    """The one violation where there are more or fewer columns; nothing else is looked at then."""
    if current == baseline:
        return []
    is_extra = current > baseline
    name, check = ("Extra columns", "extra_column_check") if is_extra else ("Missing columns", "missing_column_check")
    what = name.lower()
    return [
        _violation(
            name,
            check,
            f"There are {what} in current dataset. Number of columns in current dataset: {current}, "
            f"Number of columns in baseline constraints: {baseline}",
        )
    ]


def compare(columns: Mapping[str, Column], baseline: Baseline, method: str) -> list[ColumnComparison]:
    """Put each column beside its baseline.

    Args:
        columns: of the current data, by the baseline's names.
        baseline: to compare with.
        method: how drift is computed: compat or exact.
    """
    return [
        ColumnComparison(columns[f.name], f, baseline.distributions.get(f.name), method)
        for f in baseline.constraints.features
    ]


def violations(checked: Sequence[ColumnComparison]) -> list[dict[str, str]]:
    """List the violations, by check, and in the order of the columns."""
    return [
        _violation(one.feature.name, name, description)
        for name, is_asked, check in COLUMN_CHECKS
        for one in checked
        if is_asked(one.feature)
        for description in check(one)
    ]


def _data_type(checked: ColumnComparison) -> Iterator[str]:
    """Each value must be of the type by itself: an integer is not Fractional to the analyzer."""
    column, expected = checked.column, checked.feature
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


def _completeness(checked: ColumnComparison) -> Iterator[str]:
    """The share of values that are there."""
    expected = checked.feature.completeness
    observed = checked.column.present / checked.column.rows
    if observed < expected:
        yield (
            f"Data completeness requirement is not met. Expected: {_percent(expected)}. "
            f"Observed: Only {_percent(observed)}."
        )


def _categorical_values(checked: ColumnComparison) -> Iterator[str]:
    """The share of values that the baseline lists; a missing one counts as listed.

    The words are ours: the analyzer's of today have not been seen (that of 2019 printed deequ's own message).
    """
    column, threshold = checked.column, checked.feature.config["domain_content_threshold"]
    if checked.feature.domains is None:
        return
    share = (column.missing + column.in_domain) / column.rows
    if share < threshold:
        yield (
            f"Categorical values requirement is not met. Expected match: {_percent(threshold)}. "
            f"Observed: Only {_percent(share)} of data is among the baseline's values."
        )


def _drift(checked: ColumnComparison) -> Iterator[str]:
    """The distance of the distributions."""
    config = checked.feature.distribution
    if checked.distance is None:
        return
    if checked.distribution is not None and checked.distribution.levels is not None:
        yield from _exceeds(checked.distance, config["comparison_threshold"])
    else:
        is_p_value = config["categorical_drift_method"] == "ChiSquared" and config["comparison_method"] == "Robust"
        yield from (_is_below if is_p_value else _exceeds)(checked.distance, config["categorical_comparison_threshold"])


def _exceeds(distance: float, threshold: float) -> Iterator[str]:
    if distance > threshold:
        yield f"Baseline drift distance: {java_double(distance)} exceeds threshold: {java_double(float(threshold))}"


def _is_below(p_value: float, threshold: float) -> Iterator[str]:
    """How the analyzer compares a p-value with the threshold nobody has seen; a small one means drift. Words: ours."""
    if p_value < threshold:
        yield f"Baseline drift p-value: {java_double(p_value)} is below threshold: {java_double(float(threshold))}"


#: Check, whether a feature is to be checked so, and the check: what it yields are the descriptions of violations.
COLUMN_CHECKS: Sequence[tuple[str, Callable[[Feature], bool], Callable[[ColumnComparison], Iterator[str]]]] = (
    ("data_type_check", lambda feature: feature.is_evaluated, _data_type),
    ("completeness_check", lambda feature: feature.is_evaluated, _completeness),
    ("categorical_values_check", lambda feature: feature.is_evaluated, _categorical_values),
    ("baseline_drift_check", lambda feature: feature.distribution["perform_comparison"] == "Enabled", _drift),
)


def _percent(share: float) -> str:
    return f"{java_double(share * 100)}%"


def _violation(feature: str, check: str, description: str) -> dict[str, str]:
    return {"feature_name": feature, "constraint_check_type": check, "description": description}

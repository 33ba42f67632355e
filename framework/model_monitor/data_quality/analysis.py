"""Turn a dataset, and optionally a baseline, into the documents that the analyzer writes."""

from __future__ import annotations

from model_monitor.data_quality.baseline import Baseline
from model_monitor.data_quality.checks import column_count_violations, compare, list_violations
from model_monitor.data_quality.constraints import suggest_constraints
from model_monitor.data_quality.notes import comparison_notes, data_notes
from model_monitor.data_quality.profile import Profile
from model_monitor.data_quality.statistics import statistics
from model_monitor.data_quality.workers import Task, profile_dataset
from model_monitor.monitor_error import MonitorError
from model_monitor.result import CONSTRAINTS_FILE, SHAPES, STATISTICS_FILE, VIOLATIONS_FILE, Progress, Result
from model_monitor.tables.dataset import Dataset


def analyse(
    dataset: Dataset,
    baseline: Baseline | None = None,
    shape: str = SHAPES[0],
    method: str = "compat",
    on_progress: Progress = lambda done, total: None,
) -> Result:
    """Return statistics and suggested constraints of a dataset; with a baseline, its violations too.

    Args:
        dataset: to analyse.
        baseline: to compare with.
        shape: of the documents: 2023, as AWS's containers have written them since then, or 2021.
        method: how drift is computed: compat, as by AWS, or exact.
        on_progress: called with the number of the dataset's partitions that are done, and their total number.

    Raises:
        MonitorError: the dataset is empty or cannot be read, or its columns differ from the baseline's.
    """
    names = [feature.name for feature in baseline.constraints.features] if baseline else None
    column_names = dataset.columns() if dataset.has_fixed_columns else []
    if column_names and (violation := _check_columns(column_names, names, dataset)):
        return violation
    by_position = names if _is_numbered(column_names) else None
    profile = profile_dataset(
        Task(dataset, by_position, baseline.constraints.domains if baseline else None), on_progress
    )
    if not profile.rows:
        raise MonitorError(f"{dataset.source} has no rows")
    if not dataset.has_fixed_columns:
        profile.sort()
    if violation := _check_columns(list(profile.columns), names, dataset):
        return violation
    return _result(profile, baseline, shape, method)


def _is_numbered(names: list[str]) -> bool:
    """Return whether columns have no names of their own; like the analyzer, match them by position then."""
    return bool(names) and names == [f"_c{number}" for number in range(len(names))]


def _check_columns(column_names: list[str], baseline_names: list[str] | None, dataset: Dataset) -> Result | None:
    """Return the analyzer's result for a wrong number of columns: one violation, and nothing else; else None.

    Raises:
        MonitorError: the data have other column names than the baseline. The analyzer would match them by position, and
            compare one column with the baseline of another.
    """
    if baseline_names is None:
        return None
    is_numbered = _is_numbered(column_names) or _is_numbered(baseline_names)
    if violations := column_count_violations(len(column_names), len(baseline_names)):
        extra, missing = (
            ", ".join(sorted(set(a) - set(b))) or "none"
            for a, b in ((column_names, baseline_names), (baseline_names, column_names))
        )
        notes = [] if is_numbered else [f"not in the baseline: {extra}; not in the data: {missing}"]
        return Result(None, len(column_names), {VIOLATIONS_FILE: {"violations": violations}}, violations, notes)
    for number, (name, expected) in enumerate(zip(column_names, baseline_names, strict=True), 1):
        if name != expected and not is_numbered:
            raise MonitorError(
                f"{dataset.source}: column {number} is {name!r}, but the baseline has {expected!r}; "
                "the columns must be the baseline's, in its order"
            )
    return None


def _result(profile: Profile, baseline: Baseline | None, shape: str, method: str) -> Result:
    for column in profile.columns.values():
        if column.first_infinite and column.inferred_type in ("Integral", "Fractional"):
            value, place = column.first_infinite.value, column.first_infinite.place
            raise MonitorError(f"{place}, column {column.name!r}: {value} is not a finite number")
    documents = {STATISTICS_FILE: statistics(profile, shape), CONSTRAINTS_FILE: suggest_constraints(profile, shape)}
    if baseline is None:
        return Result(profile.rows, len(profile.columns), documents, notes=data_notes(profile))
    columns = dict(zip((f.name for f in baseline.constraints.features), profile.columns.values(), strict=True))
    comparisons = compare(columns, baseline, method)
    violations = list_violations(comparisons)
    distances = {
        comparison.feature.name: comparison.distance for comparison in comparisons if comparison.distance is not None
    }
    notes = [*data_notes(profile), *comparison_notes(columns, baseline)]
    return Result(
        profile.rows,
        len(columns),
        documents | {VIOLATIONS_FILE: {"violations": violations}},
        violations,
        notes,
        distances,
    )

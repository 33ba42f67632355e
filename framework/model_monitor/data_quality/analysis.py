"""One run: a dataset, and a baseline or none, to the files that the analyzer writes."""

from __future__ import annotations

from model_monitor.data_quality.baseline import Baseline
from model_monitor.data_quality.checks import column_count, compare, violations
from model_monitor.data_quality.constraints import suggest_constraints
from model_monitor.data_quality.notes import comparison_notes, data_notes
from model_monitor.data_quality.profile import Profile
from model_monitor.data_quality.statistics import statistics
from model_monitor.data_quality.workers import Task, profile
from model_monitor.monitor_error import MonitorError
from model_monitor.result import CONSTRAINTS, SHAPES, STATISTICS, VIOLATIONS, Progress, Result
from model_monitor.tables.dataset import Dataset


def analyse(
    dataset: Dataset,
    baseline: Baseline | None = None,
    shape: str = SHAPES[0],
    method: str = "compat",
    on_progress: Progress = lambda done, total: None,
) -> Result:
    """Statistics and suggested constraints of a dataset; with a baseline, its violations too.

    Args:
        dataset: to look at.
        baseline: to compare with.
        shape: of the documents: 2023, as AWS's containers write them since then, or 2021.
        method: how drift is computed: compat, as by AWS, or exact.
        on_progress: called with how many of the dataset's partitions are done, and how many there are.

    Raises:
        MonitorError: the dataset is empty or cannot be read, or its columns are other ones than the baseline's.
    """
    names = [feature.name for feature in baseline.constraints.features] if baseline else None
    found = dataset.columns() if dataset.has_fixed_columns else []
    if found and (violation := _compared(found, names, dataset)):
        return violation
    by_position = names if _is_numbered(found) else None
    whole = profile(Task(dataset, by_position, baseline.constraints.domains if baseline else None), on_progress)
    if not whole.rows:
        raise MonitorError(f"{dataset.source} has no rows")
    if not dataset.has_fixed_columns:
        whole.sort()
    if violation := _compared(list(whole.columns), names, dataset):
        return violation
    return _result(whole, baseline, shape, method)


def _is_numbered(names: list[str]) -> bool:
    """Whether columns have no names of their own: they are then matched by their position, as the analyzer does."""
    return bool(names) and names == [f"_c{number}" for number in range(len(names))]


def _compared(found: list[str], names: list[str] | None, dataset: Dataset) -> Result | None:
    """What the analyzer leaves where the number of columns is wrong: one violation, and nothing else.

    Raises:
        MonitorError: the data name their columns otherwise than the baseline does. The analyzer would match them by
            their position, and hold one column against the baseline of another.
    """
    if names is None:
        return None
    is_numbered = _is_numbered(found) or _is_numbered(names)
    if violations := column_count(len(found), len(names)):
        extra, missing = (", ".join(sorted(set(a) - set(b))) or "none" for a, b in ((found, names), (names, found)))
        notes = [] if is_numbered else [f"not in the baseline: {extra}; not in the data: {missing}"]
        return Result(None, len(found), {VIOLATIONS: {"violations": violations}}, violations, notes)
    for number, (name, wanted) in enumerate(zip(found, names, strict=True), 1):
        if name != wanted and not is_numbered:
            raise MonitorError(
                f"{dataset.source}: column {number} is {name!r}, where the baseline has {wanted!r}; "
                "the columns must be the baseline's, in its order"
            )
    return None


def _result(whole: Profile, baseline: Baseline | None, shape: str, method: str) -> Result:
    for column in whole.columns.values():
        if column.infinite and column.inferred_type in ("Integral", "Fractional"):
            value, place = column.infinite.value, column.infinite.place
            raise MonitorError(f"{place}, column {column.name!r}: {value} is no finite number")
    written = {STATISTICS: statistics(whole, shape), CONSTRAINTS: suggest_constraints(whole, shape)}
    if baseline is None:
        return Result(whole.rows, len(whole.columns), written, notes=data_notes(whole))
    columns = dict(zip((f.name for f in baseline.constraints.features), whole.columns.values(), strict=True))
    checked = compare(columns, baseline, method)
    found = violations(checked)
    distances = {one.feature.name: one.distance for one in checked if one.distance is not None}
    notes = [*data_notes(whole), *comparison_notes(columns, baseline)]
    return Result(whole.rows, len(columns), written | {VIOLATIONS: {"violations": found}}, found, notes, distances)

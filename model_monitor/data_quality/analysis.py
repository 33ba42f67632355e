"""One run: a dataset, and a baseline or none, to the files that the analyzer writes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from model_monitor import documents
from model_monitor.data_quality.baseline import Baseline
from model_monitor.data_quality.checks import column_count, violations
from model_monitor.data_quality.constraints import suggested
from model_monitor.data_quality.profile import Profile
from model_monitor.data_quality.statistics import SHAPES, statistics
from model_monitor.data_quality.workers import Progress, Task, profile
from model_monitor.errors import MonitorError
from model_monitor.tables.dataset import Dataset

STATISTICS, CONSTRAINTS, VIOLATIONS = "statistics.json", "constraints.json", "constraint_violations.json"


@dataclass(frozen=True)
class Result:
    """What a run found. ``documents`` are the files by name; ``violations`` is None where nothing was compared.

    ``notes`` say what a person should know of the data beside that.
    """

    rows: int
    columns: int
    documents: dict[str, dict[str, Any]]
    violations: list[dict[str, str]] | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def message(self) -> str:
        """The job's exit message, in the analyzer's words."""
        if not self.violations:
            return "Completed: Job completed successfully with no violations."
        return f"CompletedWithViolations: Job completed successfully with {len(self.violations)} violations."

    def write(self, folder: Path) -> None:
        """Write the documents into a folder, each at once; what an earlier run left under these names is gone."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in (STATISTICS, CONSTRAINTS, VIOLATIONS):
            folder.joinpath(name).unlink(missing_ok=True)
        for name, document in self.documents.items():
            partial = folder / f".{name}.partial"
            partial.write_text(documents.text(document), encoding="utf-8")
            partial.replace(folder / name)


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
    is_fixed = dataset.has_fixed_columns
    if is_fixed and (violation := _compared(dataset.columns(), names, dataset)):
        return violation
    task = Task(dataset, names if is_fixed else None, baseline.constraints.domains if baseline else None)
    whole = profile(task, on_progress)
    if not whole.rows:
        raise MonitorError(f"{dataset.source} has no rows")
    if not is_fixed:
        whole.sort()
        if violation := _compared(list(whole.columns), names, dataset):
            return violation
    return _result(whole, baseline, shape, method)


def _compared(found: list[str], names: list[str] | None, dataset: Dataset) -> Result | None:
    """What the analyzer leaves where the number of columns is wrong: one violation, and nothing else.

    Raises:
        MonitorError: the data name their columns otherwise than the baseline does. The analyzer would match them by
            their position, and hold one column against the baseline of another.
    """
    if names is None:
        return None
    if violations := column_count(len(found), len(names)):
        return Result(0, len(found), {VIOLATIONS: {"violations": violations}}, violations)
    for number, (name, wanted) in enumerate(zip(found, names, strict=True), 1):
        if dataset.has_names and name != wanted:
            raise MonitorError(
                f"{dataset.source}: column {number} is {name!r}, where the baseline has {wanted!r}; "
                "the columns must be the baseline's, in its order"
            )
    return None


def _result(whole: Profile, baseline: Baseline | None, shape: str, method: str) -> Result:
    written = {STATISTICS: statistics(whole, shape), CONSTRAINTS: suggested(whole, shape)}
    result = Result(whole.rows, len(whole.columns), written, notes=_notes(whole))
    if baseline is None:
        return result
    found = violations(whole, baseline, method)
    return replace(result, violations=found, documents=written | {VIOLATIONS: {"violations": found}})


def _notes(profile: Profile) -> list[str]:
    """Columns of numbers that a few texts turn into a String column, and columns without a value."""
    notes = []
    for column in profile.columns.values():
        if column.odd and column.share_of_type("String") < 0.5:
            texts = round(column.share_of_type("String") * column.present)
            notes.append(
                f"column {column.name!r} is String because of {texts} of its {column.present} values; "
                f"the first is {column.odd.value[:60]!r} ({column.odd.place})"
            )
        elif not column.present:
            notes.append(f"column {column.name!r} has no value in any of the {column.rows} rows")
    return notes

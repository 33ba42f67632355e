"""What a run of an analysis found, and the files that it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_monitor import documents
from model_monitor.lifecycle import VIOLATIONS_STATUS
from model_monitor.monitor_error import MonitorError

FILES = STATISTICS, CONSTRAINTS, VIOLATIONS = "statistics.json", "constraints.json", "constraint_violations.json"
#: The shapes of the documents: as AWS's containers write them since 2023, and as they did before.
SHAPES = ("2023", "2021")
#: Called with how many of a dataset's partitions are done, and how many there are.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Result:
    """What a run found. ``documents`` are the files by name; ``violations`` is None where nothing was compared.

    ``rows`` and ``columns`` are None where they were not looked at. ``notes`` say what a person should know of the data
    beside that. ``distances`` says how far each compared feature's distribution is from the baseline's.
    """

    rows: int | None
    columns: int | None
    documents: dict[str, dict[str, Any]]
    violations: list[dict[str, str]] | None = None
    notes: list[str] = field(default_factory=list)
    distances: dict[str, float] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The job's exit message."""
        return exit_message(self.violations)

    def write(self, folder: Path) -> None:
        """Write the documents into a folder, each at once; what an earlier run left under these names is gone.

        Raises:
            MonitorError: that cannot be written to.
        """
        write(folder, {name: documents.text(document) for name, document in self.documents.items()}, FILES)


def write(folder: Path, texts: Mapping[str, str], names: Sequence[str]) -> None:
    """Write texts into a folder, each at once.

    Args:
        folder: which is made.
        texts: by the file's name.
        names: of files that an earlier run may have left; those that are not written now are gone.

    Raises:
        MonitorError: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            folder.joinpath(name).unlink(missing_ok=True)
        for name, text in texts.items():
            partial = folder / f".{name}.partial"
            partial.write_bytes(text.encode())
            partial.replace(folder / name)
    except OSError as error:
        raise MonitorError(f"cannot write to {str(folder)!r}: {error.strerror}") from None


def exit_message(violations: Sequence[Mapping[str, str]] | None) -> str:
    """Of a job that has found these, in the analyzer's words."""
    if not violations:
        return "Completed: Job completed successfully with no violations."
    return f"{VIOLATIONS_STATUS}: Job completed successfully with {len(violations)} violations."


def describe_violation(violation: dict[str, str]) -> str:
    """A violation in a line: the feature or the metric, and what is wrong with it."""
    facet = [violation["facet"], violation["facet_value"]] if "facet" in violation else []
    return (
        f"{' '.join([*facet, violation.get('feature_name') or violation['metric_name']])}: {violation['description']}"
    )

"""Holds the result of an analysis, and writes its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_monitor import documents
from model_monitor.lifecycle import VIOLATIONS_STATUS
from model_monitor.monitor_error import MonitorError

DOCUMENT_FILES = STATISTICS_FILE, CONSTRAINTS_FILE, VIOLATIONS_FILE = (
    "statistics.json",
    "constraints.json",
    "constraint_violations.json",
)
#: The shapes of the documents: as AWS's containers have written them since 2023, and as they did before.
SHAPES = ("2023", "2021")
#: Called with how many of a dataset's partitions are done, and how many there are.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Result:
    """Holds the result of a run. ``documents`` are the files by name; ``violations`` is None if nothing was compared.

    ``rows`` and ``columns`` are None if they were not counted. ``notes`` are further remarks on the data for the user.
    ``distances`` says how far each compared feature's distribution is from the baseline's.
    """

    rows: int | None
    columns: int | None
    documents: dict[str, dict[str, Any]]
    violations: list[dict[str, str]] | None = None
    notes: list[str] = field(default_factory=list)
    distances: dict[str, float] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """Return the job's exit message."""
        return exit_message(self.violations)

    def write(self, folder: Path) -> None:
        """Write each document atomically into a folder, and remove files of these names that an earlier run wrote.

        Raises:
            MonitorError: the folder cannot be written to.
        """
        write_files(
            folder, {name: documents.text(document) for name, document in self.documents.items()}, DOCUMENT_FILES
        )


def write_files(folder: Path, texts: Mapping[str, str], names: Sequence[str]) -> None:
    """Write each text atomically into a folder.

    Args:
        folder: to write to; created if it does not exist.
        texts: file name -> content.
        names: of files that an earlier run may have written; all are removed first.

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
    """Return the exit message of a job with these violations, as the analyzer words it."""
    if not violations:
        return "Completed: Job completed successfully with no violations."
    return f"{VIOLATIONS_STATUS}: Job completed successfully with {len(violations)} violations."


def describe_violation(violation: dict[str, str]) -> str:
    """Return a violation as one line: the feature or the metric, and its description."""
    facet = [violation["facet"], violation["facet_value"]] if "facet" in violation else []
    return (
        f"{' '.join([*facet, violation.get('feature_name') or violation['metric_name']])}: {violation['description']}"
    )

"""Runs one check on its folders; ``lifecycle`` decides what it compares with and which baseline it passes on."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from model_monitor import json_files, lifecycle
from model_monitor.lifecycle import CALCULATED_FOLDER, USED_FOLDER, Baseline, Plan, files_of
from model_monitor.monitor_error import MonitorError
from model_monitor.result import VIOLATIONS_FILE, describe_violation, exit_message, write_files

MANIFEST_FILE = "manifest.json"
#: The file names of a resolved baseline, whatever its files were called at their source.
RESOLVED_FILES = lifecycle.QUALITY_FILES
#: How many names an exit message has at most, and how many of its characters SageMaker stores.
MAX_NAMES, MESSAGE_CHARACTERS = 5, 1024


@dataclass(frozen=True)
class CheckJob:
    """Describes a check: its type, a key of MEMBERS_BY_CHECK_TYPE; its flags; its folders.

    ``model`` is the file of a model. ``config`` is analysis_config.json for checks of bias and explainability; for the
    others an object with the analyzer's ``dataset_format`` and, for model quality, the members of ``Attributes``.
    """

    check_type: str
    skip: bool
    register: bool
    data: Path
    config: Path
    baseline: Path
    output: Path
    model: Path | None = None


class CheckResult(NamedTuple):
    """Holds the result of an analysis.

    ``violations`` is None if nothing was compared; ``report`` is the text of their report, if there is one; ``notes``
    are remarks on the data for the user.
    """

    violations: Sequence[Mapping[str, str]] | None
    report: str | None
    notes: Sequence[str]

    @property
    def message(self) -> str:
        """Return the job's exit message; it names the first columns or metrics that have violations."""
        if not self.violations:
            return exit_message(self.violations)
        names = list(
            dict.fromkeys(describe_violation(dict(violation)).partition(": ")[0] for violation in self.violations)
        )
        more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
        return f"{exit_message(self.violations)} {', '.join(names[:MAX_NAMES])}{more}"[:MESSAGE_CHARACTERS]


#: Analyses for a job; called with the job, the baseline to compare with, and the folder for its documents.
Analyse = Callable[[CheckJob, Baseline | None, Path], CheckResult]


def run(job: CheckJob, analyse: Analyse) -> CheckResult:
    """Run a check.

    Raises:
        MonitorError: a required baseline is missing, the configuration or the data cannot be used, or the output cannot
            be written.
    """
    plan = _plan(job)
    result = analyse(job, plan.compare_with, job.output / CALCULATED_FOLDER)
    _copy_used_baseline(job, plan)
    write_files(job.output, {VIOLATIONS_FILE: result.report} if result.report else {}, [VIOLATIONS_FILE])
    return result


def _plan(job: CheckJob) -> Plan:
    """Return the plan of the check, with baselines as paths."""
    manifest: Any = json_files.load(job.baseline / MANIFEST_FILE, "manifest of a resolved baseline")
    if not isinstance(manifest, dict) or manifest.get("check_type") != job.check_type:
        raise MonitorError(f"{job.baseline / MANIFEST_FILE} is not of a {job.check_type} check: {manifest!r:.200}")
    previous = Baseline(*(_existing_path(job.baseline / str(name)) for name in RESOLVED_FILES))
    new = Baseline(*(name and str(job.output / CALCULATED_FOLDER / name) for name in files_of(job.check_type)))
    return lifecycle.plan(job.check_type, job.skip, job.register, previous, new)


def _existing_path(path: Path) -> str | None:
    return str(path) if path.is_file() else None


def _copy_used_baseline(job: CheckJob, plan: Plan) -> None:
    """Copy the baseline that later runs compare with, under the names that this check gives its documents."""
    folder = job.output / USED_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for path, name in zip(plan.used, files_of(job.check_type), strict=True):
        if path and name and Path(path).is_file():
            shutil.copyfile(path, folder / name)

"""One check, from its folders to its folders; what it compares with, and hands on, is ``lifecycle``'s table."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from model_monitor import json_files, lifecycle
from model_monitor.lifecycle import CALCULATED, USED, Baseline, Plan, files_of
from model_monitor.monitor_error import MonitorError
from model_monitor.result import VIOLATIONS, describe_violation, exit_message, write

MANIFEST = "manifest.json"
#: A resolved baseline, whatever the files were called where they come from.
RESOLVED = lifecycle.QUALITY
#: How many names an exit message has, and the characters that SageMaker keeps of it.
NAMED, MESSAGE_CHARACTERS = 5, 1024


@dataclass(frozen=True)
class CheckJob:
    """What a check is told: its type, a row of FAMILIES; its flags; its folders; ``model`` is the file of a model.

    ``config`` is analysis_config.json for checks of bias and explainability; for the others an object with the
    analyzer's ``dataset_format`` and, for model quality, the members of ``Attributes``.
    """

    check: str
    skip: bool
    register: bool
    data: Path
    config: Path
    baseline: Path
    output: Path
    model: Path | None = None


class CheckResult(NamedTuple):
    """What an analysis found: violations, None where nothing was compared; the text of their report, if there is one;
    what a person should know of the data.
    """

    violations: Sequence[Mapping[str, str]] | None
    report: str | None
    notes: Sequence[str]

    @property
    def message(self) -> str:
        """The job's exit message; it names the first columns or metrics that were found wrong."""
        if not self.violations:
            return exit_message(self.violations)
        names = list(dict.fromkeys(describe_violation(dict(one)).partition(": ")[0] for one in self.violations))
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        return f"{exit_message(self.violations)} {', '.join(names[:NAMED])}{more}"[:MESSAGE_CHARACTERS]


#: Gets the job, what to compare with, and the folder for its documents.
Analyse = Callable[[CheckJob, Baseline | None, Path], CheckResult]


def run(job: CheckJob, analyse: Analyse) -> CheckResult:
    """Run a check.

    Raises:
        MonitorError: a baseline is needed and not there, the configuration or the data cannot be used, or the output
            cannot be written.
    """
    plan = _plan(job)
    found = analyse(job, plan.compare_with, job.output / CALCULATED)
    _use(job, plan)
    write(job.output, {VIOLATIONS: found.report} if found.report else {}, [VIOLATIONS])
    return found


def _plan(job: CheckJob) -> Plan:
    """What is compared with, and what is used, as paths."""
    manifest: Any = json_files.load(job.baseline / MANIFEST, "manifest of a resolved baseline")
    if not isinstance(manifest, dict) or manifest.get("check_type") != job.check:
        raise MonitorError(f"{job.baseline / MANIFEST} is not that of {job.check}: {manifest!r:.200}")
    found = Baseline(*(_there(job.baseline / str(name)) for name in RESOLVED))
    new = Baseline(*(name and str(job.output / CALCULATED / name) for name in files_of(job.check)))
    return lifecycle.plan(job.check, job.skip, job.register, found, new)


def _there(path: Path) -> str | None:
    return str(path) if path.is_file() else None


def _use(job: CheckJob, plan: Plan) -> None:
    """Put the baseline in place that later runs compare with, under the names that this check gives its documents."""
    folder = job.output / USED
    folder.mkdir(parents=True, exist_ok=True)
    for path, name in zip(plan.used, files_of(job.check), strict=True):
        if path and name and Path(path).is_file():
            shutil.copyfile(path, folder / name)

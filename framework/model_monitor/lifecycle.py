"""What a check step compares with, and which baseline it hands on: one table, for whoever runs a check.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-quality-clarify-baseline-lifecycle.html

    skip_check  register_new_baseline | compares with  BaselineUsedForDriftCheck*
    no          no                    | previous       previous
    no          yes                   | previous       new
    yes         no                    | nothing        previous
    yes         yes                   | nothing        new

The new baseline (CalculatedBaseline*) is computed in any case. The previous one is what was supplied, else what the
latest approved version in the model package group carries; it must exist but in the last case. Standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from model_monitor.monitor_error import MonitorError


class Baseline(NamedTuple):
    """The URIs of a baseline's files, each None where there is no such file."""

    statistics: str | None = None
    constraints: str | None = None


class Plan(NamedTuple):
    """``compare_with`` is None where nothing is compared; ``used`` is what later steps take as the baseline."""

    compare_with: Baseline | None
    used: Baseline


class Family(NamedTuple):
    """Where a model package's DriftCheckBaselines hold a family's files; ``statistics`` is None where it has none."""

    member: str
    statistics: str | None
    constraints: str


#: A check step's CheckType -> its family.
#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DriftCheckBaselines.html
FAMILIES = {
    "DATA_QUALITY": Family("ModelDataQuality", "Statistics", "Constraints"),
    "MODEL_QUALITY": Family("ModelQuality", "Statistics", "Constraints"),
    "DATA_BIAS": Family("Bias", None, "PreTrainingConstraints"),
    "MODEL_BIAS": Family("Bias", None, "PostTrainingConstraints"),
    "MODEL_EXPLAINABILITY": Family("Explainability", None, "Constraints"),
}


#: The documents of a check of quality, and of one of bias or explainability, whose analysis is its own constraints.
QUALITY, ANALYSIS = Baseline("statistics.json", "constraints.json"), Baseline(None, "analysis.json")
#: The folders of a project's own check: what it has calculated, and what later executions compare with.
CALCULATED, USED = "calculated", "used"
#: What the exit message of a job begins with that has found violations.
VIOLATIONS_STATUS = "CompletedWithViolations"


def files_of(check_type: str) -> Baseline:
    """The names of the documents that a check of this type, one of FAMILIES, leaves."""
    return QUALITY if FAMILIES[check_type].statistics else ANALYSIS


def plan(check_type: str, skip: bool, register: bool, previous: Baseline, new: Baseline) -> Plan:
    """What a check of this type does.

    Args:
        check_type: one of FAMILIES.
        skip, register: the step's skip_check and register_new_baseline.
        previous: see ``previous``.
        new: the URIs that the baseline of this run will have.

    Raises:
        MonitorError: a previous baseline is needed, and a file of it is not there.
    """
    if not (skip and register):
        _demand(check_type, previous)
    return Plan(None if skip else previous, new if register else previous)


def previous_baseline(supplied: Baseline, registered: Baseline) -> Baseline:
    """The previous baseline: each file the supplied one, else the registered one. An empty text is no file."""
    return Baseline(*(given or found or None for given, found in zip(supplied, registered, strict=True)))


def registered_baseline(check_type: str, package: Mapping[str, Any] | None) -> Baseline:
    """What a model package carries for a check.

    Args:
        check_type: one of FAMILIES.
        package: DescribeModelPackage's response for the latest approved version; None where there is none.
    """
    family = FAMILIES[check_type]
    files = ((package or {}).get("DriftCheckBaselines") or {}).get(family.member) or {}
    statistics = files.get(family.statistics, {}) if family.statistics else {}
    return Baseline(statistics.get("S3Uri"), files.get(family.constraints, {}).get("S3Uri"))


def can_compare(check_type: str, baseline: Baseline) -> bool:
    """Whether a baseline has all files that a check of this type needs."""
    return not _missing(check_type, baseline)


def _missing(check_type: str, baseline: Baseline) -> list[str]:
    needed = [name for name in ("statistics", "constraints") if getattr(FAMILIES[check_type], name)]
    return [name for name in needed if not getattr(baseline, name)]


def _demand(check_type: str, baseline: Baseline) -> None:
    if missing := _missing(check_type, baseline):
        raise MonitorError(
            f"{check_type} has no previous {' and '.join(missing)}: none was supplied, and the model package group has "
            "no approved version that carries them; approve one, or skip the check and register a new baseline"
        )

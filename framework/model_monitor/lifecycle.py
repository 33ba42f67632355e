"""Decides what a check step compares with, and which baseline it passes on: one table for all code that runs checks.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-quality-clarify-baseline-lifecycle.html

    skip_check  register_new_baseline | compares with  BaselineUsedForDriftCheck*
    no          no                    | previous       previous
    no          yes                   | previous       new
    yes         no                    | nothing        previous
    yes         yes                   | nothing        new

The new baseline (CalculatedBaseline*) is always computed. The previous one is the supplied one, otherwise that of the
latest approved version in the model package group. It must exist, except in the last row.

A Lambda function imports this module, so it needs only the standard library.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from model_monitor.monitor_error import MonitorError


class Baseline(NamedTuple):
    """Holds the URIs, or the names, of a baseline's two files; each is None if there is no such file."""

    statistics: str | None = None
    constraints: str | None = None


class Plan(NamedTuple):
    """Says what a check compares with (None: nothing), and the baseline that it passes on, ``used``."""

    compare_with: Baseline | None
    used: Baseline


class DriftCheckMembers(NamedTuple):
    """Names the members of DriftCheckBaselines that hold the baseline of one check type; ``statistics`` may be None."""

    member: str
    statistics: str | None
    constraints: str


#: CheckType of a check step -> where a model package has its baseline.
#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DriftCheckBaselines.html
MEMBERS_BY_CHECK_TYPE = {
    "DATA_QUALITY": DriftCheckMembers("ModelDataQuality", "Statistics", "Constraints"),
    "MODEL_QUALITY": DriftCheckMembers("ModelQuality", "Statistics", "Constraints"),
    "DATA_BIAS": DriftCheckMembers("Bias", None, "PreTrainingConstraints"),
    "MODEL_BIAS": DriftCheckMembers("Bias", None, "PostTrainingConstraints"),
    "MODEL_EXPLAINABILITY": DriftCheckMembers("Explainability", None, "Constraints"),
}


#: The documents of a quality check, and of a bias or explainability check, whose analysis is also its constraints.
QUALITY_FILES, ANALYSIS_FILES = Baseline("statistics.json", "constraints.json"), Baseline(None, "analysis.json")
#: The folders that a project's own check writes: what it calculated, and what later executions compare with.
CALCULATED_FOLDER, USED_FOLDER = "calculated", "used"
#: How the exit message of a job with violations begins.
VIOLATIONS_STATUS = "CompletedWithViolations"


def files_of(check_type: str) -> Baseline:
    """Return the names of the documents that a check of this type, a key of MEMBERS_BY_CHECK_TYPE, writes."""
    return QUALITY_FILES if MEMBERS_BY_CHECK_TYPE[check_type].statistics else ANALYSIS_FILES


def plan(check_type: str, skip: bool, register: bool, previous: Baseline, new: Baseline) -> Plan:
    """Return what a check of this type does.

    Args:
        check_type: a key of MEMBERS_BY_CHECK_TYPE.
        skip, register: the step's skip_check and register_new_baseline.
        previous: see ``previous_baseline``.
        new: the URIs that the baseline of this run will have.

    Raises:
        MonitorError: a previous baseline is needed, and one of its files is missing.
    """
    if not (skip and register):
        _require(check_type, previous)
    return Plan(None if skip else previous, new if register else previous)


def previous_baseline(supplied: Baseline, registered: Baseline) -> Baseline:
    """Return the previous baseline: for each file the supplied one, otherwise the registered one.

    An empty string stands for no file.
    """
    return Baseline(*(first or second or None for first, second in zip(supplied, registered, strict=True)))


def registered_baseline(check_type: str, package: Mapping[str, Any] | None) -> Baseline:
    """Return the baseline that a model package carries for a check.

    Args:
        check_type: a key of MEMBERS_BY_CHECK_TYPE.
        package: DescribeModelPackage's response for the latest approved version; None if there is none.
    """
    members = MEMBERS_BY_CHECK_TYPE[check_type]
    files = ((package or {}).get("DriftCheckBaselines") or {}).get(members.member) or {}
    statistics = files.get(members.statistics, {}) if members.statistics else {}
    return Baseline(statistics.get("S3Uri"), files.get(members.constraints, {}).get("S3Uri"))


def can_compare(check_type: str, baseline: Baseline) -> bool:
    """Return whether a baseline has all files that a check of this type needs."""
    return not _missing(check_type, baseline)


def _missing(check_type: str, baseline: Baseline) -> list[str]:
    needed = [name for name in ("statistics", "constraints") if getattr(MEMBERS_BY_CHECK_TYPE[check_type], name)]
    return [name for name in needed if not getattr(baseline, name)]


def _require(check_type: str, baseline: Baseline) -> None:
    if missing := _missing(check_type, baseline):
        raise MonitorError(
            f"{check_type} has no previous {' and '.join(missing)}: none was supplied, and the model package group has "
            "no approved version that carries them; approve one, or skip the check and register a new baseline"
        )

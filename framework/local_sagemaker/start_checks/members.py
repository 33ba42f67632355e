"""Checks each member of a definition: is it refused here, or without effect?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from local_sagemaker.definition.expressions import with_parameters
from local_sagemaker.definition.members import definition_reports
from local_sagemaker.definition.members.table import REFUSED, MemberReport, distinct
from local_sagemaker.start_checks.start import Start


def refused_members(start: Start) -> Iterator[str]:
    """Yield each member that is refused, with the reason."""
    for report in _reports(start):
        if report.treatment == REFUSED:
            yield f"{report.path} is not supported here: {report.reason}"


def ineffective_members(start: Start) -> Iterator[str]:
    """Yield each member that has no effect here, each reason once."""
    for report in distinct(report for report in _reports(start) if report.treatment != REFUSED):
        yield f"{report.path} has no effect here: {report.reason}"


def _reports(start: Start) -> Iterator[MemberReport]:
    steps = [replace(step, raw=with_parameters(step.raw, start.values)) for step in start.definition.steps]
    yield from definition_reports(start.definition.raw, steps)

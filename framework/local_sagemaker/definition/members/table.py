"""Declare what this machine does with each member of a request.

A path names a member from the request on, as in ``InputDataConfig.DataSource.S3DataSource``; the entries of a list are
not numbered. Every member of a request's shape is one of four:

- handled: it has the effect that it has on AWS,
- recorded: it is kept for Describe and List, and a program would not notice its effect on AWS,
- without effect here: a start reports it once, with its path and the reason,
- refused: a request that sets it is not carried out, with the path and the reason.

A handled member may have values that are refused, as in ``InputMode``: File is handled, Pipe is refused.
Recorded, ineffective and refused members stand for all members below them; a handled one only for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from local_sagemaker.definition.expressions import is_intended_expression

HANDLED, RECORDED, WITHOUT_EFFECT, REFUSED = "handled", "recorded", "without effect here", "refused"
TREATMENTS = (HANDLED, RECORDED, WITHOUT_EFFECT, REFUSED)


class ValueCheck(NamedTuple):
    """Decides which values of a handled member are handled; the others are refused for the reason."""

    accepts: Callable[[Any], bool]
    reason: str


@dataclass(frozen=True)
class Table:
    """The members of one request.

    Args:
        handled: paths, separated by blanks.
        recorded, without_effect, refused: path -> the reason.
        checks: path of a handled member -> the check that refuses some of its values.
    """

    handled: str = ""
    recorded: Mapping[str, str] = field(default_factory=dict)
    without_effect: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, ValueCheck] = field(default_factory=dict)

    @cached_property
    def handled_paths(self) -> frozenset[str]:
        """The handled members."""
        return frozenset(self.handled.split())

    @cached_property
    def structures(self) -> frozenset[str]:
        """The paths below which members are declared, with "" for the request itself."""
        paths = (*self.handled_paths, *self.recorded, *self.without_effect, *self.refused)
        return frozenset({"", *(path.rpartition(".")[0] for path in paths)})

    def treatment(self, path: str) -> tuple[str, str] | None:
        """Return how a member is treated, and the reason; None if neither it nor a member above it is declared."""
        if path in self.handled_paths:
            return HANDLED, ""
        parts = path.split(".")
        prefixes = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
        treatments = {RECORDED: self.recorded, WITHOUT_EFFECT: self.without_effect, REFUSED: self.refused}
        declared = (
            (name, paths[prefix]) for prefix in prefixes for name, paths in treatments.items() if prefix in paths
        )
        return next(declared, None)

    def below(self, path: str) -> Table:
        """Return this table as part of the table of a request that has these members below ``path``."""

        def add_prefix(paths: Mapping[str, Any]) -> dict[str, Any]:
            return {f"{path}.{name}": value for name, value in paths.items()}

        return Table(
            " ".join([path, *(f"{path}.{name}" for name in self.handled.split())]),
            add_prefix(self.recorded),
            add_prefix(self.without_effect),
            add_prefix(self.refused),
            add_prefix(self.checks),
        )

    def __or__(self, addition: Table) -> Table:
        return Table(
            f"{self.handled} {addition.handled}",
            {**self.recorded, **addition.recorded},
            {**self.without_effect, **addition.without_effect},
            {**self.refused, **addition.refused},
            {**self.checks, **addition.checks},
        )


class MemberReport(NamedTuple):
    """A member of a request that is refused or has no effect: its numbered path, the treatment and the reason."""

    path: str
    treatment: str
    reason: str


def reports(table: Table, request: Mapping[str, Any]) -> Iterator[MemberReport]:
    """Yield a report for each member of the request that is refused, or has no effect here.

    A member that asks for nothing (None, False, 0, "", an empty list or object) is skipped. One that is not declared is
    refused: a later version of AWS's API may have added it.
    """
    yield from _reports(table, request, "", "")


def _reports(table: Table, value: Any, numbered_path: str, path: str) -> Iterator[MemberReport]:
    if isinstance(value, list):
        for number, entry in enumerate(value):
            yield from _reports(table, entry, f"{numbered_path}[{number}]", path)
    elif isinstance(value, Mapping) and not is_intended_expression(value):
        for name, member in value.items():
            if member not in (None, False, "", [], {}):  # 0 equals False
                yield from _member_reports(table, member, _join(numbered_path, name), _join(path, name))


def _member_reports(table: Table, value: Any, numbered_path: str, path: str) -> Iterator[MemberReport]:
    """Yield the report of a member, or those of the members inside it."""
    treatment, reason = table.treatment(path) or _undeclared_treatment(table, path)
    check = table.checks.get(path)
    if check and not is_intended_expression(value) and not check.accepts(value):
        treatment, reason = REFUSED, check.reason
    if treatment in (WITHOUT_EFFECT, REFUSED):
        yield MemberReport(numbered_path, treatment, reason)
    elif treatment == HANDLED:
        yield from _reports(table, value, numbered_path, path)


def _undeclared_treatment(table: Table, path: str) -> tuple[str, str]:
    """Return the treatment of a path that is not declared: an entry of a map, or an unknown member of a structure."""
    is_member = path.rpartition(".")[0] in table.structures
    return (REFUSED, "this release does not know it") if is_member else (HANDLED, "")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def each(names: str, reason: str) -> dict[str, str]:
    """Return the reason for each of several members, whose names blanks separate."""
    return dict.fromkeys(names.split(), reason)


def only(*values: Any, reason: str = "") -> ValueCheck:
    """Return a check that refuses every value but these."""
    listed = " or ".join(map(str, values))
    return ValueCheck(lambda value: value in values, f"{reason or 'this machine supports only'} {listed}")


def at_most(limit: int, reason: str) -> ValueCheck:
    """Return a check that refuses larger integers."""
    return ValueCheck(lambda value: not isinstance(value, int) or value <= limit, reason)


def distinct(all_reports: Iterable[MemberReport]) -> list[MemberReport]:
    """Return the first report of each member's name and reason."""
    by_reason = {(report.path.rpartition(".")[2], report.reason): report for report in reversed(list(all_reports))}
    return sorted(by_reason.values())

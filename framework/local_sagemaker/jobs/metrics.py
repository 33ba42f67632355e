"""The metrics of a training job, read from its log."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from local_sagemaker.errors import JobError


class Metrics:
    """What to look for in a log.

    Args:
        definitions: the request's MetricDefinitions; the first group of each Regex is the value.
        own_pattern: the image's own pattern, with groups ``name`` (``train-rmse`` for ``train:rmse``) and ``value``.

    Raises:
        JobError: a Regex is none, or has no group.
    """

    def __init__(self, definitions: Sequence[dict[str, str]], own_pattern: str):
        self._own = re.compile(own_pattern) if own_pattern else None
        self._given = [(d["Name"], _compiled(d)) for d in definitions]

    def last(self, log: Path, timestamp: str) -> list[dict[str, Any]]:
        """FinalMetricDataList: the last value of each metric; the log is read line by line."""
        last: dict[str, float] = {}
        with log.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                last |= dict(self._found(line))
        finite = {name: value for name, value in last.items() if math.isfinite(value)}
        return [{"MetricName": n, "Value": v, "Timestamp": timestamp} for n, v in finite.items()]

    def values(self, log: Path, name: str) -> list[float]:
        """Every value of a metric that has been printed so far, in order; such as are not finite are left out."""
        with log.open(encoding="utf-8", errors="replace") as lines:
            found = (value for line in lines for metric, value in self._found(line) if metric == name)
            return [value for value in found if math.isfinite(value)]

    def _found(self, line: str) -> Iterator[tuple[str, float]]:
        for match in self._own.finditer(line) if self._own else ():
            yield match["name"].replace("-", ":", 1), float(match["value"])
        for name, pattern in self._given:
            if found := pattern.search(line):
                yield name, _number(found[1])


def _compiled(definition: dict[str, str]) -> re.Pattern[str]:
    try:
        pattern = re.compile(definition["Regex"])
    except re.error as error:
        raise JobError(
            f"ClientError: metric {definition['Name']!r}: {definition['Regex']!r} is no regex: {error}"
        ) from None
    if not pattern.groups:
        raise JobError(
            f"ClientError: metric {definition['Name']!r}: {definition['Regex']!r} has no group for the value"
        )
    return pattern


def _number(text: str) -> float:
    """A value that is no number is left out, like one that is not finite."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return math.nan

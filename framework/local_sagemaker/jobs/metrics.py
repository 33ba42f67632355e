"""Reads the metrics of a training job from its log."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from local_sagemaker.errors import JobError


class Metrics:
    """The patterns that find metrics in a log.

    Args:
        definitions: the request's MetricDefinitions; the first group of each Regex is the value.
        own_pattern: the image's own pattern, with groups ``name`` (``train-rmse`` for ``train:rmse``) and ``value``.

    Raises:
        JobError: if a Regex is not valid, or has no group.
    """

    def __init__(self, definitions: Sequence[dict[str, str]], own_pattern: str):
        self._own = re.compile(own_pattern) if own_pattern else None
        self._definitions = [(d["Name"], _compile(d)) for d in definitions]

    def last(self, log: Path, timestamp: str) -> list[dict[str, Any]]:
        """Return FinalMetricDataList: the last value of each metric. The log is read line by line."""
        last: dict[str, float] = {}
        with log.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                last |= dict(self._find_values(line))
        finite = {name: value for name, value in last.items() if math.isfinite(value)}
        return [{"MetricName": n, "Value": v, "Timestamp": timestamp} for n, v in finite.items()]

    def values(self, log: Path, name: str) -> list[float]:
        """Return every finite value of a metric that has been printed so far, in order."""
        with log.open(encoding="utf-8", errors="replace") as lines:
            values = (value for line in lines for metric, value in self._find_values(line) if metric == name)
            return [value for value in values if math.isfinite(value)]

    def _find_values(self, line: str) -> Iterator[tuple[str, float]]:
        for match in self._own.finditer(line) if self._own else ():
            yield match["name"].replace("-", ":", 1), float(match["value"])
        for name, pattern in self._definitions:
            if value := pattern.search(line):
                yield name, _parse_number(value[1])


def _compile(definition: dict[str, str]) -> re.Pattern[str]:
    try:
        pattern = re.compile(definition["Regex"])
    except re.error as error:
        raise JobError(
            f"ClientError: metric {definition['Name']!r}: {definition['Regex']!r} is not a valid regex: {error}"
        ) from None
    if not pattern.groups:
        raise JobError(
            f"ClientError: metric {definition['Name']!r}: {definition['Regex']!r} has no group for the value"
        )
    return pattern


def _parse_number(text: str) -> float:
    """Return the value; a text that is not a number gives NaN, which is left out like any value that is not finite."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return math.nan

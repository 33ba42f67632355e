"""The metrics of a training job, read from its log."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any


def final_metrics(
    log: Path, definitions: Sequence[dict[str, str]], own_pattern: str, timestamp: str
) -> list[dict[str, Any]]:
    """FinalMetricDataList: the last value of each metric.

    Args:
        log: read line by line.
        definitions: the request's MetricDefinitions; the first group of each Regex is the value.
        own_pattern: the image's own pattern, with groups ``name`` (``train-rmse`` for ``train:rmse``) and ``value``.
        timestamp: ISO 8601, given to every metric.
    """
    last: dict[str, float] = {}
    with log.open(encoding="utf-8", errors="replace") as lines:
        for name, value in _found(lines, definitions, own_pattern):
            last[name] = value
    return [{"MetricName": n, "Value": v, "Timestamp": timestamp} for n, v in last.items() if math.isfinite(v)]


def _found(
    lines: Iterable[str], definitions: Sequence[dict[str, str]], own_pattern: str
) -> Iterator[tuple[str, float]]:
    own = re.compile(own_pattern) if own_pattern else None
    given = [(d["Name"], re.compile(d["Regex"])) for d in definitions]
    for line in lines:
        for match in own.finditer(line) if own else ():
            yield match["name"].replace("-", ":", 1), float(match["value"])
        for name, pattern in given:
            if found := pattern.search(line):
                yield name, float(found[1])

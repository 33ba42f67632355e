"""The bias metrics of all facets, as a part of analysis.json."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from model_monitor.bias import flip_test
from model_monitor.bias.cells import LABEL, PREDICTED, Cells, Facet
from model_monitor.bias.metrics import POST_TRAINING, PRE_TRAINING, Metric
from model_monitor.bias.names import POST_TRAINING_NAMES, PRE_TRAINING_NAMES
from model_monitor.bias.values import LISTED, ObservedValues, threshold_of
from model_monitor.monitor_error import MonitorError

Metrics = dict[str, Metric]


def pre_training(cells: Cells, label: str, names: Sequence[str] = PRE_TRAINING_NAMES) -> dict[str, Any]:
    """Bias of the labels.

    Args:
        cells: of all rows.
        label: the label's column.
        names: of metrics.

    Raises:
        MonitorError: the label or a facet is continuous, and no threshold is given for it.
    """
    return _report(cells, label, [name for name in PRE_TRAINING_NAMES if name in names], PRE_TRAINING, None)


def post_training(
    cells: Cells, label: str, rows: flip_test.Rows | None, names: Sequence[str] = POST_TRAINING_NAMES
) -> dict[str, Any]:
    """Bias of the predictions; see ``pre_training``.

    Args:
        rows: all of them, where the flip test is among the names.

    Raises:
        MonitorError: as above, or no row at all has a positive prediction: Clarify's job fails then too.
    """
    _check_kinds(cells)
    if not any(predicted & cells.bit(PREDICTED) for _, _, predicted, _ in cells.counted[cells.facets[0]]):
        positive = _values_or_interval(cells.seen[LABEL], cells.values, label)
        raise MonitorError(f"no prediction is positive, that is {positive}: there is no bias to measure{_hint(cells)}")
    return _report(cells, label, [name for name in POST_TRAINING_NAMES if name in names], POST_TRAINING, rows)


def _check_kinds(cells: Cells) -> None:
    """Raise MonitorError where predictions cannot be what labels are."""
    label, predicted = cells.seen[LABEL], cells.seen[PREDICTED]
    if predicted.has_text and not label.has_text:
        raise MonitorError("predictions hold texts, while the labels are numbers")
    if predicted.has_parts and not label.has_parts and cells.bit(LABEL) == LISTED and cells.scores is None:
        raise MonitorError(
            f"predictions hold numbers that are not whole, while the labels are taken as categories ({_why(label)}); "
            "probability_threshold would make labels of scores"
        )


def _why(seen: ObservedValues) -> str:
    return "they hold texts" if seen.has_text else "integers with few distinct values, or several positive ones"


def _hint(cells: Cells) -> str:
    seen = cells.seen[PREDICTED]
    return "" if seen.has_text else f"; the largest is {seen.largest:g}"


def _report(
    cells: Cells, label: str, names: Sequence[str], metrics: Metrics, rows: flip_test.Rows | None
) -> dict[str, Any]:
    facets: dict[str, list[dict[str, Any]]] = {}
    positive = _values_or_interval(cells.seen[LABEL], cells.values, label)
    for facet in cells.facets:
        facets.setdefault(facet.column, []).extend(_of_facet(cells, facet, names, metrics, rows))
    return {"label": label, "facets": facets, "label_value_or_threshold": positive}


def _of_facet(
    cells: Cells, facet: Facet, names: Sequence[str], metrics: Metrics, rows: flip_test.Rows | None
) -> Iterator[dict[str, Any]]:
    """One entry for the values that were given, or one for each of the facet's own."""
    if facet.values or cells.seen[facet].is_continuous(facet.values):
        parts: list[tuple[str | None, str]] = [
            (None, _values_or_interval(cells.seen[facet], facet.values, facet.column))
        ]
    else:
        parts = [(name, name) for name in cells.categories(facet)]
    for category, written in parts:
        counts = cells.counts(facet, category)
        results = [
            metrics[name].result(name, counts)
            if name in metrics
            else flip_test.flip_test(rows or flip_test.Rows([]), cells, facet, category)
            for name in names
        ]
        yield {"value_or_threshold": written, "metrics": results}


def _values_or_interval(seen: ObservedValues, values: Sequence[Any], column: str) -> str:
    if seen.is_continuous(values):
        return seen.interval(threshold_of(values, column))
    return ",".join(map(str, values))

"""Reports the bias metrics of all facets, as a part of analysis.json."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from model_monitor.bias_metrics import flip_test
from model_monitor.bias_metrics.cells import LABEL, PREDICTED, Cells, Facet
from model_monitor.bias_metrics.metrics import POST_TRAINING, PRE_TRAINING, Metric
from model_monitor.bias_metrics.names import POST_TRAINING_NAMES, PRE_TRAINING_NAMES
from model_monitor.bias_metrics.values import LISTED, ObservedValues, threshold_of
from model_monitor.monitor_error import MonitorError

Metrics = dict[str, Metric]


def pre_training(cells: Cells, label: str, names: Sequence[str] = PRE_TRAINING_NAMES) -> dict[str, Any]:
    """Return the bias of the labels.

    Args:
        cells: the accumulator of all rows.
        label: the label's column.
        names: of metrics.

    Raises:
        MonitorError: the label or a facet is continuous, and has no threshold.
    """
    return _report(cells, label, [name for name in PRE_TRAINING_NAMES if name in names], PRE_TRAINING, None)


def post_training(
    cells: Cells, label: str, rows: flip_test.Rows | None, names: Sequence[str] = POST_TRAINING_NAMES
) -> dict[str, Any]:
    """Return the bias of the predictions; see ``pre_training``.

    Args:
        rows: all rows, if the flip test is among the names.

    Raises:
        MonitorError: as above, or no row has a positive prediction: Clarify's job fails then, too.
    """
    _check_value_types(cells)
    if not any(predicted & cells.bit(PREDICTED) for _, _, predicted, _ in cells.cell_counts[cells.facets[0]]):
        positive = _values_or_interval(cells.observed[LABEL], cells.values, label)
        raise MonitorError(f"no prediction is positive, that is {positive}: there is no bias to measure{_hint(cells)}")
    return _report(cells, label, [name for name in POST_TRAINING_NAMES if name in names], POST_TRAINING, rows)


def _check_value_types(cells: Cells) -> None:
    """Raise MonitorError if predictions have another type than labels."""
    label, predicted = cells.observed[LABEL], cells.observed[PREDICTED]
    if predicted.has_text and not label.has_text:
        raise MonitorError("predictions hold texts, while the labels are numbers")
    if predicted.has_parts and not label.has_parts and cells.bit(LABEL) == LISTED and cells.scores is None:
        raise MonitorError(
            "predictions hold numbers that are not whole, while the labels are categories "
            f"({_category_reason(label)}); set probability_threshold to make labels of scores"
        )


def _category_reason(labels: ObservedValues) -> str:
    return "they hold texts" if labels.has_text else "integers with few distinct values, or several positive ones"


def _hint(cells: Cells) -> str:
    predictions = cells.observed[PREDICTED]
    return "" if predictions.has_text else f"; the largest is {predictions.largest:g}"


def _report(
    cells: Cells, label: str, names: Sequence[str], metrics: Metrics, rows: flip_test.Rows | None
) -> dict[str, Any]:
    facets: dict[str, list[dict[str, Any]]] = {}
    positive = _values_or_interval(cells.observed[LABEL], cells.values, label)
    for facet in cells.facets:
        facets.setdefault(facet.column, []).extend(_facet_entries(cells, facet, names, metrics, rows))
    return {"label": label, "facets": facets, "label_value_or_threshold": positive}


def _facet_entries(
    cells: Cells, facet: Facet, names: Sequence[str], metrics: Metrics, rows: flip_test.Rows | None
) -> Iterator[dict[str, Any]]:
    """Yield one entry if the facet has values, otherwise one for each value that occurs."""
    if facet.values or cells.observed[facet].is_continuous(facet.values):
        parts: list[tuple[str | None, str]] = [
            (None, _values_or_interval(cells.observed[facet], facet.values, facet.column))
        ]
    else:
        parts = [(name, name) for name in cells.categories(facet)]
    for category, description in parts:
        counts = cells.counts(facet, category)
        results = [
            metrics[name].result(name, counts)
            if name in metrics
            else flip_test.flip_test(rows or flip_test.Rows([]), cells, facet, category)
            for name in names
        ]
        yield {"value_or_threshold": description, "metrics": results}


def _values_or_interval(observed: ObservedValues, values: Sequence[Any], column: str) -> str:
    if observed.is_continuous(values):
        return observed.interval(threshold_of(values, column))
    return ",".join(map(str, values))

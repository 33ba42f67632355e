"""Draws pictures for notebook cells, as SVG; no function calls a service."""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from local_sagemaker.definition.definition import read
from local_sagemaker.definition.drawing import picture
from local_sagemaker.definition.svg import svg

import matplotlib as mpl
import numpy as np
import pandas as pd
from IPython.display import SVG
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

BLUE, ORANGE, RED, GREY = "#4c78a8", "#f58518", "#c0392b", "#8a8f98"
#: Text stays text (not paths), and the same numbers give the same bytes.
STYLE: Any = {"svg.fonttype": "none", "svg.hashsalt": "pipelines", "font.size": 9.0}
PANELS_PER_ROW = 4
MAX_BARS = 13  # in the panel of one column
MAX_LABEL_CHARACTERS = 20  # labels below a panel that need more characters are rotated
#: Dataset -> its colour.
DATASET_COLOURS = {"baseline": BLUE, "now": ORANGE}


def dag(pipeline: Any) -> SVG:
    """Draw a pipeline's graph; each arrow is labelled with the outputs that it passes on."""
    return SVG(svg(picture(read(pipeline.definition()))))


def learning_curves(curves: pd.DataFrame) -> SVG:
    """Draw the error by round, one line per dataset, and mark the best round of the last dataset.

    Args:
        curves: a column for each dataset, named after the metric, e.g. ``validation-rmse``; the index is the round.
    """
    figure, (axes,) = _figure(1, 6.0, 3.2)
    for name, colour in zip(curves.columns, (BLUE, ORANGE, GREY), strict=False):
        axes.plot(curves.index, curves[name], color=colour, label=name)
    last = curves[curves.columns[-1]].dropna()
    lowest = int(last.to_numpy().argmin())
    axes.axvline(float(last.index[lowest]), color=GREY, linestyle=":", linewidth=1)
    axes.set_title(f"{last.name}: {last.iloc[-1]:.4g} in the last round, lowest in round {last.index[lowest]}")
    axes.set_xlabel("round")
    axes.legend(frameon=False)
    return _svg(figure)


def predicted_against_true(predictions: pd.DataFrame) -> SVG:
    """Draw a dot for each row, and the line of correct predictions.

    Args:
        predictions: columns ``true`` and ``predicted``, in the label's unit.
    """
    figure, (axes,) = _figure(1, 4.2, 4.2)
    axes.scatter(predictions["true"], predictions["predicted"], s=9, alpha=0.35, color=BLUE, linewidths=0)
    ends = [float(predictions.min().min()), float(predictions.max().max())]
    axes.plot(ends, ends, color=GREY, linewidth=1)
    axes.set_aspect("equal")
    error = float(((predictions["true"] - predictions["predicted"]) ** 2).mean())
    axes.set_title(f"{len(predictions)} rows, mean squared error {error:.4g}")
    axes.set_xlabel("true")
    axes.set_ylabel("predicted")
    return _svg(figure)


def columns(
    baseline: Mapping[str, Any], current: Mapping[str, Any] | None = None, violated: Collection[str] = ()
) -> SVG:
    """Draw each column's distribution, in one dataset or in two; columns with a violation have a red title.

    Args:
        baseline, current: the content of each dataset's statistics.json.
        violated: names of columns.

    Raises:
        ValueError: the documents have no column.
    """
    before = {feature["name"]: feature for feature in baseline["features"]}
    after = {feature["name"]: feature for feature in (current or {"features": ()})["features"]}
    names = list(dict.fromkeys([*before, *after]))
    if not names:
        raise ValueError("the statistics have no column")
    figure, panels = _figure(len(names), 2.6, 1.9)
    for axes, name in zip(panels, names, strict=True):
        both = {"baseline": before.get(name), "now": after.get(name)}
        features = {dataset: feature for dataset, feature in both.items() if feature}
        _draw_column(axes, features)
        is_violated = name in violated
        axes.set_title(
            f"{name}{' (violation)' if is_violated else ''}{_missing(features)}",
            color=RED if is_violated else "black",
            fontweight="bold" if is_violated else "normal",
        )
        axes.set_yticks([])
    datasets = ["baseline", "now"] if current else ["baseline"]
    handles = [Patch(color=DATASET_COLOURS[name], label=name) for name in datasets]
    figure.legend(handles=handles, loc="outside upper left", ncols=2, frameon=False)
    return _svg(figure)


def bars(values: pd.DataFrame, title: str) -> SVG:
    """Draw a group of bars for each row of a table, one bar per column; the group with the longest bar is at the top.

    Args:
        values: numbers; the index has the labels of the groups, the columns are the legend.
        title: the picture's title, with the unit.
    """
    ordered = values.loc[values.abs().max(axis=1).sort_values().index]
    figure, (axes,) = _figure(1, 6.4, 0.8 + 0.3 * max(1, len(ordered)))
    height = 0.8 / len(ordered.columns)
    for number, (name, colour) in enumerate(zip(ordered.columns, (BLUE, ORANGE, GREY), strict=False)):
        places = np.arange(len(ordered)) - height * number
        axes.barh(places, ordered[name], height=height, color=colour, label=str(name))
    axes.set_yticks(np.arange(len(ordered)) - height * (len(ordered.columns) - 1) / 2, list(ordered.index))
    axes.axvline(0.0, color=GREY, linewidth=0.8)
    axes.set_title(title)
    if len(ordered.columns) > 1:
        axes.legend(frameon=False)
    return _svg(figure)


def _draw_column(axes: Axes, features: Mapping[str, Mapping[str, Any]]) -> None:
    """Draw one column; ``features`` maps each dataset to its statistics of the column.

    For categories, and for few distinct numbers, draw their shares; else draw the density of the numbers.
    """
    shares = {name: _shares(feature) for name, feature in features.items()}
    if all(shares.values()):
        _draw_shares(axes, shares)
        return
    for name, feature in features.items():
        if buckets := _buckets(feature):
            edges = [buckets[0]["lower_bound"], *(bucket["upper_bound"] for bucket in buckets)]
            total = sum(bucket["count"] for bucket in buckets)
            widths = np.diff(edges)
            density = [bucket["count"] / total / (width or 1.0) for bucket, width in zip(buckets, widths, strict=True)]
            axes.stairs(density, edges, color=DATASET_COLOURS[name], fill=True, alpha=0.45)


def _draw_shares(axes: Axes, shares: Mapping[str, Mapping[Any, float]]) -> None:
    """Draw bars side by side, for ``MAX_BARS`` values at most: those not in the baseline, then the most frequent."""
    baseline_shares = shares.get("baseline", {})
    all_values = dict.fromkeys(value for dataset_shares in shares.values() for value in dataset_shares)
    largest_shares = {
        value: max(dataset_shares.get(value, 0.0) for dataset_shares in shares.values()) for value in all_values
    }
    chosen = sorted(all_values, key=lambda value: (value in baseline_shares, -largest_shares[value]))[:MAX_BARS]
    if all(isinstance(value, float) for value in chosen):
        chosen = sorted(chosen)
    width = 0.8 / len(shares)
    for number, (name, dataset_shares) in enumerate(shares.items()):
        heights = [dataset_shares.get(value, 0.0) for value in chosen]
        axes.bar(np.arange(len(chosen)) + width * number, heights, width=width, color=DATASET_COLOURS[name])
    labels = [f"{value:g}" if isinstance(value, float) else str(value)[:8] for value in chosen]
    rotation = 90 if max(map(len, labels)) * len(labels) > MAX_LABEL_CHARACTERS else 0
    axes.set_xticks(np.arange(len(chosen)) + width * (len(shares) - 1) / 2, labels, rotation=rotation)
    if len(chosen) < len(all_values):
        axes.set_xlabel(f"{len(chosen)} of {len(all_values)} values")


def _shares(feature: Mapping[str, Any]) -> dict[Any, float]:
    """Return value -> share for a column with categories or with few distinct numbers; empty for any other."""
    buckets = feature.get("string_statistics", {}).get("distribution", {}).get("categorical", {}).get("buckets", [])
    counts: dict[Any, float] = {str(b["value"]): float(b["count"]) for b in buckets} or _number_counts(feature)
    total = sum(counts.values())
    return {value: count / total for value, count in counts.items()} if total else {}


def _number_counts(feature: Mapping[str, Any]) -> dict[Any, float]:
    """Return number -> its count in the KLL sketch, for a column with few distinct numbers; empty for any other.

    A value on one level of the sketch counts twice as much as a value on the level below it.
    """
    sketch = feature.get("numerical_statistics", {}).get("distribution", {}).get("kll", {}).get("sketch", {})
    counts: Counter[Any] = Counter()
    for level, values in enumerate(sketch.get("data", ())):
        for value in values:
            counts[float(value)] += 2**level
    return dict(counts) if len(counts) <= MAX_BARS else {}


def _buckets(feature: Mapping[str, Any]) -> list[dict[str, float]]:
    distribution = feature.get("numerical_statistics", {}).get("distribution", {})
    return list(distribution.get("kll", {}).get("buckets", ()))


def _missing(features: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a line with the share of missing cells in the last dataset; empty if none is missing."""
    feature = list(features.values())[-1]
    common = {**feature.get("numerical_statistics", {}), **feature.get("string_statistics", {})}.get("common", {})
    missing, present = common.get("num_missing", 0), common.get("num_present", 0)
    return f"\n{100 * missing / (missing + present):.0f} % missing" if missing else ""


def _figure(panels: int, width: float, height: float) -> tuple[Figure, list[Axes]]:
    """Return a figure with this number of panels, each of this size in inches."""
    columns = min(panels, PANELS_PER_ROW)
    rows = math.ceil(panels / columns)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width * columns, height * rows + (0.3 if panels > 1 else 0.0)), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
    for panel in axes:
        panel.spines[["top", "right"]].set_visible(False)
    for spare in axes[panels:]:
        spare.remove()
    return figure, axes[:panels]


def _svg(figure: Figure) -> SVG:
    target = io.StringIO()
    with mpl.rc_context(STYLE):
        figure.savefig(target, format="svg", metadata={"Date": None})
    return SVG(target.getvalue())

"""Pictures for cells, as SVG: what people would rather look at than read. Each takes numbers and asks nobody."""

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
#: Text stays text, and the same numbers are the same bytes.
STYLE: Any = {"svg.fonttype": "none", "svg.hashsalt": "pipelines", "font.size": 9.0}
COLUMNS = 4  # panels in a row
MOST_VALUES = 13  # bars of a column
WIDEST = 20  # characters below a panel, beyond which they are turned
#: What is compared -> its colour.
DATASETS = {"baseline": BLUE, "now": ORANGE}


def dag(pipeline: Any) -> SVG:
    """A pipeline's graph; each arrow says which outputs go along it."""
    return SVG(svg(picture(read(pipeline.definition()))))


def learning_curves(curves: pd.DataFrame) -> SVG:
    """Error by round, a line for each set, with the best round of the last set marked.

    Args:
        curves: a column for each set, its name the metric's, e.g. ``validation-rmse``; the index is the round.
    """
    figure, (axes,) = _figure(1, 6.0, 3.2)
    for name, colour in zip(curves.columns, (BLUE, ORANGE, GREY), strict=False):
        axes.plot(curves.index, curves[name], color=colour, label=name)
    last = curves[curves.columns[-1]].dropna()
    least = int(last.to_numpy().argmin())
    axes.axvline(float(last.index[least]), color=GREY, linestyle=":", linewidth=1)
    axes.set_title(f"{last.name}: {last.iloc[-1]:.4g} in the last round, least in round {last.index[least]}")
    axes.set_xlabel("round")
    axes.legend(frameon=False)
    return _svg(figure)


def predicted_against_true(predictions: pd.DataFrame) -> SVG:
    """A dot for each row, and the line on which it should lie.

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
    """How each column is distributed, in one dataset or in two; those with a violation have a red title.

    Args:
        baseline, current: statistics.json of both.
        violated: names of columns.

    Raises:
        ValueError: they are of no column.
    """
    before = {one["name"]: one for one in baseline["features"]}
    after = {one["name"]: one for one in (current or {"features": ()})["features"]}
    names = list(dict.fromkeys([*before, *after]))
    if not names:
        raise ValueError("the statistics are of no column")
    figure, panels = _figure(len(names), 2.6, 1.9)
    for axes, name in zip(panels, names, strict=True):
        both = {"baseline": before.get(name), "now": after.get(name)}
        features = {dataset: one for dataset, one in both.items() if one}
        _column(axes, features)
        is_violated = name in violated
        axes.set_title(
            f"{name}{' (violation)' if is_violated else ''}{_missing(features)}",
            color=RED if is_violated else "black",
            fontweight="bold" if is_violated else "normal",
        )
        axes.set_yticks([])
    datasets = ["baseline", "now"] if current else ["baseline"]
    handles = [Patch(color=DATASETS[name], label=name) for name in datasets]
    figure.legend(handles=handles, loc="outside upper left", ncols=2, frameon=False)
    return _svg(figure)


def bars(values: pd.DataFrame, title: str) -> SVG:
    """Bars side by side, for each row of a table one of each column; the longest first.

    Args:
        values: numbers; the index is what the bars are called, the columns the legend.
        title: of the picture, with the unit.
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


def _column(axes: Axes, features: Mapping[str, Mapping[str, Any]]) -> None:
    """One column, of each dataset by its name: shares of categories, or of numbers of which there are few; else how
    densely its numbers lie.
    """
    shares = {name: _shares(one) for name, one in features.items()}
    if all(shares.values()):
        _few(axes, shares)
        return
    for name, one in features.items():
        if found := _buckets(one):
            edges = [found[0]["lower_bound"], *(bucket["upper_bound"] for bucket in found)]
            total = sum(bucket["count"] for bucket in found)
            widths = np.diff(edges)
            density = [bucket["count"] / total / (wide or 1.0) for bucket, wide in zip(found, widths, strict=True)]
            axes.stairs(density, edges, color=DATASETS[name], fill=True, alpha=0.45)


def _few(axes: Axes, shares: Mapping[str, Mapping[Any, float]]) -> None:
    """Bars side by side; what is new first, then what is most."""
    known = shares.get("baseline", {})
    every = dict.fromkeys(value for found in shares.values() for value in found)
    most = {value: max(found.get(value, 0.0) for found in shares.values()) for value in every}
    chosen = sorted(every, key=lambda value: (value in known, -most[value]))[:MOST_VALUES]
    if all(isinstance(value, float) for value in chosen):
        chosen = sorted(chosen)
    width = 0.8 / len(shares)
    for number, (name, found) in enumerate(shares.items()):
        heights = [found.get(value, 0.0) for value in chosen]
        axes.bar(np.arange(len(chosen)) + width * number, heights, width=width, color=DATASETS[name])
    labels = [f"{value:g}" if isinstance(value, float) else str(value)[:8] for value in chosen]
    turned = 90 if max(map(len, labels)) * len(labels) > WIDEST else 0
    axes.set_xticks(np.arange(len(chosen)) + width * (len(shares) - 1) / 2, labels, rotation=turned)
    if len(chosen) < len(every):
        axes.set_xlabel(f"{len(chosen)} of {len(every)}")


def _shares(feature: Mapping[str, Any]) -> dict[Any, float]:
    """Value -> share, of a column with categories, or with few numbers; nothing where it has neither."""
    found = feature.get("string_statistics", {}).get("distribution", {}).get("categorical", {}).get("buckets", [])
    counts: dict[Any, float] = {str(one["value"]): float(one["count"]) for one in found} or _numbers(feature)
    total = sum(counts.values())
    return {value: count / total for value, count in counts.items()} if total else {}


def _numbers(feature: Mapping[str, Any]) -> dict[Any, float]:
    """Number -> how often the sketch has it, of a column with few; a level of a sketch counts twice the one before."""
    sketch = feature.get("numerical_statistics", {}).get("distribution", {}).get("kll", {}).get("sketch", {})
    counts: Counter[Any] = Counter()
    for level, values in enumerate(sketch.get("data", ())):
        for value in values:
            counts[float(value)] += 2**level
    return dict(counts) if len(counts) <= MOST_VALUES else {}


def _buckets(feature: Mapping[str, Any]) -> list[dict[str, float]]:
    distribution = feature.get("numerical_statistics", {}).get("distribution", {})
    return list(distribution.get("kll", {}).get("buckets", ()))


def _missing(features: Mapping[str, Mapping[str, Any]]) -> str:
    """A line that says which share of the last dataset's cells is missing, where any is."""
    feature = list(features.values())[-1]
    common = {**feature.get("numerical_statistics", {}), **feature.get("string_statistics", {})}.get("common", {})
    missing, present = common.get("num_missing", 0), common.get("num_present", 0)
    return f"\n{100 * missing / (missing + present):.0f} % missing" if missing else ""


def _figure(panels: int, wide: float, tall: float) -> tuple[Figure, list[Axes]]:
    """A figure with so many panels, each of this size in inches."""
    across = min(panels, COLUMNS)
    down = math.ceil(panels / across)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(wide * across, tall * down + (0.3 if panels > 1 else 0.0)), layout="constrained")
        axes = figure.subplots(down, across, squeeze=False).ravel().tolist()
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)
    for spare in axes[panels:]:
        spare.remove()
    return figure, axes[:panels]


def _svg(figure: Figure) -> SVG:
    target = io.StringIO()
    with mpl.rc_context(STYLE):
        figure.savefig(target, format="svg", metadata={"Date": None})
    return SVG(target.getvalue())

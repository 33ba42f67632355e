"""Pictures for cells, as SVG: what people would rather look at than read. Each takes numbers and asks nobody."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Collection, Mapping
from typing import Any

from local_sagemaker.definition.drawing import picture
from local_sagemaker.definition.svg import svg

import matplotlib as mpl
import numpy as np
import pandas as pd
from IPython.display import SVG
from matplotlib.axes import Axes
from matplotlib.figure import Figure

BLUE, ORANGE, RED, GREY = "#4c78a8", "#f58518", "#c0392b", "#8a8f98"
#: Text stays text, and the same numbers are the same bytes.
STYLE: Any = {"svg.fonttype": "none", "svg.hashsalt": "pipelines", "font.size": 9.0}
COLUMNS = 4  # panels in a row
MOST_CATEGORIES = 12


def dag(pipeline: Any) -> SVG:
    """A pipeline's graph; each arrow says which outputs go along it."""
    return SVG(svg(picture(json.loads(pipeline.definition()))))


def learning_curves(curves: pd.DataFrame) -> SVG:
    """Error by round, a line for each set, with the best round of the last set marked.

    Args:
        curves: a column for each set, its name the metric's, e.g. ``validation-rmse``; the index is the round.
    """
    figure, (axes,) = _figure(1, 6.0, 3.2)
    for name, colour in zip(curves.columns, (BLUE, ORANGE, GREY), strict=False):
        axes.plot(curves.index, curves[name], color=colour, label=name)
    last = str(curves.columns[-1])
    number, least = int(curves[last].to_numpy().argmin()), float(curves[last].min())
    axes.axvline(float(curves.index[number]), color=GREY, linestyle=":", linewidth=1)
    axes.set_title(f"{last} is least in round {curves.index[number]}: {least:.4g}")
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
    """
    now = {one["name"]: one for one in (current or {"features": ()})["features"]}
    shown = [(one, now.get(one["name"])) for one in baseline["features"]]
    figure, panels = _figure(len(shown), 2.6, 1.9)
    for axes, (before, after) in zip(panels, shown, strict=True):
        _column(axes, {"baseline": before} | ({"now": after} if after else {}))
        is_violated = before["name"] in violated
        axes.set_title(
            f"{before['name']}{' (violation)' if is_violated else ''}",
            color=RED if is_violated else "black",
            fontweight="bold" if is_violated else "normal",
        )
        axes.set_yticks([])
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper left", ncols=2, frameon=False)
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
    """One column, of each dataset by its name."""
    coloured = list(zip(features.items(), (BLUE, ORANGE), strict=False))
    if all("string_statistics" in one for one in features.values()):
        shares = {name: _shares(one) for name, one in features.items()}
        names = list(dict.fromkeys(category for found in shares.values() for category in found))[:MOST_CATEGORIES]
        for number, ((name, _), colour) in enumerate(coloured):
            heights = [shares[name].get(category, 0.0) for category in names]
            axes.bar(np.arange(len(names)) + 0.4 * number, heights, width=0.4, color=colour, label=name)
        turned = 90 if len(names) > 4 else 0
        middle = 0.2 * (len(features) - 1)
        axes.set_xticks(np.arange(len(names)) + middle, [str(one)[:8] for one in names], rotation=turned)
        return
    for (name, one), colour in coloured:
        edges, density = _density(one)
        axes.stairs(density, edges, color=colour, fill=True, alpha=0.45, label=name)


def _shares(feature: Mapping[str, Any]) -> dict[str, float]:
    """Category -> share; nothing where there are too many to be listed."""
    buckets = feature["string_statistics"].get("distribution", {}).get("categorical", {}).get("buckets", [])
    total = sum(one["count"] for one in buckets) or 1
    return {str(one["value"]): one["count"] / total for one in buckets}


def _density(feature: Mapping[str, Any]) -> tuple[list[float], list[float]]:
    """Edges, and the share of rows between two for one unit; nothing where the column has no numbers."""
    found = feature.get("numerical_statistics", {}).get("distribution", {}).get("kll", {}).get("buckets", [])
    if not found:
        return [0.0, 1.0], [0.0]
    total = sum(one["count"] for one in found) or 1
    edges = [found[0]["lower_bound"], *(one["upper_bound"] for one in found)]
    if edges[0] == edges[-1]:  # it does not vary
        return [edges[0] - 0.5, edges[0] + 0.5], [1.0]
    return edges, [one["count"] / total / (one["upper_bound"] - one["lower_bound"]) for one in found]


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

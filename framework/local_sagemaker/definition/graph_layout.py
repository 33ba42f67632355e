"""Lay out the boxes of a graph in layers from top to bottom, with few crossings, and long arrows around boxes.

The usual steps (Sugiyama, Tagawa and Toda, 1981): assign each box to a layer, reserve a place in each layer for the
arrows that pass it, order each layer by the mean positions of the neighbours, then compute coordinates.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import NamedTuple

Node = Hashable
#: Space between the boxes of a layer, and between layers.
BOX_GAP, LAYER_GAP = 28.0, 52.0
_SWEEPS = 12


class Layout(NamedTuple):
    """The centres of the boxes, the points that each arrow passes, including its ends, and the total size."""

    centres: dict[Node, tuple[float, float]]
    bends: dict[tuple[Node, Node], list[tuple[float, float]]]
    width: float
    height: float


def lay_out(sizes: Mapping[Node, tuple[float, float]], arrows: Iterable[tuple[Node, Node]]) -> Layout:
    """Compute coordinates from (0, 0).

    Args:
        sizes: width and height of each box.
        arrows: pairs of boxes, from upper to lower.

    Raises:
        ValueError: the arrows form a cycle.
    """
    arrows = list(arrows)
    rank = _ranks(sizes, arrows)
    chains = {(a, b): [a, *((a, b, r) for r in range(rank[a] + 1, rank[b])), b] for a, b in arrows}
    layers: list[list[Node]] = [[] for _ in range(max(rank.values(), default=0) + 1)]
    for node, row in rank.items():
        layers[row].append(node)
    for (a, _), chain in chains.items():
        for number, node in enumerate(chain[1:-1], 1):
            layers[rank[a] + number].append(node)
    links = [pair for chain in chains.values() for pair in pairwise(chain)]
    neighbours = _neighbours(links)
    room = {node: sizes.get(node, (0.0, 0.0))[0] + BOX_GAP for layer in layers for node in layer}
    heights = [max(sizes.get(node, (0.0, 0.0))[1] for node in layer) + LAYER_GAP for layer in layers if layer]
    x = _horizontal_centres(layers, neighbours, room)
    left_edge = min((x[n] - room[n] / 2 for n in x), default=0.0)
    middles = [sum(heights[:row]) + height / 2 for row, height in enumerate(heights)]
    points = {n: (x[n] - left_edge, y) for y, layer in zip(middles, layers, strict=False) for n in layer}
    bends = {ends: [points[node] for node in chain] for ends, chain in chains.items()}
    right_edge = max((x[n] + room[n] / 2 for n in x), default=0.0)
    return Layout({n: points[n] for n in sizes}, bends, right_edge - left_edge, sum(heights))


def _ranks(boxes: Iterable[Node], arrows: list[tuple[Node, Node]]) -> dict[Node, int]:
    """Return the layer of each box: one below the lowest of its predecessors."""
    before: dict[Node, set[Node]] = {node: set() for node in boxes}
    for a, b in arrows:
        before[b].add(a)
    rank: dict[Node, int] = {}
    try:
        for node in TopologicalSorter(before).static_order():
            rank[node] = max((rank[above] + 1 for above in before[node]), default=0)
    except CycleError as error:
        raise ValueError(f"the arrows form a cycle: {' -> '.join(map(str, error.args[1]))}") from None
    return {node: rank[node] for node in before}


def _neighbours(links: list[tuple[Node, Node]]) -> dict[Node, tuple[list[Node], list[Node]]]:
    """Return the neighbours of each node, those above and those below."""
    neighbours: dict[Node, tuple[list[Node], list[Node]]] = {}
    for a, b in links:
        neighbours.setdefault(a, ([], []))[1].append(b)
        neighbours.setdefault(b, ([], []))[0].append(a)
    return neighbours


def _horizontal_centres(
    layers: list[list[Node]], neighbours: Mapping[Node, tuple[list[Node], list[Node]]], room: Mapping[Node, float]
) -> dict[Node, float]:
    """Return the x coordinate of each node.

    Sweeps down and up: each layer is ordered and placed by the mean positions of its neighbours.
    """
    x: dict[Node, float] = {}
    for layer in layers:
        x |= _pack(layer, dict.fromkeys(layer, 0.0), room)
    for sweep in range(_SWEEPS):
        side = sweep % 2
        for layer in layers if side == 0 else reversed(layers):
            targets = {n: _mean([x[o] for o in neighbours.get(n, ((), ()))[side]], x[n]) for n in layer}
            layer.sort(key=lambda node: targets[node])
            x |= _pack(layer, targets, room)
    return x


def _mean(values: list[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def _pack(layer: list[Node], targets: Mapping[Node, float], room: Mapping[Node, float]) -> dict[Node, float]:
    """Return x coordinates near the targets without overlaps, in the order of the layer.

    The result is the mean of two placements: one pushes boxes to the right where space is short, the other to the left.
    """
    pushed_right: dict[Node, float] = {}
    pushed_left: dict[Node, float] = {}
    for places, nodes, sign in ((pushed_right, layer, 1), (pushed_left, layer[::-1], -1)):
        edge: float | None = None
        for node in nodes:
            least = targets[node] if edge is None else edge + sign * room[node] / 2
            places[node] = max(targets[node], least) if sign > 0 else min(targets[node], least)
            edge = places[node] + sign * room[node] / 2
    return {node: (pushed_right[node] + pushed_left[node]) / 2 for node in layer}

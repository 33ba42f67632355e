"""Where the boxes of a graph go: in layers from above to below, with few crossings, and long arrows around boxes.

The usual steps (Sugiyama, Tagawa and Toda, 1981): a layer for each box, a place of its own in each layer for an arrow
that passes it, an order in each layer by the means of the neighbours' places, then coordinates.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import NamedTuple

Node = Hashable
#: Between boxes of a layer, and between layers.
GAP, BETWEEN = 28.0, 52.0
_SWEEPS = 12


class Layout(NamedTuple):
    """Centres of the boxes; the points that each arrow passes, its ends included; and how much room it all takes."""

    centres: dict[Node, tuple[float, float]]
    bends: dict[tuple[Node, Node], list[tuple[float, float]]]
    width: float
    height: float


def lay_out(sizes: Mapping[Node, tuple[float, float]], arrows: Iterable[tuple[Node, Node]]) -> Layout:
    """Coordinates from (0, 0); raise ValueError where the arrows go in a circle.

    Args:
        sizes: width and height of each box.
        arrows: pairs of boxes, from above to below.
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
    room = {node: sizes.get(node, (0.0, 0.0))[0] + GAP for layer in layers for node in layer}
    heights = [max(sizes.get(node, (0.0, 0.0))[1] for node in layer) + BETWEEN for layer in layers if layer]
    x = _places(layers, neighbours, room)
    left = min((x[n] - room[n] / 2 for n in x), default=0.0)
    middles = [sum(heights[:row]) + height / 2 for row, height in enumerate(heights)]
    points = {n: (x[n] - left, y) for y, layer in zip(middles, layers, strict=False) for n in layer}
    bends = {ends: [points[node] for node in chain] for ends, chain in chains.items()}
    right = max((x[n] + room[n] / 2 for n in x), default=0.0)
    return Layout({n: points[n] for n in sizes}, bends, right - left, sum(heights))


def _ranks(boxes: Iterable[Node], arrows: list[tuple[Node, Node]]) -> dict[Node, int]:
    """Each box one layer below the lowest that comes before it."""
    before: dict[Node, set[Node]] = {node: set() for node in boxes}
    for a, b in arrows:
        before[b].add(a)
    rank: dict[Node, int] = {}
    try:
        for node in TopologicalSorter(before).static_order():
            rank[node] = max((rank[other] + 1 for other in before[node]), default=0)
    except CycleError as error:
        raise ValueError(f"arrows in a circle: {' -> '.join(map(str, error.args[1]))}") from None
    return {node: rank[node] for node in before}


def _neighbours(links: list[tuple[Node, Node]]) -> dict[Node, tuple[list[Node], list[Node]]]:
    """Those above and those below."""
    found: dict[Node, tuple[list[Node], list[Node]]] = {}
    for a, b in links:
        found.setdefault(a, ([], []))[1].append(b)
        found.setdefault(b, ([], []))[0].append(a)
    return found


def _places(
    layers: list[list[Node]], neighbours: Mapping[Node, tuple[list[Node], list[Node]]], room: Mapping[Node, float]
) -> dict[Node, float]:
    """x of each node: sweeps down and up, each layer ordered and placed by the means of its neighbours."""
    x: dict[Node, float] = {}
    for layer in layers:
        x |= _packed(layer, dict.fromkeys(layer, 0.0), room)
    for sweep in range(_SWEEPS):
        side = sweep % 2
        for layer in layers if side == 0 else reversed(layers):
            wanted = {n: _mean([x[o] for o in neighbours.get(n, ((), ()))[side]], x[n]) for n in layer}
            layer.sort(key=lambda node: wanted[node])
            x |= _packed(layer, wanted, room)
    return x


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _packed(layer: list[Node], wanted: Mapping[Node, float], room: Mapping[Node, float]) -> dict[Node, float]:
    """As near to where each is wanted as there is room, in the order of the layer: between pushing right and left."""
    right: dict[Node, float] = {}
    left: dict[Node, float] = {}
    for found, nodes, sign in ((right, layer, 1), (left, layer[::-1], -1)):
        edge: float | None = None
        for node in nodes:
            least = wanted[node] if edge is None else edge + sign * room[node] / 2
            found[node] = max(wanted[node], least) if sign > 0 else min(wanted[node], least)
            edge = found[node] + sign * room[node] / 2
    return {node: (right[node] + left[node]) / 2 for node in layer}

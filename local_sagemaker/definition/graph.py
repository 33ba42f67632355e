"""The graph of a definition: what waits for what."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from local_sagemaker.definition.errors import DefinitionError


def check_acyclic(edges: Mapping[str, frozenset[str]]) -> None:
    """Raise DefinitionError, with the cycle spelt out, when steps wait for each other."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        cycle = " -> ".join(error.args[1])
        raise DefinitionError(f"steps depend on each other: {cycle}") from None

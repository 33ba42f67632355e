"""Steps that wait for each other, by DependsOn, by what they read, or as a branch of what waits for them."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-overview.html"
GOOD = _examples.definition(_examples.processing(), _examples.training(DependsOn=["Prepare"]))
BAD = _examples.definition(_examples.processing(DependsOn=["Train"]), _examples.training(DependsOn=["Prepare"]))


def check(definition: Definition) -> Iterator[Mistake]:
    """The whole graph; one cycle is said."""
    if around := cycle_of(definition):
        yield Mistake(definition.named[around[0]].path, f"waits for itself: {' -> '.join(around)}")


def cycle_of(definition: Definition) -> list[str]:
    """Names of steps that wait for each other, the first again at the end; empty where none do."""
    try:
        TopologicalSorter(definition.edges).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []

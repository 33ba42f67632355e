"""Steps wait for each other, so that none of them can start.

A step waits for the steps in its DependsOn, for those whose results it reads, and for the condition around it.
"""

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
    """Check the whole graph; only one cycle is reported."""
    if cycle := cycle_of(definition):
        yield Mistake(definition.steps_by_name[cycle[0]].path, f"waits for itself: {' -> '.join(cycle)}")


def cycle_of(definition: Definition) -> list[str]:
    """Return the names of steps that wait for each other, the first one again at the end, or an empty list."""
    try:
        TopologicalSorter(definition.edges).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []

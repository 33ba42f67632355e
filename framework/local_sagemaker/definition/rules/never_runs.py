"""A step needs both branches of one condition: one of them is never taken, so the step never runs.

What refers to a step in a branch not taken is not run either, and the execution succeeds without it: nothing says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-condition"
_CONDITION = _examples.compare("Equals", _examples.EXECUTION, "x")
GOOD = _examples.definition(
    _examples.condition("Gate", _CONDITION, then=(_examples.lambda_("Tell"),), otherwise=(_examples.lambda_("Warn"),))
)
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.ElseSteps[0].DependsOn", ["Tell"])


def check(definition: Definition) -> Iterator[Mistake]:
    """What each step needs to have been taken, by itself and by what it waits for."""
    try:
        order = list(TopologicalSorter(definition.edges).static_order())
    except CycleError:
        return
    needed: dict[str, frozenset[tuple[str, str]]] = {}
    for name in order:
        before = definition.edges[name] - definition.named[name].triggered_by
        needed[name] = frozenset(definition.named[name].under).union(*(needed[other] for other in before))
        if both := _both(needed[name]) - set().union(*(_both(needed[other]) for other in before)):
            yield Mistake(
                definition.named[name].path, f"needs both branches of {', '.join(sorted(both))}, so it never runs"
            )


def _both(needed: frozenset[tuple[str, str]]) -> set[str]:
    names = [condition for condition, _ in needed]
    return {name for name in names if names.count(name) > 1}

"""A step needs both branches of one condition, of which only one is taken, so that the step never runs.

A step that refers to a step in a branch that is not taken is skipped, and the execution succeeds without any message.
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
    _examples.condition("Gate", _CONDITION, then=(_examples.lambda_("Notify"),), otherwise=(_examples.lambda_("Warn"),))
)
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.ElseSteps[0].DependsOn", ["Notify"])


def check(definition: Definition) -> Iterator[Mistake]:
    """Check which branches each step needs, directly and through the steps that it waits for."""
    try:
        order = list(TopologicalSorter(definition.edges).static_order())
    except CycleError:
        return
    needed: dict[str, frozenset[tuple[str, str]]] = {}
    for name in order:
        step = definition.steps_by_name[name]
        before = definition.edges[name] - step.steps_that_may_fail
        needed[name] = frozenset(step.enclosing_branches).union(*(needed[earlier] for earlier in before))
        if both := _both_branches(needed[name]) - set().union(*(_both_branches(needed[earlier]) for earlier in before)):
            yield Mistake(step.path, f"needs both branches of {', '.join(sorted(both))}, so it never runs")


def _both_branches(needed: frozenset[tuple[str, str]]) -> set[str]:
    names = [condition for condition, _ in needed]
    return {name for name in names if names.count(name) > 1}

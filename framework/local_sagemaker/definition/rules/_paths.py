"""The paths of a definition that lead nowhere, sorted by the rule that says so."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.errors import ExpressionError
from local_sagemaker.definition.places import place
from local_sagemaker.definition.rules import Problem


def leading_nowhere(definition: Definition, rule: str) -> Iterator[Problem]:
    """What ``rule`` has to say of the definition's Gets."""
    yield from (problem for of, problem in _all(definition) if of == rule)


@lru_cache(maxsize=2)  # a rule for each way of leading nowhere asks for one definition
def _all(definition: Definition) -> list[tuple[str, Problem]]:
    """Each path that leads nowhere, with the rule that says so."""
    found = []
    for path, value, _ in definition.expressions:
        if not isinstance(value.get("Get"), str):
            continue
        try:
            end = place(definition, value["Get"])
        except ExpressionError:
            continue  # malformed: the rule on expressions speaks of it
        if end.rule:
            found.append((end.rule, Problem(path, f"({value['Get']}) {end.words}")))
    return found

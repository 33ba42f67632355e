"""The paths of a definition that lead nowhere, sorted by the rule that says so."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.definition_errors import ExpressionError
from local_sagemaker.definition.reference_targets import reference_target
from local_sagemaker.definition.rules import Mistake


def unresolved_references(definition: Definition, rule: str) -> Iterator[Mistake]:
    """What ``rule`` has to say of the definition's Gets."""
    yield from (problem for of, problem in _all(definition) if of == rule)


@lru_cache(maxsize=2)  # a rule for each way of leading nowhere asks for one definition
def _all(definition: Definition) -> list[tuple[str, Mistake]]:
    """Each path that leads nowhere, with the rule that says so."""
    found = []
    for path, value, _ in definition.expressions:
        if not isinstance(value.get("Get"), str):
            continue
        try:
            end = reference_target(definition, value["Get"])
        except ExpressionError:
            continue  # malformed: the rule on expressions speaks of it
        if end.rule:
            found.append((end.rule, Mistake(path, f"({value['Get']}) {end.message}")))
    return found

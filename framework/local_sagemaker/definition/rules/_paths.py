"""Find the paths of a definition that lead nowhere, sorted by the rule that reports them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.definition_errors import ExpressionError
from local_sagemaker.definition.reference_targets import reference_target
from local_sagemaker.definition.rules import Mistake


def unresolved_references(definition: Definition, rule: str) -> Iterator[Mistake]:
    """Yield the mistakes in the definition's Gets that ``rule`` reports."""
    yield from (mistake for reporting_rule, mistake in _find_unresolved(definition) if reporting_rule == rule)


@lru_cache(maxsize=2)  # several rules use the result for the same definition
def _find_unresolved(definition: Definition) -> list[tuple[str, Mistake]]:
    """Return a mistake for each path that leads nowhere, with the rule that reports it."""
    mistakes = []
    for path, value, _ in definition.expressions:
        if not isinstance(value.get("Get"), str):
            continue
        try:
            target = reference_target(definition, value["Get"])
        except ExpressionError:
            continue  # malformed-expression reports it
        if target.rule:
            mistakes.append((target.rule, Mistake(path, f"({value['Get']}) {target.message}")))
    return mistakes

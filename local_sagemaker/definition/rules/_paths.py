"""The paths of a definition that lead nowhere, sorted by the rule that says so."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.errors import ExpressionError
from local_sagemaker.definition.places import place
from local_sagemaker.definition.rules import Problem


def leading_nowhere(definition: Definition, rule: str) -> Iterator[Problem]:
    """What ``rule`` has to say of the definition's Gets."""
    for path, value, _ in definition.expressions:
        if "Get" not in value or not isinstance(value["Get"], str):
            continue
        try:
            found = place(definition, value["Get"])
        except ExpressionError:
            continue  # malformed: the rule on expressions speaks of it
        if found.rule == rule:
            yield Problem(path, f"({value['Get']}) {found.words}")

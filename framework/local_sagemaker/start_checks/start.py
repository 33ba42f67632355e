"""Describes the start of an execution to the checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.definition.branches import excluded_branches
from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.expressions import with_parameters
from local_sagemaker.definition.graph import Graph
from local_sagemaker.definition.step import Step


@dataclass(frozen=True)
class Start:
    """The start of an execution; ``uploads`` are the objects, by bucket and key, that will exist by then."""

    account: Account
    definition: Definition
    graph: Graph
    values: Mapping[str, Any]
    uploads: frozenset[tuple[str, str]] = frozenset()

    @cached_property
    def steps(self) -> list[Step]:
        """The steps that these parameters do not exclude, as their condition's outcome is known."""
        return [step for name, step in self.graph.steps.items() if name not in self._excluded_names]

    @cached_property
    def _excluded_names(self) -> set[str]:
        names: set[str] = set()
        for step in self.graph.steps.values():
            if step.type == "Condition":
                for branch in excluded_branches(step.arguments["Conditions"], self.values):
                    names |= set(step.branches[branch])
        return names

    def arguments(self, step: Step) -> dict[str, Any]:
        """Return a step's Arguments with the parameters' values in place."""
        arguments: dict[str, Any] = with_parameters(step.arguments, self.values)
        return arguments

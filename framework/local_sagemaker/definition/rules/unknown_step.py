"""A step is named, in a path or in DependsOn, that the definition does not have."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples, _paths
from local_sagemaker.near_names import did_you_mean

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html"
GOOD = _examples.definition(_examples.processing(), _examples.training(DependsOn=["Prepare"]))
BAD = _examples.definition(_examples.processing(), _examples.training(DependsOn=["Prepaer"]))


def check(definition: Definition) -> Iterator[Mistake]:
    """Every Get, and every DependsOn."""
    yield from _paths.unresolved_references(definition, "unknown-step")
    for step in definition.steps:
        for path, name in step.depends_on:
            if name not in definition.named:
                hint = did_you_mean(name, definition.named).removeprefix("; ")
                yield Mistake(path, f"names the step {name!r}, which is not there", hint)

"""A path or a DependsOn names a step that the definition does not have."""

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
    """Check every Get and every DependsOn."""
    yield from _paths.unresolved_references(definition, "unknown-step")
    for step in definition.steps:
        for path, name in step.depends_on:
            if name not in definition.steps_by_name:
                hint = did_you_mean(name, definition.steps_by_name).removeprefix("; ")
                yield Mistake(path, f"names the step {name!r}, which does not exist", hint)

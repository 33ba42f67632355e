"""A step waits for a Fail step, which ends the execution: nothing comes after it."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition, step_named
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-fail"
GOOD = _examples.definition(_examples.processing(), _examples.fail(), _examples.training(DependsOn=["Prepare"]))
BAD = _examples.definition(_examples.processing(), _examples.fail(), _examples.training(DependsOn=["Reject"]))


def check(definition: Definition) -> Iterator[Mistake]:
    """Every DependsOn, and every Get."""
    for path, value, _ in definition.expressions:
        named = definition.named.get(step_named(value["Get"]) or "") if isinstance(value.get("Get"), str) else None
        if named and named.type == "Fail":
            yield Mistake(path, f"reads of {named.name!r}, a Fail step, after which nothing runs")
    for step in definition.steps:
        for path, name in step.depends_on:
            if name in definition.named and definition.named[name].type == "Fail":
                yield Mistake(path, f"names {name!r}, a Fail step, after which nothing runs")

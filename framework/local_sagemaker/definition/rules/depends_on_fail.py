"""A step waits for a Fail step, which ends the execution, so that the step never runs."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition, referenced_step
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-fail"
GOOD = _examples.definition(_examples.processing(), _examples.fail(), _examples.training(DependsOn=["Prepare"]))
BAD = _examples.definition(_examples.processing(), _examples.fail(), _examples.training(DependsOn=["Reject"]))


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every DependsOn and every Get."""
    for path, value, _ in definition.expressions:
        name = referenced_step(value["Get"]) if isinstance(value.get("Get"), str) else None
        target = definition.steps_by_name.get(name or "")
        if target and target.type == "Fail":
            yield Mistake(path, f"reads from {target.name!r}, a Fail step, after which nothing runs")
    for step in definition.steps:
        for path, name in step.depends_on:
            if name in definition.steps_by_name and definition.steps_by_name[name].type == "Fail":
                on_aws = f"{step.name} can not depends on {name}"
                yield Mistake(path, f"names {name!r}, a Fail step, after which nothing runs (on AWS: {on_aws})")

"""A step has a type that SageMaker Pipelines does not have."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples
from local_sagemaker.definition.step_specs import STEP_SPECS
from local_sagemaker.near_names import did_you_mean

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html"
GOOD = _examples.definition(_examples.training())
BAD = _examples.with_value(GOOD, "Steps[0].Type", "Trainig")


def check(definition: Definition) -> Iterator[Mistake]:
    """Check the Type of every step."""
    for step in definition.steps:
        if step.type not in STEP_SPECS and step.raw.get("Type") is not None:
            hint = did_you_mean(step.type, STEP_SPECS).removeprefix("; ")
            yield Mistake(f"{step.path}.Type", f"is {step.raw['Type']!r}; there are {', '.join(STEP_SPECS)}", hint)

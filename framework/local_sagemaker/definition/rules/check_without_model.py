"""A check that asks a model, and names none."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-clarify-check"
_ASKING = {"CheckType": "MODEL_EXPLAINABILITY", "ModelPackageGroupName": "Shells", "ModelName": "shells"}
GOOD = _examples.definition(_examples.step("Explain", "ClarifyCheck", _examples.processing()["Arguments"], **_ASKING))
BAD = _examples.with_value(GOOD, "Steps[0].ModelName", _examples.REMOVED)


def check(definition: Definition) -> Iterator[Mistake]:
    """Every check of Clarify but that of the data."""
    for step in definition.steps:
        asks = step.raw.get("CheckType") in ("MODEL_BIAS", "MODEL_EXPLAINABILITY")
        if step.type == "ClarifyCheck" and asks and not step.raw.get("ModelName"):
            yield Mistake(step.path, f"is a check of {step.raw['CheckType']}, and has no ModelName")

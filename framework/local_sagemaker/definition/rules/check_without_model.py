"""A check of a model does not name the model.

Clarify creates an endpoint for the model in ModelName and sends it requests.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-clarify-check"
_CHECK_MEMBERS = {"CheckType": "MODEL_EXPLAINABILITY", "ModelPackageGroupName": "Shells", "ModelName": "shells"}
GOOD = _examples.definition(
    _examples.step("Explain", "ClarifyCheck", _examples.processing()["Arguments"], **_CHECK_MEMBERS)
)
BAD = _examples.with_value(GOOD, "Steps[0].ModelName", _examples.REMOVED)


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every Clarify check except that of the data."""
    for step in definition.steps:
        needs_model = step.raw.get("CheckType") in ("MODEL_BIAS", "MODEL_EXPLAINABILITY")
        if step.type == "ClarifyCheck" and needs_model and not step.raw.get("ModelName"):
            yield Mistake(step.path, f"is a check of type {step.raw['CheckType']}, but has no ModelName")

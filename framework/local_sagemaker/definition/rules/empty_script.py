"""An environment has an empty SAGEMAKER_PROGRAM or SAGEMAKER_SUBMIT_DIRECTORY, so that its container cannot start.

ModelBuilder.register of SDK v3 (3.27) writes this unless it is called with dependencies={}.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-model"
_MODEL = {"ExecutionRoleArn": _examples.ROLE, "PrimaryContainer": {"Image": _examples.XGBOOST, "Environment": {}}}
GOOD = _examples.definition(_examples.step("Create", "Model", _MODEL))
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.PrimaryContainer.Environment", {"SAGEMAKER_PROGRAM": ""})


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every environment."""
    for path, value, _, _ in definition.slots:
        if value == "" and path.rpartition(".")[2] in ("SAGEMAKER_PROGRAM", "SAGEMAKER_SUBMIT_DIRECTORY"):
            yield Mistake(path, "is empty", "remove it; with SDK v3: ModelBuilder(..., dependencies={})")

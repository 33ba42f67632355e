"""Name the page of AWS that documents a part of a definition."""

from __future__ import annotations

from local_sagemaker.definition.definition import WrittenStep
from local_sagemaker.definition.step_specs import STEP_SPECS

_BASE = "https://docs.aws.amazon.com/sagemaker/latest"
STEPS = f"{_BASE}/dg/build-and-manage-steps-types.html"
CONDITIONS = f"{STEPS}#step-type-condition"
PARAMETERS = f"{_BASE}/dg/build-and-manage-parameters.html"
DEFINITION = f"{_BASE}/dg/pipelines-overview.html"


def construct_page(step: WrittenStep | None, path: str) -> str:
    """Return the page of a request, a condition, a parameter, a step, or else of definitions.

    Args:
        step: the innermost step that contains the path, if there is one.
        path: of a value in the definition.
    """
    if step is None:
        return PARAMETERS if path.startswith("Parameters") else DEFINITION
    if step.type == "Condition":
        return CONDITIONS
    spec = STEP_SPECS.get(step.type)
    if spec and spec.operation and path.startswith(f"{step.path}.Arguments"):
        return f"{_BASE}/APIReference/API_{spec.operation}.html"
    return STEPS

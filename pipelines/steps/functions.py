"""Lambda steps: a function is invoked, and what it gives back is known to later steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.compiling import sdk
from pipelines.steps.context import BuildContext

from sagemaker.mlops.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum


@dataclass(frozen=True)
class FunctionResult:
    """A step that is answered from outside, and its outputs by name."""

    step: Any

    def __getitem__(self, output: str) -> Any:
        """What is given back under this name."""
        return self.step.properties.Outputs[output]


def call(
    context: BuildContext, name: str, *, function: str, inputs: Mapping[str, Any], outputs: Mapping[str, str]
) -> FunctionResult:
    """A step that invokes a function; the role of the pipeline must be allowed to.

    Args:
        context: what all jobs share.
        name: the step's.
        function: the function's name in this account and region, or its ARN. It is deployed on its own.
        inputs: the event.
        outputs: name -> String, Integer, Float or Boolean.
    """
    step = sdk.lambda_step(
        context.function_arn(function),
        context.session,
        name,
        inputs=dict(inputs),
        outputs=[LambdaOutput(output, LambdaOutputTypeEnum[kind]) for output, kind in outputs.items()],
    )
    return FunctionResult(step)

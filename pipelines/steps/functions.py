"""Build Lambda steps, which invoke a function and pass its response on to later steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.compiling import sdk
from pipelines.steps.context import BuildContext

from sagemaker.mlops.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum


@dataclass(frozen=True)
class FunctionResult:
    """A step that gives access, by name, to outputs of a function, or of the answer to a callback."""

    step: Any

    def __getitem__(self, output: str) -> Any:
        """Return the output of this name."""
        return self.step.properties.Outputs[output]


def call(
    context: BuildContext, name: str, *, function: str, inputs: Mapping[str, Any], outputs: Mapping[str, str]
) -> FunctionResult:
    """Return a step that invokes a function; the role of the pipeline must be allowed to invoke it.

    Args:
        context: what all jobs share.
        name: the step's name.
        function: the function's name in this account and region, or its ARN. The function is deployed separately.
        inputs: the event.
        outputs: name -> String, Integer, Float or Boolean.
    """
    step = sdk.lambda_step(
        context.function_arn(function),
        context.session,
        name,
        inputs=dict(inputs),
        outputs=[LambdaOutput(output, LambdaOutputTypeEnum[value_type]) for output, value_type in outputs.items()],
    )
    return FunctionResult(step)

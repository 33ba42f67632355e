"""List the parts of the definition language that run here; ``step_specs`` has all step types of the service.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
"""

from __future__ import annotations

STEP_TYPES = (
    "Callback",
    "ClarifyCheck",
    "Condition",
    "Fail",
    "Lambda",
    "Model",
    "Processing",
    "QualityCheck",
    "RegisterModel",
    "Training",
    "Transform",
    "Tuning",
)

#: Type of a Lambda step's output -> the Python types of its JSON values.
#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_OutputParameter.html
OUTPUT_TYPES: dict[str, tuple[type, ...]] = {
    "Boolean": (bool,),
    "Float": (float, int),
    "Integer": (int,),
    "String": (str,),
}

#: The names in ``Get: Execution.<name>`` that have a value here.
SUPPORTED_VARIABLES = (
    "CurrentDateTime",
    "PipelineArn",
    "PipelineExecutionArn",
    "PipelineExecutionId",
    "PipelineName",
    "StartDateTime",
)

BRANCHES = ("IfSteps", "ElseSteps")

"""The words of the definition language that this machine understands; ``step_kinds`` has all that the service does.

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

#: What an output of a Lambda step may be -> how JSON values of it look in Python.
#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_OutputParameter.html
OUTPUT_TYPES: dict[str, tuple[type, ...]] = {
    "Boolean": (bool,),
    "Float": (float, int),
    "Integer": (int,),
    "String": (str,),
}

#: What ``Get: Execution.<name>`` may name.
EXECUTION_VARIABLES = (
    "CurrentDateTime",
    "PipelineArn",
    "PipelineExecutionArn",
    "PipelineExecutionId",
    "PipelineName",
    "StartDateTime",
)

BRANCHES = ("IfSteps", "ElseSteps")

"""The words of the definition language that this machine understands.

A step of most types becomes one operation of the SageMaker API; Condition and Fail are the service's own.
https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
"""

from __future__ import annotations

#: Step type -> the operation whose request its Arguments are, or None.
STEP_TYPES: dict[str, str | None] = {
    "Condition": None,
    "Fail": None,
    "Processing": "CreateProcessingJob",
    "RegisterModel": "CreateModelPackage",
    "Training": "CreateTrainingJob",
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

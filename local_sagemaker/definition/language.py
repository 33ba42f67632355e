"""The words of the definition language that this machine understands.

A step of most types becomes one operation of the SageMaker API; Condition, Fail and Lambda are the service's own.
https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
"""

from __future__ import annotations

#: Step type -> the operation whose request its Arguments are, or None.
STEP_TYPES: dict[str, str | None] = {
    "ClarifyCheck": "CreateProcessingJob",
    "Condition": None,
    "Fail": None,
    "Lambda": None,
    "Model": "CreateModel",
    "Processing": "CreateProcessingJob",
    "QualityCheck": "CreateProcessingJob",
    "RegisterModel": "CreateModelPackage",
    "Training": "CreateTrainingJob",
    "Transform": "CreateTransformJob",
}

#: Operation -> the member that a step's Arguments lack: the service names what its steps create.
NAMED_BY_THE_SERVICE = {
    "CreateModel": "ModelName",
    "CreateProcessingJob": "ProcessingJobName",
    "CreateTrainingJob": "TrainingJobName",
    "CreateTransformJob": "TransformJobName",
}

_OF_CHECKS = (
    "CheckType",
    "ModelPackageGroupName",
    "SkipCheck",
    "FailOnViolation",
    "RegisterNewBaseline",
    "SuppliedBaselineConstraints",
)
#: Step type -> what stands in the step beside its Arguments, and may hold expressions too.
SETTINGS: dict[str, tuple[str, ...]] = {
    "ClarifyCheck": (*_OF_CHECKS, "ModelName"),
    "Lambda": ("FunctionArn", "OutputParameters"),
    "QualityCheck": (*_OF_CHECKS, "SuppliedBaselineStatistics"),
}

#: Step type -> the values of CheckType that run here.
CHECK_TYPES: dict[str, tuple[str, ...]] = {
    "ClarifyCheck": ("DATA_BIAS", "MODEL_BIAS", "MODEL_EXPLAINABILITY"),
    "QualityCheck": ("DATA_QUALITY", "MODEL_QUALITY"),
}

#: What an output of a Lambda step may be -> how JSON values of it look in Python.
#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_OutputParameter.html
OUTPUT_TYPES: dict[str, tuple[type, ...]] = {
    "Boolean": (bool,),
    "Float": (float, int),
    "Integer": (int,),
    "String": (str,),
}
MAX_OUTPUTS = 50

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

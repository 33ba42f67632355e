"""The step types of SageMaker Pipelines: the operation that each becomes, and what stands in the step beside it.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html, and the requests that SDK v3.27
writes, which knows types that the guide does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from local_sagemaker.definition.parameters import READERS
from local_sagemaker.definition.shape import ANY, BOOLEAN, STRING, Shape, list_of, number, structure, text


@dataclass(frozen=True)
class StepSpec:
    """One type of step.

    ``operation`` takes its Arguments, ``describe`` answers what its properties are; both None where botocore's model
    of SageMaker has none. ``members`` stand beside Arguments. ``properties`` are the service's own, and where there is
    no ``describe`` and none of them, they are not known. ``cached_by`` are the Arguments that the cache compares.
    """

    operation: str | None = None
    describe: tuple[str, ...] = ()
    members: Mapping[str, Shape] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    properties: Mapping[str, Shape] = field(default_factory=dict)
    caches: bool = False
    cached_by: tuple[str, ...] = ()
    retries: bool = False


#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_OutputParameter.html
OUTPUT = structure(
    "OutputParameter",
    {
        "OutputName": text("OutputName", min=1),
        "OutputType": text("OutputType", enum=list(READERS)),
    },
    "OutputName",
    "OutputType",
)
OUTPUTS = list_of(OUTPUT, max=50)
_FILE = ("PropertyFileName", "OutputName", "FilePath")
PROPERTY_FILE = structure("PropertyFile", {name: text(name, min=1) for name in _FILE}, *_FILE)
FUNCTION = text(
    "FunctionArn",
    pattern=r"arn:aws[a-z\-]*:lambda:[a-z0-9\-]+:\d{12}:function:[a-zA-Z0-9\-_.]+(:[a-zA-Z0-9$\-_]+)?",
)
#: Where AutoML's best candidate explains itself.
_BEST = structure(
    "BestCandidateProperties", dict.fromkeys(("ModelInsightsJsonReportPath", "ExplainabilityJsonReportPath"), STRING)
)
_CHECK = {
    "ModelPackageGroupName": STRING,
    "SkipCheck": BOOLEAN,
    "FailOnViolation": BOOLEAN,
    "RegisterNewBaseline": BOOLEAN,
    "SuppliedBaselineConstraints": STRING,
}
_CONSTRAINTS = {"CalculatedBaselineConstraints": STRING, "BaselineUsedForDriftCheckConstraints": STRING}
_STATISTICS = {"CalculatedBaselineStatistics": STRING, "BaselineUsedForDriftCheckStatistics": STRING}
_PROCESSING = ("CreateProcessingJob", ("DescribeProcessingJob",))
_CHECK_KEYS = ("AppSpecification", "Environment", "ProcessingInputs")
#: A notebook's job is a Training step with properties of its own.
_NOTEBOOK = dict.fromkeys(
    (
        "ComputingJobName", "ComputingJobStatus", "NotebookJobInputLocation", "NotebookJobOutputLocationPrefix",
        "InputNotebookName", "OutputNotebookName",
    ),
    STRING,
)  # fmt: skip

_COUNTS = [f"{what}Count" for what in ("InputItem", "TotalStep", "SucceededStep", "FailedStep", "StoppedStep")]
#: What its body's steps gave is as they are.
_EACH = {"Status": STRING, **{name: number(name) for name in _COUNTS}, "IterationOutputs": ANY, "Selected": ANY}

STEP_SPECS: dict[str, StepSpec] = {
    "AutoML": StepSpec(
        "CreateAutoMLJob",
        ("DescribeAutoMLJob",),
        properties={"BestCandidateProperties": _BEST},
        caches=True,
        retries=True,
    ),
    "Callback": StepSpec(
        members={"SqsQueueUrl": STRING, "OutputParameters": OUTPUTS}, required=("SqsQueueUrl",), caches=True
    ),
    "ClarifyCheck": StepSpec(
        *_PROCESSING,
        members={
            "CheckType": text("CheckType", enum=["DATA_BIAS", "MODEL_BIAS", "MODEL_EXPLAINABILITY"]),
            "ModelName": STRING,
            **_CHECK,
        },
        required=("CheckType",),
        properties=_CONSTRAINTS,
        caches=True,
        cached_by=_CHECK_KEYS,
    ),
    "Cleanup": StepSpec(),
    "Condition": StepSpec(properties={"Outcome": STRING}),
    "EMR": StepSpec(caches=True),
    "EMRServerless": StepSpec(caches=True, retries=True),
    "Endpoint": StepSpec("CreateEndpoint", ("DescribeEndpoint",), caches=True),
    "EndpointConfig": StepSpec("CreateEndpointConfig", ("DescribeEndpointConfig",), caches=True, retries=True),
    "Fail": StepSpec(properties={"ErrorMessage": STRING}),
    "ForEach": StepSpec(properties=_EACH),
    "InferenceComponent": StepSpec("CreateInferenceComponent", ("DescribeInferenceComponent",)),
    "Job": StepSpec("CreateJob", ("DescribeJob",), caches=True, retries=True),
    "Lambda": StepSpec(
        members={"FunctionArn": FUNCTION, "OutputParameters": OUTPUTS},
        required=("FunctionArn",),
        caches=True,
    ),
    "Lineage": StepSpec(),
    "Model": StepSpec("CreateModel", ("DescribeModel",), retries=True),
    "Processing": StepSpec(
        *_PROCESSING,
        members={"PropertyFiles": list_of(PROPERTY_FILE)},
        caches=True,
        cached_by=("AppSpecification", "Environment", "ProcessingInputs"),
        retries=True,
    ),
    "QualityCheck": StepSpec(
        *_PROCESSING,
        members={
            "CheckType": text("CheckType", enum=["DATA_QUALITY", "MODEL_QUALITY"]),
            "SuppliedBaselineStatistics": STRING,
            **_CHECK,
        },
        required=("CheckType",),
        properties=_CONSTRAINTS | _STATISTICS,
        caches=True,
        cached_by=_CHECK_KEYS,
    ),
    "RegisterModel": StepSpec("CreateModelPackage", ("DescribeModelPackage",), retries=True),
    "Training": StepSpec(
        "CreateTrainingJob",
        ("DescribeTrainingJob",),
        properties=_NOTEBOOK,
        caches=True,
        cached_by=(
            "AlgorithmSpecification", "CheckpointConfig", "DebugHookConfig", "DebugRuleConfigurations", "Environment",
            "HyperParameters", "InputDataConfig",
        ),
        retries=True,
    ),
    "Transform": StepSpec(
        "CreateTransformJob",
        ("DescribeTransformJob",),
        caches=True,
        cached_by=("DataProcessing", "Environment", "ModelName", "TransformInput"),
        retries=True,
    ),
    "Tuning": StepSpec(
        "CreateHyperParameterTuningJob",
        ("DescribeHyperParameterTuningJob", "ListTrainingJobsForHyperParameterTuningJob"),
        caches=True,
        cached_by=("HyperParameterTuningJobConfig", "TrainingJobDefinition", "TrainingJobDefinitions"),
        retries=True,
    ),
}  # fmt: skip

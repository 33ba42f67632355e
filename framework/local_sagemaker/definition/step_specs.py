"""Describe the step types of SageMaker Pipelines: the operation that each calls, and the further members of the step.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html, and the requests that SDK v3.27
writes, which has types that the guide does not list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from local_sagemaker.definition.parameters import READERS
from local_sagemaker.definition.shape import ANY, BOOLEAN, STRING, Shape, list_of, number, string, structure


@dataclass(frozen=True)
class StepSpec:
    """Describes one type of step.

    ``operation`` takes its Arguments, and the responses of ``describe`` are its properties; they are None and empty if
    botocore's model of SageMaker has no such operation. ``members`` are next to Arguments, and ``required`` are the
    mandatory ones. ``properties`` are those that Pipelines adds; without these and without ``describe``, the properties
    are unknown. ``cache_members`` are the Arguments that the cache compares.
    """

    operation: str | None = None
    describe: tuple[str, ...] = ()
    members: Mapping[str, Shape] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    properties: Mapping[str, Shape] = field(default_factory=dict)
    caches: bool = False
    cache_members: tuple[str, ...] = ()
    retries: bool = False


#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_OutputParameter.html
OUTPUT_PARAMETER = structure(
    "OutputParameter",
    {
        "OutputName": string("OutputName", min=1),
        "OutputType": string("OutputType", enum=list(READERS)),
    },
    "OutputName",
    "OutputType",
)
OUTPUT_PARAMETERS = list_of(OUTPUT_PARAMETER, max=50)
_PROPERTY_FILE_MEMBERS = ("PropertyFileName", "OutputName", "FilePath")
PROPERTY_FILE = structure(
    "PropertyFile", {name: string(name, min=1) for name in _PROPERTY_FILE_MEMBERS}, *_PROPERTY_FILE_MEMBERS
)
FUNCTION_ARN = string(
    "FunctionArn",
    pattern=r"arn:aws[a-z\-]*:lambda:[a-z0-9\-]+:\d{12}:function:[a-zA-Z0-9\-_.]+(:[a-zA-Z0-9$\-_]+)?",
)
#: The reports that explain AutoML's best candidate.
_BEST_CANDIDATE = structure(
    "BestCandidateProperties", dict.fromkeys(("ModelInsightsJsonReportPath", "ExplainabilityJsonReportPath"), STRING)
)
_CHECK_MEMBERS = {
    "ModelPackageGroupName": STRING,
    "SkipCheck": BOOLEAN,
    "FailOnViolation": BOOLEAN,
    "RegisterNewBaseline": BOOLEAN,
    "SuppliedBaselineConstraints": STRING,
}
_CONSTRAINTS = {"CalculatedBaselineConstraints": STRING, "BaselineUsedForDriftCheckConstraints": STRING}
_STATISTICS = {"CalculatedBaselineStatistics": STRING, "BaselineUsedForDriftCheckStatistics": STRING}
_PROCESSING = ("CreateProcessingJob", ("DescribeProcessingJob",))
_CHECK_CACHE_MEMBERS = ("AppSpecification", "Environment", "ProcessingInputs")
#: A notebook job is a Training step with additional properties.
_NOTEBOOK_PROPERTIES = dict.fromkeys(
    (
        "ComputingJobName", "ComputingJobStatus", "NotebookJobInputLocation", "NotebookJobOutputLocationPrefix",
        "InputNotebookName", "OutputNotebookName",
    ),
    STRING,
)  # fmt: skip

_COUNT_PROPERTIES = [
    f"{counted}Count" for counted in ("InputItem", "TotalStep", "SucceededStep", "FailedStep", "StoppedStep")
]
#: IterationOutputs and Selected depend on the steps of the body, so they can be anything.
_FOR_EACH_PROPERTIES = {
    "Status": STRING,
    **{name: number(name) for name in _COUNT_PROPERTIES},
    "IterationOutputs": ANY,
    "Selected": ANY,
}

STEP_SPECS: dict[str, StepSpec] = {
    "AutoML": StepSpec(
        "CreateAutoMLJob",
        ("DescribeAutoMLJob",),
        properties={"BestCandidateProperties": _BEST_CANDIDATE},
        caches=True,
        retries=True,
    ),
    "Callback": StepSpec(
        members={"SqsQueueUrl": STRING, "OutputParameters": OUTPUT_PARAMETERS}, required=("SqsQueueUrl",), caches=True
    ),
    "ClarifyCheck": StepSpec(
        *_PROCESSING,
        members={
            "CheckType": string("CheckType", enum=["DATA_BIAS", "MODEL_BIAS", "MODEL_EXPLAINABILITY"]),
            "ModelName": STRING,
            **_CHECK_MEMBERS,
        },
        required=("CheckType",),
        properties=_CONSTRAINTS,
        caches=True,
        cache_members=_CHECK_CACHE_MEMBERS,
    ),
    "Cleanup": StepSpec(),
    "Condition": StepSpec(properties={"Outcome": STRING}),
    "EMR": StepSpec(caches=True, retries=True),
    "EMRServerless": StepSpec(caches=True, retries=True),
    "Endpoint": StepSpec("CreateEndpoint", ("DescribeEndpoint",), caches=True),
    "EndpointConfig": StepSpec("CreateEndpointConfig", ("DescribeEndpointConfig",), caches=True, retries=True),
    "Fail": StepSpec(properties={"ErrorMessage": STRING}),
    "ForEach": StepSpec(properties=_FOR_EACH_PROPERTIES),
    "InferenceComponent": StepSpec("CreateInferenceComponent", ("DescribeInferenceComponent",)),
    "Job": StepSpec("CreateJob", ("DescribeJob",), caches=True, retries=True),
    "Lambda": StepSpec(
        members={"FunctionArn": FUNCTION_ARN, "OutputParameters": OUTPUT_PARAMETERS},
        required=("FunctionArn",),
        caches=True,
    ),
    "Lineage": StepSpec(),
    "Model": StepSpec("CreateModel", ("DescribeModel",), retries=True),
    "Processing": StepSpec(
        *_PROCESSING,
        members={"PropertyFiles": list_of(PROPERTY_FILE)},
        caches=True,
        cache_members=("AppSpecification", "Environment", "ProcessingInputs"),
        retries=True,
    ),
    "QualityCheck": StepSpec(
        *_PROCESSING,
        members={
            "CheckType": string("CheckType", enum=["DATA_QUALITY", "MODEL_QUALITY"]),
            "SuppliedBaselineStatistics": STRING,
            **_CHECK_MEMBERS,
        },
        required=("CheckType",),
        properties=_CONSTRAINTS | _STATISTICS,
        caches=True,
        cache_members=_CHECK_CACHE_MEMBERS,
    ),
    "RegisterModel": StepSpec("CreateModelPackage", ("DescribeModelPackage",), retries=True),
    "Training": StepSpec(
        "CreateTrainingJob",
        ("DescribeTrainingJob",),
        properties=_NOTEBOOK_PROPERTIES,
        caches=True,
        cache_members=(
            "AlgorithmSpecification", "CheckpointConfig", "DebugHookConfig", "DebugRuleConfigurations", "Environment",
            "HyperParameters", "InputDataConfig",
        ),
        retries=True,
    ),
    "Transform": StepSpec(
        "CreateTransformJob",
        ("DescribeTransformJob",),
        caches=True,
        cache_members=("DataProcessing", "Environment", "ModelName", "TransformInput"),
        retries=True,
    ),
    "Tuning": StepSpec(
        "CreateHyperParameterTuningJob",
        ("DescribeHyperParameterTuningJob", "ListTrainingJobsForHyperParameterTuningJob"),
        caches=True,
        cache_members=("HyperParameterTuningJobConfig", "TrainingJobDefinition", "TrainingJobDefinitions"),
        retries=True,
    ),
}  # fmt: skip

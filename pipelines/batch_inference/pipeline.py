"""Batch inference: the approved model scores raw rows, with its own featurizer, watched for drift and for lost quality.

LambdaStepGetApprovedModel --------------------------------------> AbaloneCreateModel
          |                                                                |
PreprocessAbaloneData -> CheckBatchHasRows                                 |
          |                      |                                         |
          |     MonitorAbaloneDataQuality-monitoring -> MonitorAbaloneDataQuality-transform
          |                                                                |
CheckGroundTruthAvailable ----------------------------> EvaluateAbaloneScores
          |                                                      |
    LabelAbaloneData ------------------------------------> CheckModelQuality -> ModelQualityLost

The model is looked up when the pipeline runs: the version that is approved by then scores. Rows whose truth is known
become training data of the next one.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Unpack

from local_sagemaker.tools.reports import LOST, OUTPUTS
from local_sagemaker.tools.reports import VIOLATIONS_FILE as VIOLATIONS
from pipelines.batch_inference.label import OUTPUT as LABELLED
from pipelines.batch_inference.preprocess import BAD_ROWS, BASELINE, FAIL, RELAXED
from pipelines.compiling.offline import region_or_environment
from pipelines.compiling.pipeline import Pipeline
from pipelines.steps.context import BuildContext, Settings, open_context
from pipelines.steps.engines import ENGINES
from pipelines.steps.flow import at_least, fail, is_true, when
from pipelines.steps.functions import FunctionResult, call
from pipelines.steps.model import create_model_of
from pipelines.steps.processing import process

from sagemaker.core.workflow.parameters import ParameterBoolean, ParameterFloat, ParameterInteger, ParameterString
from sagemaker.core.workflow.properties import PropertyFile

REPORT_OUTPUT = PropertyFile("BatchReport", output_name="report", path="report.json")
QUALITY_OUTPUT = PropertyFile("ModelQualityReport", output_name=OUTPUTS[LOST], path="model_quality.json")
#: What the function gives back; deploy/lambdas/get_approved_model says what each is.
APPROVED_MODEL = {
    "ModelPackageArn": "String",
    "ModelPackageVersion": "Integer",
    "ProblemType": "String",
    "FeaturizerUri": "String",
    "DataQualityStatistics": "String",
    "DataQualityConstraints": "String",
    "ModelQualityStatistics": "String",
    "ModelQualityConstraints": "String",
}


class Parameters(NamedTuple):
    """What an execution may override, in the order of the console's form."""

    processing_instance_count: ParameterInteger
    processing_instance_type: ParameterString
    inference_instance_count: ParameterInteger
    inference_instance_type: ParameterString
    input_data: ParameterString
    bad_rows: ParameterString
    fail_on_violation: ParameterBoolean
    ground_truth_available: ParameterBoolean
    ground_truth: ParameterString
    model_quality_tolerance: ParameterFloat
    data_quality_tolerance: ParameterFloat

    @classmethod
    def defaults(cls, region: str) -> Parameters:
        """The parameters with their defaults; the data are AWS's public copy of the UCI file."""
        data = f"s3://sagemaker-servicecatalog-seedcode-{region}/dataset/abalone-dataset.csv"
        return cls(
            ParameterInteger("ProcessingInstanceCount", default_value=1),
            ParameterString("ProcessingInstanceType", default_value="ml.m5.xlarge"),
            ParameterInteger("InferenceInstanceCount", default_value=1),
            ParameterString("InferenceInstanceType", default_value="ml.m5.xlarge"),
            ParameterString("InputDataUrl", default_value=data),
            ParameterString("BadRows", default_value=FAIL, enum_values=list(BAD_ROWS)),
            ParameterBoolean("FailOnViolation", default_value=True),
            ParameterBoolean("GroundTruthAvailable", default_value=False),
            ParameterString("GroundTruthUrl", default_value=""),
            ParameterFloat("ModelQualityTolerance", default_value=0.5),  # how much worse, as a share; 0.5 is by half
            ParameterFloat("DataQualityTolerance", default_value=4.0),  # standard deviations; 0 is AWS's strictness
        )


def get_pipeline(
    region: str | None = None,
    role: str | None = None,
    default_bucket: str | None = None,
    model_package_group_name: str | None = None,
    pipeline_name: str | None = None,
    base_job_prefix: str | None = None,
    use_case: str = "Abalone",
    model_package_version: int | None = None,
    approved_model_function: str = "sagemaker-get-approved-model",
    monitor_before_transform: bool = True,
    id_column: str = "id",
    **settings: Unpack[Settings],
) -> Pipeline:
    """Define the pipeline; the module's docstring draws it. Nothing is called and nothing uploaded.

    Args:
        region, role, default_bucket, settings: see ``steps.context.open_context``; the role has to be allowed to
            invoke the function.
        model_package_group_name: whose newest approved version scores; ``<use_case>PackageGroup`` by default.
        pipeline_name, base_job_prefix: of this pipeline; ``<use_case>BatchInference`` by default.
        use_case: what the steps are called by.
        model_package_version: the version to score with, for those who must pin one; it has to be approved.
        approved_model_function: name or ARN of the Lambda function; ``pipelines function`` deploys it.
        monitor_before_transform: look for drift before anything is scored; else afterwards, in spite of which the
            scores are there.
        id_column: the column that names a row; a row without one is ``file:line``.

    Raises:
        UsageError: no region anywhere, or an argument that is unknown or cannot be what it should.
    """
    params = Parameters.defaults(region_or_environment(region))
    own_name = f"{use_case}BatchInference"
    context = open_context(
        region,
        role,
        default_bucket,
        base_job_prefix or own_name,
        settings,
        processing_instance_type=params.processing_instance_type,
        transform_instance_type=params.inference_instance_type,
    )
    group = model_package_group_name or f"{use_case}PackageGroup"
    event: dict[str, Any] = {"model_package_group_name": group}
    if model_package_version is not None:
        event |= {"model_package_version": model_package_version}
    approved = call(
        context, "LambdaStepGetApprovedModel", function=approved_model_function, inputs=event, outputs=APPROVED_MODEL
    )
    found = steps(context, params, approved, group, use_case, monitor_before_transform, id_column)
    return context.pipeline(pipeline_name or own_name, params, found)


def steps(
    context: BuildContext,
    params: Parameters,
    approved: FunctionResult,
    group: str,
    use_case: str,
    monitor_first: bool,
    id_column: str,
) -> list[Any]:
    """The graph, in the order in which it runs."""
    scores = context.of_execution("scores")
    created = create_model_of(context, f"{use_case}CreateModel", package=approved["ModelPackageArn"])
    preprocessed = process(
        context,
        f"Preprocess{use_case}Data",
        script="pipelines.batch_inference.preprocess",
        image=context.scikit_learn_image,
        inputs={
            "data": params.input_data,
            "featurizer": approved["FeaturizerUri"],
            "statistics": approved["DataQualityStatistics"],
            "constraints": approved["DataQualityConstraints"],
        },
        # A file without a row to score has its file of scores from here: an empty one.
        outputs={"features": None, "raw": None, "report": None, BASELINE: None, "no_scores": scores},
        arguments={
            "bad-rows": params.bad_rows,
            "id-column": id_column,
            "tolerance": params.data_quality_tolerance,
        },
        reports=[REPORT_OUTPUT],
        instance_count=params.processing_instance_count,
    )
    monitored = ENGINES[context.check_engine].monitor_transform(
        context,
        f"Monitor{use_case}DataQuality",
        group=group,
        dataset=preprocessed["raw"],
        statistics=approved["DataQualityStatistics"],
        constraints=preprocessed.file(BASELINE, RELAXED),
        fail_on_violation=params.fail_on_violation,
        monitor_first=monitor_first,
        model=created.name,
        data=preprocessed["features"],
        input_filter="$[1:]",  # the first column is the id, which the model must not see
        join=True,
        output_filter="$[0,-1]",  # the id, and what was predicted
        instance_count=params.inference_instance_count,
        output=scores,
    )
    evaluated = process(
        context,
        f"Evaluate{use_case}Scores",
        script="pipelines.batch_inference.quality",
        image=context.scikit_learn_image,
        inputs={
            "scores": monitored.transformed.output,
            "truth": params.ground_truth,
            "constraints": approved["ModelQualityConstraints"],
            "featurizer": approved["FeaturizerUri"],
        },
        outputs=[OUTPUTS[LOST]],
        arguments={
            "problem-type": approved["ProblemType"],
            "tolerance": params.model_quality_tolerance,
            "id-column": id_column,
        },
        reports=[QUALITY_OUTPUT],
    )
    labelled = process(
        context,
        f"Label{use_case}Data",
        script="pipelines.batch_inference.label",
        image=context.scikit_learn_image,
        inputs={"data": params.input_data, "truth": params.ground_truth, "featurizer": approved["FeaturizerUri"]},
        # Of all executions together: what the next model is trained on, beside the training data.
        outputs={LABELLED: context.s3(LABELLED)},
        arguments={"id-column": id_column},
    )
    has_rows = at_least(preprocessed.value(REPORT_OUTPUT.name, "has_rows"), 1)
    lost = fail(
        LOST,
        "worse than ModelQualityTolerance allows:",
        evaluated.value(QUALITY_OUTPUT.name, "violated"),
        "- see",
        evaluated.file(OUTPUTS[LOST], VIOLATIONS),
    )
    has_truth = [is_true(params.ground_truth_available), has_rows]
    is_worse = at_least(evaluated.value(QUALITY_OUTPUT.name, "violations"), 1)
    return [
        approved,
        created,
        preprocessed,
        when("CheckBatchHasRows", has_rows, then=monitored.steps),
        when("CheckGroundTruthAvailable", *has_truth, then=[evaluated.step, labelled.step]),
        # Where quality is lost the model is trained anew: what it is trained on has to be there by then.
        when("CheckModelQuality", is_worse, then=[lost], after=[labelled.step]),
    ]

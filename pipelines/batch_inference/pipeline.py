"""Score raw rows with the approved model and its own featurizer, and check them for drift and for lost quality.

LambdaStepGetApprovedModel --------------------------------------> AbaloneCreateModel
          |                                                                |
PreprocessAbaloneData -> CheckBatchHasRows                                 |
          |                      |                                         |
          |     MonitorAbaloneDataQuality-monitoring -> MonitorAbaloneDataQuality-transform
          |                                                                |
CheckGroundTruthAvailable ----------------------------> EvaluateAbaloneScores
          |                                                      |
    LabelAbaloneData ------------------------------------> CheckModelQuality -> ModelQualityLost

The model is looked up when the pipeline runs: the version that is approved by then scores. Rows whose ground truth is
known become training data of the next version.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Unpack

from local_sagemaker.tools.reports import MODEL_QUALITY_LOST, REPORT_OUTPUTS
from local_sagemaker.tools.reports import VIOLATIONS_FILE as VIOLATIONS
from model_monitor.result import CONSTRAINTS_FILE
from pipelines.batch_inference.label import OUTPUT as LABELLED
from pipelines.batch_inference.preprocess import BAD_ROWS, BASELINE, FAIL
from pipelines.compiling.offline import resolve_region
from pipelines.compiling.offline_pipeline import Pipeline
from pipelines.steps.context import BuildContext, Settings, open_context
from pipelines.steps.engines import ENGINES
from pipelines.steps.flow import at_least, branch, fail, is_true
from pipelines.steps.functions import FunctionResult, call
from pipelines.steps.model import create_model_from_package
from pipelines.steps.processing import process

from sagemaker.core.workflow.parameters import ParameterBoolean, ParameterFloat, ParameterInteger, ParameterString
from sagemaker.core.workflow.properties import PropertyFile

REPORT_OUTPUT = PropertyFile("BatchReport", output_name="report", path="report.json")
QUALITY_OUTPUT = PropertyFile(
    "ModelQualityReport", output_name=REPORT_OUTPUTS[MODEL_QUALITY_LOST], path="model_quality.json"
)
#: The outputs of the function; deploy/lambdas/get_approved_model describes each.
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
    """Lists what an execution may override, in the order of the console's form."""

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
        """Return the parameters with their defaults; the data are AWS's public copy of the UCI file."""
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
            ParameterFloat(
                "ModelQualityTolerance", default_value=0.5
            ),  # how much worse a metric may be, as a share; 0.5 is by half
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
    """Define the pipeline that the module's docstring draws. Nothing is called and nothing uploaded.

    Args:
        region, role, default_bucket, settings: see ``steps.context.open_context``; the role needs permission to
            invoke the function.
        model_package_group_name: its newest approved version scores; ``<use_case>PackageGroup`` by default.
        pipeline_name, base_job_prefix: of this pipeline; ``<use_case>BatchInference`` by default.
        use_case: is part of the steps' names.
        model_package_version: the version to score with, if one has to be pinned; it has to be approved.
        approved_model_function: name or ARN of the Lambda function; ``pipelines function`` deploys it.
        monitor_before_transform: look for drift before anything is scored; otherwise afterwards, when the scores are
            written already.
        id_column: the column that identifies a row; if there is none, a row is identified by ``file:line``.

    Raises:
        UsageError: no region is configured, or an argument is unknown or invalid.
    """
    params = Parameters.defaults(resolve_region(region))
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
    approved_model = call(
        context, "LambdaStepGetApprovedModel", function=approved_model_function, inputs=event, outputs=APPROVED_MODEL
    )
    graph = steps(context, params, approved_model, group, use_case, monitor_before_transform, id_column)
    return context.pipeline(pipeline_name or own_name, params, graph)


def steps(
    context: BuildContext,
    params: Parameters,
    approved_model: FunctionResult,
    group: str,
    use_case: str,
    monitor_first: bool,
    id_column: str,
) -> list[Any]:
    """Return the graph, in the order in which it runs."""
    scores = context.execution_prefix("scores")
    model = create_model_from_package(context, f"{use_case}CreateModel", package=approved_model["ModelPackageArn"])
    preprocessing = process(
        context,
        f"Preprocess{use_case}Data",
        script="pipelines.batch_inference.preprocess",
        image=context.scikit_learn_image,
        inputs={
            "data": params.input_data,
            "featurizer": approved_model["FeaturizerUri"],
            "statistics": approved_model["DataQualityStatistics"],
            "constraints": approved_model["DataQualityConstraints"],
        },
        # This step writes the empty file of scores of a file that has no row to score.
        outputs={"features": None, "raw": None, "report": None, BASELINE: None, "no_scores": scores},
        arguments={
            "bad-rows": params.bad_rows,
            "id-column": id_column,
            "tolerance": params.data_quality_tolerance,
        },
        reports=[REPORT_OUTPUT],
        instance_count=params.processing_instance_count,
    )
    monitoring = ENGINES[context.check_engine].monitor_transform(
        context,
        f"Monitor{use_case}DataQuality",
        group=group,
        dataset=preprocessing["raw"],
        statistics=approved_model["DataQualityStatistics"],
        constraints=preprocessing.file(BASELINE, CONSTRAINTS_FILE),
        fail_on_violation=params.fail_on_violation,
        monitor_first=monitor_first,
        model=model.name,
        data=preprocessing["features"],
        input_filter="$[1:]",  # the first column is the id, which the model must not see
        join=True,
        output_filter="$[0,-1]",  # the id and the prediction
        instance_count=params.inference_instance_count,
        output=scores,
    )
    evaluation = process(
        context,
        f"Evaluate{use_case}Scores",
        script="pipelines.batch_inference.quality",
        image=context.scikit_learn_image,
        inputs={
            "scores": monitoring.transform.output,
            "truth": params.ground_truth,
            "constraints": approved_model["ModelQualityConstraints"],
            "featurizer": approved_model["FeaturizerUri"],
        },
        outputs=[REPORT_OUTPUTS[MODEL_QUALITY_LOST]],
        arguments={
            "problem-type": approved_model["ProblemType"],
            "tolerance": params.model_quality_tolerance,
            "id-column": id_column,
        },
        reports=[QUALITY_OUTPUT],
    )
    labelling = process(
        context,
        f"Label{use_case}Data",
        script="pipelines.batch_inference.label",
        image=context.scikit_learn_image,
        inputs={"data": params.input_data, "truth": params.ground_truth, "featurizer": approved_model["FeaturizerUri"]},
        # All executions share this prefix: the next model is trained on it and on the training data.
        outputs={LABELLED: context.s3(LABELLED)},
        arguments={"id-column": id_column},
    )
    has_rows = at_least(preprocessing.value(REPORT_OUTPUT.name, "has_rows"), 1)
    quality_failure = fail(
        MODEL_QUALITY_LOST,
        "worse than ModelQualityTolerance allows:",
        evaluation.value(QUALITY_OUTPUT.name, "violated"),
        "- see",
        evaluation.file(REPORT_OUTPUTS[MODEL_QUALITY_LOST], VIOLATIONS),
    )
    has_ground_truth = [is_true(params.ground_truth_available), has_rows]
    is_worse = at_least(evaluation.value(QUALITY_OUTPUT.name, "violations"), 1)
    return [
        approved_model,
        model,
        preprocessing,
        branch("CheckBatchHasRows", has_rows, then=monitoring.steps),
        branch("CheckGroundTruthAvailable", *has_ground_truth, then=[evaluation.step, labelling.step]),
        # Lost quality starts a new training, so the labelled data must be complete before.
        branch("CheckModelQuality", is_worse, then=[quality_failure], after=[labelling.step]),
    ]

"""Builds the pipeline of batch inference with SageMaker SDK v2."""

from __future__ import annotations

from sagemaker.lambda_helper import Lambda
from sagemaker.model import Model
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import (
    ConditionEquals,
    ConditionGreaterThanOrEqualTo,
)
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.monitor_batch_transform_step import MonitorBatchTransformStep
from sagemaker.workflow.parameters import ParameterBoolean, ParameterFloat, ParameterInteger, ParameterString
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.quality_check_step import DataQualityCheckConfig
from v2_build import BUCKET, CSV, DATA, INSTANCE, REGION, ROLE, SCIKIT_LEARN, XGBOOST, Build, header, output


def batch_inference():
    """Return the definition of pipelines.batch_inference."""
    processing_type = ParameterString("ProcessingInstanceType", INSTANCE)
    inference_type = ParameterString("InferenceInstanceType", INSTANCE)
    build = Build("AbaloneBatchInference", processing_type)
    counts = [ParameterInteger(f"{job_type}InstanceCount", 1) for job_type in ("Processing", "Inference")]
    data, bad_rows = ParameterString("InputDataUrl", DATA), ParameterString("BadRows", "Fail", ["Drop", "Fail"])
    fail_on, available = (
        ParameterBoolean("FailOnViolation", default_value=True),
        ParameterBoolean("GroundTruthAvailable", default_value=False),
    )
    ground_truth, tolerance = ParameterString("GroundTruthUrl", ""), ParameterFloat("ModelQualityTolerance", 0.5)
    deviations = ParameterFloat("DataQualityTolerance", 4.0)
    names = {
        "ModelPackageArn": "String", "ModelPackageVersion": "Integer", "ProblemType": "String",
        "FeaturizerUri": "String", "DataQualityStatistics": "String", "DataQualityConstraints": "String",
        "ModelQualityStatistics": "String", "ModelQualityConstraints": "String",
    }  # fmt: skip
    arn = f"arn:aws:lambda:{REGION}:000000000000:function:sagemaker-get-approved-model"
    lookup = LambdaStep(
        "LambdaStepGetApprovedModel",
        lambda_func=Lambda(function_arn=arn, session=build.session),
        inputs={"model_package_group_name": "AbalonePackageGroup"},
        outputs=[LambdaOutput(name, LambdaOutputTypeEnum[value_type]) for name, value_type in names.items()],
    )
    approved = lookup.properties.Outputs
    model = Model(image_uri=XGBOOST, role=ROLE, sagemaker_session=build.session)
    created = ModelStep("AbaloneCreateModel", step_args=model.create(instance_type=INSTANCE))
    report = PropertyFile("BatchReport", output_name="report", path="report.json")
    scores = build.execution_uri("scores")
    prepared = build.processing(
        "PreprocessAbaloneData",
        "preprocess",
        SCIKIT_LEARN,
        {
            "data": data,
            "featurizer": approved["FeaturizerUri"],
            "statistics": approved["DataQualityStatistics"],
            "constraints": approved["DataQualityConstraints"],
        },
        {"features": None, "raw": None, "report": None, "baseline": None, "no_scores": scores},
        ["--bad-rows", bad_rows, "--id-column", "id", "--tolerance", deviations.to_string()],
        counts[0],
        [report],
    )
    pair = MonitorBatchTransformStep(
        "MonitorAbaloneDataQuality",
        transform_step_args=build.transformer(
            "MonitorAbaloneDataQuality", created.properties.ModelName, scores, counts[1], inference_type
        ).transform(
            data=output(prepared, "features"),
            content_type=CSV,
            split_type="Line",
            input_filter="$[1:]",
            output_filter="$[0,-1]",
            join_source="Input",
        ),
        monitor_configuration=DataQualityCheckConfig(
            baseline_dataset=output(prepared, "raw"),
            dataset_format=header(True),
            output_s3_uri=build.execution_uri("monitorabalonedataquality-monitoring"),
        ),
        check_job_configuration=build.check_job(),
        monitor_before_transform=True,
        fail_on_violation=fail_on,
        supplied_baseline_statistics=approved["DataQualityStatistics"],
        supplied_baseline_constraints=Join("/", [output(prepared, "baseline"), "constraints.json"]),
    )
    quality = PropertyFile("ModelQualityReport", output_name="model_quality", path="model_quality.json")
    evaluated = build.processing(
        "EvaluateAbaloneScores",
        "quality",
        SCIKIT_LEARN,
        {
            "scores": pair.steps[0].properties.TransformOutput.S3OutputPath,
            "truth": ground_truth,
            "constraints": approved["ModelQualityConstraints"],
            "featurizer": approved["FeaturizerUri"],
        },
        {"model_quality": None},
        [
            "--problem-type",
            approved["ProblemType"].to_string(),
            "--tolerance",
            tolerance.to_string(),
            "--id-column",
            "id",
        ],
        files=[quality],
    )
    labelled = build.processing(
        "LabelAbaloneData",
        "label",
        SCIKIT_LEARN,
        {"data": data, "truth": ground_truth, "featurizer": approved["FeaturizerUri"]},
        {"labelled": f"s3://{BUCKET}/{build.prefix}/labelled"},
        ["--id-column", "id"],
    )
    has_rows = ConditionGreaterThanOrEqualTo(JsonGet("PreprocessAbaloneData", report, "has_rows"), 1)
    violations = JsonGet("EvaluateAbaloneScores", quality, "violations")
    violated = JsonGet("EvaluateAbaloneScores", quality, "violated")
    violations_uri = Join("/", [output(evaluated, "model_quality"), "constraint_violations.json"])
    lost = FailStep(
        "ModelQualityLost", Join(" ", ["worse than ModelQualityTolerance allows:", violated, "- see", violations_uri])
    )
    both = [ConditionEquals(available, True), has_rows]
    steps = [
        lookup,
        created,
        prepared,
        ConditionStep("CheckBatchHasRows", conditions=[has_rows], if_steps=pair.steps),
        ConditionStep("CheckGroundTruthAvailable", conditions=both, if_steps=[evaluated, labelled]),
        ConditionStep(
            "CheckModelQuality",
            conditions=[ConditionGreaterThanOrEqualTo(violations, 1)],
            if_steps=[lost],
            depends_on=[labelled],
        ),
    ]
    parameters = [
        counts[0],
        processing_type,
        counts[1],
        inference_type,
        data,
        bad_rows,
        fail_on,
        available,
        ground_truth,
    ]
    return build.definition("AbaloneBatchInference", [*parameters, tolerance, deviations], steps)

"""Builds the abalone pipeline with SageMaker SDK v2."""

from __future__ import annotations

from sagemaker.clarify import BiasConfig, DataConfig, ModelConfig, ModelPredictedLabelConfig, SHAPConfig
from sagemaker.drift_check_baselines import DriftCheckBaselines
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model
from sagemaker.model_metrics import FileSource, MetricsSource, ModelMetrics
from sagemaker.workflow.clarify_check_step import (
    ClarifyCheckStep,
    DataBiasCheckConfig,
    ModelBiasCheckConfig,
    ModelExplainabilityCheckConfig,
)
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import (
    ConditionLessThanOrEqualTo,
)
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.quality_check_step import DataQualityCheckConfig, ModelQualityCheckConfig, QualityCheckStep
from sagemaker.workflow.steps import TrainingStep, TransformStep
from v2_build import (
    BUCKET,
    CSV,
    DATA,
    INSTANCE,
    NUMERIC,
    ROLE,
    SCIKIT_LEARN,
    SEXES,
    XGBOOST,
    Build,
    check_arguments,
    flags,
    header,
    output,
)


def abalone():
    """Return the definition of pipelines.abalone."""
    build, group = Build("Abalone"), "AbalonePackageGroup"
    count, seed = ParameterInteger("ProcessingInstanceCount", 1), ParameterInteger("RandomSeed", 0)
    statuses = ["PendingManualApproval", "Approved", "Rejected"]
    status, data = ParameterString("ModelApprovalStatus", statuses[0], statuses), ParameterString("InputDataUrl", DATA)
    threshold = ParameterFloat("MseThreshold", 6.0)
    flag, supplied = {}, {}
    for check in ("DataQuality", "DataBias", "ModelQuality", "ModelBias", "ModelExplainability"):
        documents = ("Statistics", "Constraints") if "Quality" in check else ("BaselineConstraints",)
        flag[check] = flags(check)
        supplied[check] = [ParameterString(f"{check}Supplied{document}", "") for document in documents]
    prepared = build.processing(
        "PreprocessAbaloneData",
        "preprocess",
        SCIKIT_LEARN,
        {"data": data},
        dict.fromkeys(["train", "validation", "test", "baseline", "featurizer"]),
        ["--random-seed", seed.to_string()],
        count,
    )

    def quality(name, check, config, dataset, has_header, **settings):
        return QualityCheckStep(
            name,
            quality_check_config=config(
                baseline_dataset=dataset,
                dataset_format=header(has_header),
                output_s3_uri=build.execution_uri(name.lower()),
                **settings,
            ),
            check_job_config=build.check_job(),
            model_package_group_name=group,
            **check_arguments(flag[check], supplied[check]),
        )

    def clarify(name, check, config, dataset, **settings):
        data_config = DataConfig(
            s3_data_input_path=dataset,
            s3_output_path=build.execution_uri(name.lower()),
            s3_analysis_config_output_path=f"s3://{BUCKET}/Abalone/config",
            label="rings",
            headers=["rings", *NUMERIC, *SEXES],
            dataset_type=CSV,
        )
        return ClarifyCheckStep(
            name,
            clarify_check_config=config(data_config=data_config, **settings),
            check_job_config=build.check_job(),
            model_package_group_name=group,
            **check_arguments(flag[check], supplied[check]),
        )

    bias = {"data_bias_config": BiasConfig([15.0], SEXES, [[0.5]] * 3)}
    data_quality = quality(
        "DataQualityCheckStep", "DataQuality", DataQualityCheckConfig, output(prepared, "baseline"), True
    )
    data_bias = clarify("DataBiasCheckStep", "DataBias", DataBiasCheckConfig, output(prepared, "train"), **bias)
    estimator = Estimator(
        image_uri=XGBOOST,
        role=ROLE,
        instance_count=1,
        instance_type=INSTANCE,
        volume_size=30,
        max_run=86400,
        output_path=f"s3://{BUCKET}/Abalone/AbaloneTrain",
        hyperparameters={
            "objective": "reg:squarederror", "num_round": 50, "max_depth": 5, "eta": 0.2, "gamma": 4,
            "min_child_weight": 6, "subsample": 0.7, "seed": seed,
        },
        sagemaker_session=build.session,
    )  # fmt: skip
    channels = {n: TrainingInput(output(prepared, n), content_type=CSV) for n in ("train", "validation")}
    trained = TrainingStep("TrainAbaloneModel", step_args=estimator.fit(channels), depends_on=[data_quality, data_bias])
    artifacts = trained.properties.ModelArtifacts.S3ModelArtifacts
    model = Model(image_uri=XGBOOST, model_data=artifacts, role=ROLE, sagemaker_session=build.session)
    created = ModelStep("AbaloneCreateModel", step_args=model.create(instance_type=INSTANCE))
    name = created.properties.ModelName
    transformed = TransformStep(
        "AbaloneTransform",
        step_args=build.transformer("AbaloneTransform", name, build.execution_uri("abalonetransform")).transform(
            data=output(prepared, "test"),
            content_type=CSV,
            split_type="Line",
            input_filter="$[1:]",
            output_filter="$[0,-1]",
            join_source="Input",
        ),
    )
    model_quality = quality(
        "ModelQualityCheckStep",
        "ModelQuality",
        ModelQualityCheckConfig,
        transformed.properties.TransformOutput.S3OutputPath,
        False,
        problem_type="Regression",
        ground_truth_attribute="_c0",
        inference_attribute="_c1",
    )
    model_config = {"model_config": ModelConfig(name, 1, INSTANCE, accept_type=CSV, content_type=CSV)}
    model_bias = clarify(
        "ModelBiasCheckStep",
        "ModelBias",
        ModelBiasCheckConfig,
        output(prepared, "train"),
        model_predicted_label_config=ModelPredictedLabelConfig(),
        **bias,
        **model_config,
    )
    average = [[0.0] * len(NUMERIC) + [float(column == sex) for column in SEXES] for sex in SEXES]
    explained = clarify(
        "ModelExplainabilityCheckStep",
        "ModelExplainability",
        ModelExplainabilityCheckConfig,
        output(prepared, "test"),
        explainability_config=SHAPConfig(average, 2**10 - 2, "mean_abs", seed=123),
        **model_config,
    )
    report = PropertyFile("AbaloneEvaluationReport", output_name="evaluation", path="evaluation.json")
    inputs = {"model": artifacts, "test": output(prepared, "test"), "featurizer": output(prepared, "featurizer")}
    evaluated = build.processing(
        "EvaluateAbaloneModel", "evaluate", XGBOOST, inputs, {"evaluation": None}, files=[report]
    )
    mse = JsonGet(step_name=evaluated.name, property_file=report, json_path="regression_metrics.mse.value")

    def source(step, member):
        return MetricsSource(content_type="application/json", s3_uri=getattr(step.properties, member))

    def both(step, prefix):
        return source(step, f"{prefix}Statistics"), source(step, f"{prefix}Constraints")

    def file(step):
        return FileSource(step.clarify_check_config.monitoring_analysis_config_uri, content_type="application/json")

    new, used = "CalculatedBaseline", "BaselineUsedForDriftCheck"
    sources = {
        check: [*both(step, new)] if "Quality" in check else [None, source(step, f"{new}Constraints")]
        for check, step in (
            ("ModelQuality", model_quality), ("DataQuality", data_quality), ("ModelBias", model_bias),
            ("DataBias", data_bias), ("Explained", explained),
        )
    }  # fmt: skip
    model_baselines, data_baselines = both(model_quality, used), both(data_quality, used)
    uris = {
        "FeaturizerUri": Join("/", [output(prepared, "featurizer"), "featurizer.json"]),
        "BaselineDataUri": Join("/", [output(prepared, "baseline"), "baseline.csv"]),
        "TestDataUri": Join("/", [output(prepared, "test"), "test.csv"]),
        "EvaluationUri": Join("/", [output(evaluated, "evaluation"), "evaluation.json"]),
    }
    facts = uris | {
        "ProblemType": "Regression",
        "Metric": "regression_metrics.mse.value",
        "Threshold": threshold.to_string(),
        "RandomSeed": seed.to_string(),
        "CodeHash": "hash",
        "InputDataUrl": data,
        "PipelineExecutionArn": ExecutionVariables.PIPELINE_EXECUTION_ARN,
    }
    registered = ModelStep(
        "RegisterAbaloneModel",
        step_args=model.register(
            content_types=[CSV],
            response_types=[CSV],
            inference_instances=["ml.m5.large", INSTANCE],
            transform_instances=["ml.m5.large", INSTANCE],
            model_package_group_name=group,
            approval_status=status,
            model_metrics=ModelMetrics(
                model_statistics=sources["ModelQuality"][0],
                model_constraints=sources["ModelQuality"][1],
                model_data_statistics=sources["DataQuality"][0],
                model_data_constraints=sources["DataQuality"][1],
                bias=sources["ModelBias"][1],
                bias_pre_training=sources["DataBias"][1],
                bias_post_training=sources["ModelBias"][1],
                explainability=sources["Explained"][1],
            ),
            drift_check_baselines=DriftCheckBaselines(
                model_statistics=model_baselines[0],
                model_constraints=model_baselines[1],
                model_data_statistics=data_baselines[0],
                model_data_constraints=data_baselines[1],
                bias_config_file=file(model_bias),
                bias_pre_training_constraints=source(data_bias, f"{used}Constraints"),
                bias_post_training_constraints=source(model_bias, f"{used}Constraints"),
                explainability_constraints=source(explained, f"{used}Constraints"),
                explainability_config_file=file(explained),
            ),
            customer_metadata_properties=facts,
        ),
    )
    message = Join(" ", ["the model's mse of", mse, "exceeds MseThreshold", threshold])
    checked = ConditionStep(
        "CheckMSEAbaloneEvaluation",
        conditions=[ConditionLessThanOrEqualTo(mse, threshold)],
        if_steps=[registered],
        else_steps=[FailStep("AbaloneModelRejected", message)],
    )
    parameters = [count, status, data, seed, threshold]
    parameters += [parameter for check in flag for parameter in (*flag[check], *supplied[check])]
    steps = [prepared, data_quality, data_bias, trained, created, transformed, model_quality, model_bias, explained]
    return build.definition("AbalonePipeline", parameters, [*steps, evaluated, checked])

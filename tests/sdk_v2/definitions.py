"""The project's pipelines, and one with everything else that it has no use for yet, built with SageMaker SDK v2.

What v2 writes for a pipeline is what SageMaker has taken for years: the oracle for what v3 writes. Nothing here comes
from the project's own builders, but for the session on which uploads are recorded.
"""

from __future__ import annotations

import json

from pipelines.compiling.offline import PLACEHOLDER_ROLE, Recording, placeholder_bucket

from sagemaker.clarify import BiasConfig, DataConfig, ModelConfig, ModelPredictedLabelConfig, SHAPConfig
from sagemaker.drift_check_baselines import DriftCheckBaselines
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.lambda_helper import Lambda
from sagemaker.model import Model
from sagemaker.model_metrics import FileSource, MetricsSource, ModelMetrics
from sagemaker.network import NetworkConfig
from sagemaker.parameter import ContinuousParameter
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.telemetry import telemetry_logging
from sagemaker.transformer import Transformer
from sagemaker.tuner import HyperparameterTuner
from sagemaker.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep
from sagemaker.workflow.check_job_config import CheckJobConfig
from sagemaker.workflow.clarify_check_step import (
    ClarifyCheckStep,
    DataBiasCheckConfig,
    ModelBiasCheckConfig,
    ModelExplainabilityCheckConfig,
)
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import (
    ConditionEquals,
    ConditionGreaterThanOrEqualTo,
    ConditionIn,
    ConditionLessThanOrEqualTo,
    ConditionNot,
    ConditionOr,
)
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.monitor_batch_transform_step import MonitorBatchTransformStep
from sagemaker.workflow.parameters import ParameterBoolean, ParameterFloat, ParameterInteger, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.quality_check_step import DataQualityCheckConfig, ModelQualityCheckConfig, QualityCheckStep
from sagemaker.workflow.retry import StepExceptionTypeEnum, StepRetryPolicy
from sagemaker.workflow.steps import CacheConfig, ProcessingStep, TrainingStep, TransformStep, TuningStep

# The SDK reports each call to AWS.
telemetry_logging._send_telemetry_request = lambda *_, **__: None

REGION = "us-east-1"
BUCKET = placeholder_bucket(REGION)
ROLE = PLACEHOLDER_ROLE
REGISTRY = "683313688378.dkr.ecr.us-east-1.amazonaws.com"
SCIKIT_LEARN, XGBOOST = f"{REGISTRY}/sagemaker-scikit-learn:1.9-0-cpu-py3", f"{REGISTRY}/sagemaker-xgboost:3.2-0"
FOLDER, CSV = "/opt/ml/processing", "text/csv"
NUMERIC = ["length", "diameter", "height", "whole_weight", "shucked_weight", "viscera_weight", "shell_weight"]
SEXES = ["sex_F", "sex_I", "sex_M"]
INSTANCE = "ml.m5.xlarge"
DATA = f"s3://sagemaker-servicecatalog-seedcode-{REGION}/dataset/abalone-dataset.csv"


class Build:
    """What every step of one pipeline is built with."""

    def __init__(self, prefix, instance_type=INSTANCE):
        self.recording, self.prefix, self.instance_type = Recording(BUCKET), prefix, instance_type
        self.session = PipelineSession(boto_session=self.recording.session(REGION), default_bucket=BUCKET)

    def of_execution(self, folder):
        return Join("/", [f"s3://{BUCKET}/{self.prefix}", ExecutionVariables.PIPELINE_EXECUTION_ID, folder])

    def definition(self, name, parameters, steps):
        pipeline = Pipeline(name=name, parameters=parameters, steps=steps, sagemaker_session=self.session)
        return json.loads(pipeline.definition())

    def processing(self, name, script, image, inputs, outputs, arguments=None, count=1, files=(), **options):
        processor = ScriptProcessor(
            image_uri=image,
            command=["python3"],
            role=ROLE,
            instance_type=self.instance_type,
            instance_count=count,
            sagemaker_session=self.session,
            **options,
        )
        args = processor.run(
            code=f"s3://{BUCKET}/{self.prefix}/code/hash/{script}.pyz",
            inputs=[
                ProcessingInput(input_name=n, source=uri, destination=f"{FOLDER}/{n}") for n, uri in inputs.items()
            ],
            outputs=[
                ProcessingOutput(output_name=n, source=f"{FOLDER}/{n}", destination=uri) for n, uri in outputs.items()
            ],
            arguments=arguments,
        )
        return ProcessingStep(name, step_args=args, property_files=list(files))

    def check_job(self):
        return CheckJobConfig(
            role=ROLE, instance_type=self.instance_type, max_runtime_in_seconds=86400, sagemaker_session=self.session
        )

    def transformer(self, name, model, output, count=1, instance_type=INSTANCE):
        return Transformer(
            model_name=model,
            instance_count=count,
            instance_type=instance_type,
            accept=CSV,
            assemble_with="Line",
            max_payload=1,
            output_path=output,
            base_transform_job_name=name,
            sagemaker_session=self.session,
        )


def output(step, name):
    return step.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri


def header(is_there):
    return {"csv": {"header": is_there, "output_columns_position": "START"}}


def flags(check):
    return [
        ParameterBoolean(f"Skip{check}Check", default_value=False),
        ParameterBoolean(f"RegisterNew{check}Baseline", default_value=False),
    ]


def given(flag, supplied):
    names = ("skip_check", "register_new_baseline", *(("supplied_baseline_statistics",) if len(supplied) > 1 else ()))
    return dict(zip((*names, "supplied_baseline_constraints"), [*flag, *supplied], strict=True))


def abalone():
    """pipelines.abalone."""
    build, group = Build("Abalone"), "AbalonePackageGroup"
    count, seed = ParameterInteger("ProcessingInstanceCount", 1), ParameterInteger("RandomSeed", 0)
    statuses = ["PendingManualApproval", "Approved", "Rejected"]
    status, data = ParameterString("ModelApprovalStatus", statuses[0], statuses), ParameterString("InputDataUrl", DATA)
    threshold = ParameterFloat("MseThreshold", 6.0)
    flag, supplied = {}, {}
    for check in ("DataQuality", "DataBias", "ModelQuality", "ModelBias", "ModelExplainability"):
        kinds = ("Statistics", "Constraints") if "Quality" in check else ("BaselineConstraints",)
        flag[check] = flags(check)
        supplied[check] = [ParameterString(f"{check}Supplied{kind}", "") for kind in kinds]
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
                output_s3_uri=build.of_execution(name.lower()),
                **settings,
            ),
            check_job_config=build.check_job(),
            model_package_group_name=group,
            **given(flag[check], supplied[check]),
        )

    def clarify(name, check, config, dataset, **settings):
        where = DataConfig(
            s3_data_input_path=dataset,
            s3_output_path=build.of_execution(name.lower()),
            s3_analysis_config_output_path=f"s3://{BUCKET}/Abalone/config",
            label="rings",
            headers=["rings", *NUMERIC, *SEXES],
            dataset_type=CSV,
        )
        return ClarifyCheckStep(
            name,
            clarify_check_config=config(data_config=where, **settings),
            check_job_config=build.check_job(),
            model_package_group_name=group,
            **given(flag[check], supplied[check]),
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
        step_args=build.transformer("AbaloneTransform", name, build.of_execution("abalonetransform")).transform(
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
    asked = {"model_config": ModelConfig(name, 1, INSTANCE, accept_type=CSV, content_type=CSV)}
    model_bias = clarify(
        "ModelBiasCheckStep",
        "ModelBias",
        ModelBiasCheckConfig,
        output(prepared, "train"),
        model_predicted_label_config=ModelPredictedLabelConfig(),
        **bias,
        **asked,
    )
    average = [[0.0] * len(NUMERIC) + [float(one == sex) for one in SEXES] for sex in SEXES]
    explained = clarify(
        "ModelExplainabilityCheckStep",
        "ModelExplainability",
        ModelExplainabilityCheckConfig,
        output(prepared, "test"),
        explainability_config=SHAPConfig(average, 2**10 - 2, "mean_abs", seed=123),
        **asked,
    )
    report = PropertyFile("AbaloneEvaluationReport", output_name="evaluation", path="evaluation.json")
    inputs = {"model": artifacts, "test": output(prepared, "test"), "featurizer": output(prepared, "featurizer")}
    evaluated = build.processing(
        "EvaluateAbaloneModel", "evaluate", XGBOOST, inputs, {"evaluation": None}, files=[report]
    )
    mse = JsonGet(step_name=evaluated.name, property_file=report, json_path="regression_metrics.mse.value")

    def source(step, member, kind=MetricsSource):
        return kind(content_type="application/json", s3_uri=getattr(step.properties, member))

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
    of_model, of_data = both(model_quality, used), both(data_quality, used)
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
                model_statistics=of_model[0],
                model_constraints=of_model[1],
                model_data_statistics=of_data[0],
                model_data_constraints=of_data[1],
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


def batch_inference():
    """pipelines.batch_inference."""
    processing_type = ParameterString("ProcessingInstanceType", INSTANCE)
    inference_type = ParameterString("InferenceInstanceType", INSTANCE)
    build = Build("AbaloneBatchInference", processing_type)
    counts = [ParameterInteger(f"{kind}InstanceCount", 1) for kind in ("Processing", "Inference")]
    data, bad_rows = ParameterString("InputDataUrl", DATA), ParameterString("BadRows", "Fail", ["Drop", "Fail"])
    fail_on, available = (
        ParameterBoolean("FailOnViolation", default_value=True),
        ParameterBoolean("GroundTruthAvailable", default_value=False),
    )
    truth, tolerance = ParameterString("GroundTruthUrl", ""), ParameterFloat("ModelQualityTolerance", 0.5)
    names = {
        "ModelPackageArn": "String", "ModelPackageVersion": "Integer", "ProblemType": "String",
        "FeaturizerUri": "String", "DataQualityStatistics": "String", "DataQualityConstraints": "String",
        "ModelQualityStatistics": "String", "ModelQualityConstraints": "String",
    }  # fmt: skip
    arn = f"arn:aws:lambda:{REGION}:000000000000:function:sagemaker-get-approved-model"
    asked = LambdaStep(
        "LambdaStepGetApprovedModel",
        lambda_func=Lambda(function_arn=arn, session=build.session),
        inputs={"model_package_group_name": "AbalonePackageGroup"},
        outputs=[LambdaOutput(name, LambdaOutputTypeEnum[kind]) for name, kind in names.items()],
    )
    approved = asked.properties.Outputs
    model = Model(image_uri=XGBOOST, role=ROLE, sagemaker_session=build.session)
    created = ModelStep("AbaloneCreateModel", step_args=model.create(instance_type=INSTANCE))
    report = PropertyFile("BatchReport", output_name="report", path="report.json")
    scores = build.of_execution("scores")
    prepared = build.processing(
        "PreprocessAbaloneData",
        "preprocess",
        SCIKIT_LEARN,
        {"data": data, "featurizer": approved["FeaturizerUri"]},
        {"features": None, "raw": None, "report": None, "no_scores": scores},
        ["--bad-rows", bad_rows, "--id-column", "id"],
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
            output_s3_uri=build.of_execution("monitorabalonedataquality-monitoring"),
        ),
        check_job_configuration=build.check_job(),
        monitor_before_transform=True,
        fail_on_violation=fail_on,
        supplied_baseline_statistics=approved["DataQualityStatistics"],
        supplied_baseline_constraints=approved["DataQualityConstraints"],
    )
    quality = PropertyFile("ModelQualityReport", output_name="model_quality", path="model_quality.json")
    evaluated = build.processing(
        "EvaluateAbaloneScores",
        "quality",
        SCIKIT_LEARN,
        {
            "scores": pair.steps[0].properties.TransformOutput.S3OutputPath,
            "truth": truth,
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
        {"data": data, "truth": truth, "featurizer": approved["FeaturizerUri"]},
        {"labelled": f"s3://{BUCKET}/{build.prefix}/labelled"},
        ["--id-column", "id"],
    )
    has_rows = ConditionGreaterThanOrEqualTo(JsonGet("PreprocessAbaloneData", report, "has_rows"), 1)
    violations = JsonGet("EvaluateAbaloneScores", quality, "violations")
    violated = JsonGet("EvaluateAbaloneScores", quality, "violated")
    where = Join("/", [output(evaluated, "model_quality"), "constraint_violations.json"])
    lost = FailStep(
        "ModelQualityLost", Join(" ", ["worse than ModelQualityTolerance allows:", violated, "- see", where])
    )
    both = [ConditionEquals(available, True), has_rows]
    steps = [
        asked,
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
    parameters = [counts[0], processing_type, counts[1], inference_type, data, bad_rows, fail_on, available, truth]
    return build.definition("AbaloneBatchInference", [*parameters, tolerance], steps)


def everything_else():
    """Tuning, Callback, cache, retries, a VPC and conditions of every kind."""
    build = Build("Everything")
    network = NetworkConfig(
        enable_network_isolation=True,
        encrypt_inter_container_traffic=True,
        security_group_ids=["sg-0123456789abcdef0"],
        subnets=["subnet-0123456789abcdef0"],
    )
    secured = {
        "subnets": network.subnets,
        "security_group_ids": network.security_group_ids,
        "encrypt_inter_container_traffic": True,
        "enable_network_isolation": True,
    }
    rounds, wanted = ParameterInteger("Rounds", 50), ParameterString("Wanted", "yes", ["yes", "no"])
    cache = CacheConfig(enable_caching=True, expire_after="P30D")
    retry = StepRetryPolicy([StepExceptionTypeEnum.THROTTLING], max_attempts=3)
    report = PropertyFile("Report", output_name="report", path="report.json")
    processor = ScriptProcessor(
        image_uri=SCIKIT_LEARN,
        command=["python3"],
        role=ROLE,
        instance_type=INSTANCE,
        instance_count=1,
        network_config=network,
        sagemaker_session=build.session,
    )
    prepared = ProcessingStep(
        "Prepare",
        step_args=processor.run(
            code="s3://code/prepare.py",
            inputs=[ProcessingInput(input_name="data", source="s3://data/rows", destination=f"{FOLDER}/data")],
            outputs=[ProcessingOutput(output_name="report", source=f"{FOLDER}/report")],
        ),
        property_files=[report],
        cache_config=cache,
        retry_policies=[retry],
    )
    estimator = Estimator(
        image_uri=XGBOOST,
        role=ROLE,
        instance_count=1,
        instance_type=INSTANCE,
        output_path=f"s3://{BUCKET}/Everything/models",
        hyperparameters={"num_round": rounds, "objective": "reg:squarederror"},
        sagemaker_session=build.session,
        **secured,
    )
    tuner = HyperparameterTuner(
        estimator, "validation:rmse", {"eta": ContinuousParameter(0.1, 0.5)}, objective_type="Minimize", max_jobs=4
    )
    channels = {name: TrainingInput(f"s3://data/{name}", content_type=CSV) for name in ("train", "validation")}
    tuned = TuningStep("Tune", step_args=tuner.fit(channels), depends_on=[prepared])
    asked = CallbackStep(
        "Ask",
        sqs_queue_url="https://sqs.us-east-1.amazonaws.com/000000000000/queue",
        inputs={"model": tuned.get_top_model_s3_uri(0, BUCKET, "Everything/models")},
        outputs=[CallbackOutput("answer", CallbackOutputTypeEnum.String)],
    )
    answer = asked.properties.Outputs["answer"]
    best = tuned.properties.BestTrainingJob.FinalHyperParameterTuningJobObjectiveMetric.Value
    conditions = [
        ConditionOr([ConditionIn(answer, ["yes", wanted]), ConditionNot(ConditionEquals(wanted, "no"))]),
        ConditionLessThanOrEqualTo(best, JsonGet("Prepare", report, "limits.rmse")),
    ]
    refused = FailStep("Refused", Join(" ", ["the answer was", answer]))
    model = Model(
        image_uri=XGBOOST,
        model_data=tuned.get_top_model_s3_uri(0, BUCKET, "Everything/models"),
        role=ROLE,
        sagemaker_session=build.session,
        vpc_config={"Subnets": network.subnets, "SecurityGroupIds": network.security_group_ids},
        enable_network_isolation=True,
    )
    created = ModelStep("Create", step_args=model.create(instance_type=INSTANCE))
    decided = ConditionStep("Decide", conditions=conditions, if_steps=[created], else_steps=[refused])
    return build.definition("Everything", [rounds, wanted], [prepared, tuned, asked, decided])


DEFINITIONS = {"abalone": abalone, "batch_inference": batch_inference, "everything_else": everything_else}

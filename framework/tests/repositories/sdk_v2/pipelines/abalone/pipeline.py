"""A pipeline in the shape of AWS's ModelBuild template, with SDK v2: it makes its own sessions."""

import os

import boto3
import sagemaker
import sagemaker.session
from sagemaker.drift_check_baselines import DriftCheckBaselines
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model
from sagemaker.model_metrics import MetricsSource, ModelMetrics
from sagemaker.model_monitor.dataset_format import DatasetFormat
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.sklearn.processing import SKLearnProcessor
from sagemaker.workflow.check_job_config import CheckJobConfig
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.workflow.functions import JsonGet
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterBoolean, ParameterInteger, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.quality_check_step import DataQualityCheckConfig, QualityCheckStep
from sagemaker.workflow.steps import ProcessingStep, TrainingStep

FOLDER = os.path.dirname(os.path.realpath(__file__))


def get_session(region, default_bucket):
    """Return the session for roles and buckets."""
    session = boto3.Session(region_name=region)
    clients = {
        "sagemaker_client": session.client("sagemaker"),
        "sagemaker_runtime_client": session.client("sagemaker-runtime"),
    }
    return sagemaker.session.Session(boto_session=session, default_bucket=default_bucket, **clients)


def get_pipeline_session(region, default_bucket):
    """Return the session for steps."""
    session = boto3.Session(region_name=region)
    client = session.client("sagemaker")
    return PipelineSession(boto_session=session, sagemaker_client=client, default_bucket=default_bucket)


def get_pipeline(
    region,
    sagemaker_project_arn=None,
    role=None,
    default_bucket=None,
    model_package_group_name="ForeignGroup",
    pipeline_name="ForeignPipeline",
    base_job_prefix="Foreign",
    instance_type="ml.m5.xlarge",
):
    """Return the pipeline."""
    session = get_session(region, default_bucket)
    if role is None:
        role = sagemaker.session.get_execution_role(session)
    steps_session = get_pipeline_session(region, default_bucket)

    count = ParameterInteger("ProcessingInstanceCount", default_value=1)
    status = ParameterString("ModelApprovalStatus", default_value="PendingManualApproval")
    data = ParameterString(
        "InputDataUrl", default_value=f"s3://sagemaker-servicecatalog-seedcode-{region}/dataset/abalone-dataset.csv"
    )
    skip = ParameterBoolean("SkipDataQualityCheck", default_value=False)
    register_baseline = ParameterBoolean("RegisterNewDataQualityBaseline", default_value=False)

    processor = SKLearnProcessor(
        framework_version="1.2-1",
        instance_type=instance_type,
        instance_count=count,
        base_job_name=f"{base_job_prefix}/preprocess",
        sagemaker_session=steps_session,
        role=role,
    )
    outputs = [
        ProcessingOutput(output_name=n, source=f"/opt/ml/processing/{n}") for n in ("train", "validation", "test")
    ]
    preprocess = ProcessingStep(
        "PreprocessData",
        step_args=processor.run(
            outputs=outputs, code=os.path.join(FOLDER, "preprocess.py"), arguments=["--input-data", data]
        ),
    )

    def uri(name):
        return preprocess.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri

    check = QualityCheckStep(
        "DataQualityCheck",
        quality_check_config=DataQualityCheckConfig(
            baseline_dataset=uri("train"), dataset_format=DatasetFormat.csv(header=False)
        ),
        check_job_config=CheckJobConfig(role=role, instance_type=instance_type, sagemaker_session=steps_session),
        skip_check=skip,
        register_new_baseline=register_baseline,
        model_package_group_name=model_package_group_name,
    )

    image = sagemaker.image_uris.retrieve(
        "xgboost", region, version="1.0-1", py_version="py3", instance_type=instance_type
    )
    estimator = Estimator(
        image_uri=image,
        instance_type=instance_type,
        instance_count=1,
        output_path=f"s3://{session.default_bucket()}/{base_job_prefix}/train",
        base_job_name=f"{base_job_prefix}/train",
        sagemaker_session=steps_session,
        role=role,
    )
    estimator.set_hyperparameters(objective="reg:linear", num_round=30, max_depth=4, eta=0.2, silent=0)
    channels = {name: TrainingInput(s3_data=uri(name), content_type="text/csv") for name in ("train", "validation")}
    train = TrainingStep("TrainModel", step_args=estimator.fit(inputs=channels))

    report = PropertyFile("Report", output_name="evaluation", path="evaluation.json")
    evaluator = ScriptProcessor(
        image_uri=image,
        command=["python3"],
        instance_type=instance_type,
        instance_count=1,
        base_job_name=f"{base_job_prefix}/evaluate",
        sagemaker_session=steps_session,
        role=role,
    )
    artifacts = train.properties.ModelArtifacts.S3ModelArtifacts
    evaluate = ProcessingStep(
        "EvaluateModel",
        step_args=evaluator.run(
            inputs=[
                ProcessingInput(source=artifacts, destination="/opt/ml/processing/model"),
                ProcessingInput(source=uri("test"), destination="/opt/ml/processing/test"),
            ],
            outputs=[ProcessingOutput(output_name="evaluation", source="/opt/ml/processing/evaluation")],
            code=os.path.join(FOLDER, "evaluate.py"),
        ),
        property_files=[report],
    )
    target = evaluate.arguments["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]

    def source(value):
        return MetricsSource(s3_uri=value, content_type="application/json")

    metrics = ModelMetrics(
        model_statistics=source(f"{target}/evaluation.json"),
        model_data_statistics=source(check.properties.CalculatedBaselineStatistics),
        model_data_constraints=source(check.properties.CalculatedBaselineConstraints),
    )
    drift = DriftCheckBaselines(
        model_data_statistics=source(check.properties.BaselineUsedForDriftCheckStatistics),
        model_data_constraints=source(check.properties.BaselineUsedForDriftCheckConstraints),
    )
    model = Model(image_uri=image, model_data=artifacts, sagemaker_session=steps_session, role=role)
    register = ModelStep(
        "RegisterModel",
        step_args=model.register(
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=["ml.t2.medium", "ml.m5.large"],
            transform_instances=["ml.m5.large"],
            model_package_group_name=model_package_group_name,
            approval_status=status,
            model_metrics=metrics,
            drift_check_baselines=drift,
        ),
    )
    error = JsonGet(step_name=evaluate.name, property_file=report, json_path="regression_metrics.mse.value")
    gate = ConditionStep(
        "CheckError",
        conditions=[ConditionLessThanOrEqualTo(left=error, right=6.0)],
        if_steps=[register],
        else_steps=[],
    )
    return Pipeline(
        name=pipeline_name,
        parameters=[count, status, data, skip, register_baseline],
        steps=[preprocess, check, train, evaluate, gate],
        sagemaker_session=steps_session,
    )

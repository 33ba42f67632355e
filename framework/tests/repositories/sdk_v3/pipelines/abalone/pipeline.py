"""A pipeline in the shape of AWS's ModelBuild template, with SDK v3: it makes its own sessions."""

import os

import boto3
from sagemaker.core import image_uris
from sagemaker.core.drift_check_baselines import DriftCheckBaselines
from sagemaker.core.helper.session_helper import Session, get_execution_role
from sagemaker.core.model_metrics import MetricsSource, ModelMetrics
from sagemaker.core.model_monitor.dataset_format import DatasetFormat
from sagemaker.core.processing import ScriptProcessor
from sagemaker.core.shapes import ProcessingInput, ProcessingOutput, ProcessingS3Input, ProcessingS3Output
from sagemaker.core.training.configs import Compute, InputData, OutputDataConfig
from sagemaker.core.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterBoolean, ParameterString
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.check_job_config import CheckJobConfig
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.quality_check_step import DataQualityCheckConfig, QualityCheckStep
from sagemaker.mlops.workflow.steps import ProcessingStep, TrainingStep
from sagemaker.serve import ModelBuilder
from sagemaker.train import ModelTrainer

FOLDER = os.path.dirname(os.path.realpath(__file__))


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
    boto_session = boto3.Session(region_name=region)
    if role is None:
        role = get_execution_role(Session(boto_session=boto_session))
    session = PipelineSession(boto_session=boto_session, default_bucket=default_bucket)
    bucket = session.default_bucket()

    status = ParameterString("ModelApprovalStatus", default_value="PendingManualApproval")
    data = ParameterString(
        "InputDataUrl", default_value=f"s3://sagemaker-servicecatalog-seedcode-{region}/dataset/abalone-dataset.csv"
    )
    skip = ParameterBoolean("SkipDataQualityCheck", default_value=False)
    register_baseline = ParameterBoolean("RegisterNewDataQualityBaseline", default_value=False)

    def output(name):
        uri = Join(on="/", values=["s3:/", bucket, base_job_prefix, ExecutionVariables.PIPELINE_EXECUTION_ID, name])
        place = ProcessingS3Output(s3_uri=uri, local_path=f"/opt/ml/processing/{name}", s3_upload_mode="EndOfJob")
        return ProcessingOutput(output_name=name, s3_output=place)

    def source(name, uri):
        place = ProcessingS3Input(
            s3_uri=uri, local_path=f"/opt/ml/processing/{name}", s3_data_type="S3Prefix", s3_input_mode="File"
        )
        return ProcessingInput(input_name=name, s3_input=place)

    def processor(image, name):
        return ScriptProcessor(
            image_uri=image,
            command=["python3"],
            instance_type=instance_type,
            instance_count=1,
            base_job_name=f"{base_job_prefix}/{name}",
            sagemaker_session=session,
            role=role,
        )

    preprocess = ProcessingStep(
        "PreprocessData",
        step_args=processor(
            image_uris.retrieve("sklearn", region, version="1.2-1", instance_type=instance_type), "preprocess"
        ).run(
            outputs=[output("train"), output("validation"), output("test")],
            code=os.path.join(FOLDER, "preprocess.py"),
            arguments=["--input-data", data],
        ),
    )

    def uri(name):
        return preprocess.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri

    check = QualityCheckStep(
        "DataQualityCheck",
        quality_check_config=DataQualityCheckConfig(
            baseline_dataset=uri("train"),
            dataset_format=DatasetFormat.csv(header=False),
            output_s3_uri=output("quality").s3_output.s3_uri,
        ),
        check_job_config=CheckJobConfig(role=role, instance_type=instance_type, sagemaker_session=session),
        skip_check=skip,
        register_new_baseline=register_baseline,
        model_package_group_name=model_package_group_name,
    )

    image = image_uris.retrieve("xgboost", region, version="1.0-1", py_version="py3", instance_type=instance_type)
    trainer = ModelTrainer(
        training_image=image,
        role=role,
        sagemaker_session=session,
        base_job_name=f"{base_job_prefix}-train",
        compute=Compute(instance_type=instance_type, instance_count=1),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/{base_job_prefix}/train"),
        hyperparameters={"objective": "reg:linear", "num_round": "30", "max_depth": "4", "eta": "0.2", "silent": "0"},
    )
    channels = [
        InputData(channel_name=name, data_source=uri(name), content_type="text/csv") for name in ("train", "validation")
    ]
    train = TrainingStep("TrainModel", step_args=trainer.train(input_data_config=channels))
    artifacts = train.properties.ModelArtifacts.S3ModelArtifacts

    report = PropertyFile("Report", output_name="evaluation", path="evaluation.json")
    evaluate = ProcessingStep(
        "EvaluateModel",
        step_args=processor(image, "evaluate").run(
            inputs=[source("model", artifacts), source("test", uri("test"))],
            outputs=[output("evaluation")],
            code=os.path.join(FOLDER, "evaluate.py"),
        ),
        property_files=[report],
    )

    def metrics_source(value):
        return MetricsSource(s3_uri=value, content_type="application/json")

    evaluation = evaluate.properties.ProcessingOutputConfig.Outputs["evaluation"].S3Output.S3Uri
    builder = ModelBuilder(
        image_uri=image,
        s3_model_data_url=artifacts,
        role_arn=role,
        sagemaker_session=session,
        dependencies={},  # without it the SDK writes an empty SAGEMAKER_PROGRAM
    )
    register = ModelStep(
        "RegisterModel",
        step_args=builder.register(
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=["ml.t2.medium", "ml.m5.large"],
            transform_instances=["ml.m5.large"],
            model_package_group_name=model_package_group_name,
            approval_status=status,
            model_metrics=ModelMetrics(
                model_statistics=metrics_source(Join(on="/", values=[evaluation, "evaluation.json"])),
                model_data_statistics=metrics_source(check.properties.CalculatedBaselineStatistics),
                model_data_constraints=metrics_source(check.properties.CalculatedBaselineConstraints),
            ),
            drift_check_baselines=DriftCheckBaselines(
                model_data_statistics=metrics_source(check.properties.BaselineUsedForDriftCheckStatistics),
                model_data_constraints=metrics_source(check.properties.BaselineUsedForDriftCheckConstraints),
            ),
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
        parameters=[status, data, skip, register_baseline],
        steps=[preprocess, check, train, evaluate, gate],
        sagemaker_session=session,
    )

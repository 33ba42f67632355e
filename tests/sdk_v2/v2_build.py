"""Builds what the pipelines of SDK v2 share: a session that records uploads, jobs, checks and parameters."""

from __future__ import annotations

import json

from pipelines.compiling.offline import PLACEHOLDER_ROLE, Recording, placeholder_bucket

from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.telemetry import telemetry_logging
from sagemaker.transformer import Transformer
from sagemaker.workflow.check_job_config import CheckJobConfig
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.functions import Join
from sagemaker.workflow.parameters import ParameterBoolean
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.steps import ProcessingStep

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
    """Builds the jobs of one pipeline, with its session, prefix and instance type."""

    def __init__(self, prefix, instance_type=INSTANCE):
        self.recording, self.prefix, self.instance_type = Recording(BUCKET), prefix, instance_type
        self.session = PipelineSession(boto_session=self.recording.session(REGION), default_bucket=BUCKET)

    def execution_uri(self, folder):
        """Return the URI of a folder of the execution."""
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


def check_arguments(flag, supplied):
    """Return the arguments of a check step: its flags and supplied baselines."""
    names = ("skip_check", "register_new_baseline", *(("supplied_baseline_statistics",) if len(supplied) > 1 else ()))
    return dict(zip((*names, "supplied_baseline_constraints"), [*flag, *supplied], strict=True))

"""Builds a pipeline with features that the project does not use yet, with SageMaker SDK v2."""

from __future__ import annotations

from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model
from sagemaker.network import NetworkConfig
from sagemaker.parameter import ContinuousParameter
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.tuner import HyperparameterTuner
from sagemaker.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import (
    ConditionEquals,
    ConditionIn,
    ConditionLessThanOrEqualTo,
    ConditionNot,
    ConditionOr,
)
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterInteger, ParameterString
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.retry import StepExceptionTypeEnum, StepRetryPolicy
from sagemaker.workflow.steps import CacheConfig, ProcessingStep, TuningStep
from v2_build import BUCKET, CSV, FOLDER, INSTANCE, ROLE, SCIKIT_LEARN, XGBOOST, Build


def everything_else():
    """Return a definition with Tuning, Callback, cache, retries, a VPC and conditions of every type."""
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
    rounds, expected = ParameterInteger("Rounds", 50), ParameterString("Wanted", "yes", ["yes", "no"])
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
    callback = CallbackStep(
        "Ask",
        sqs_queue_url="https://sqs.us-east-1.amazonaws.com/000000000000/queue",
        inputs={"model": tuned.get_top_model_s3_uri(0, BUCKET, "Everything/models")},
        outputs=[CallbackOutput("answer", CallbackOutputTypeEnum.String)],
    )
    answer = callback.properties.Outputs["answer"]
    best = tuned.properties.BestTrainingJob.FinalHyperParameterTuningJobObjectiveMetric.Value
    conditions = [
        ConditionOr([ConditionIn(answer, ["yes", expected]), ConditionNot(ConditionEquals(expected, "no"))]),
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
    return build.definition("Everything", [rounds, expected], [prepared, tuned, callback, decided])

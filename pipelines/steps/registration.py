"""Build steps that register a model in the model registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines import model_package
from pipelines.compiling import sdk
from pipelines.steps.checks import JSON, CheckResult
from pipelines.steps.context import BuildContext
from pipelines.steps.parameters import TrainingParameters
from pipelines.steps.processing import ProcessingResult
from pipelines.steps.use_case import LearningProblem

from sagemaker.core.drift_check_baselines import DriftCheckBaselines
from sagemaker.core.model_metrics import MetricsSource, ModelMetrics
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.mlops.workflow.model_step import ModelStep

CSV = "text/csv"


def register(
    context: BuildContext,
    name: str,
    *,
    image: str,
    model: Any,
    group: str,
    approval_status: Any,
    facts: Mapping[str, Any],
    checks: Sequence[CheckResult] = (),
    instance_types: Sequence[str] = ("ml.m5.large", "ml.m5.xlarge"),
) -> ModelStep:
    """Return a step that registers a model as the group's next version.

    Args:
        context: what all jobs share.
        name: the step's name.
        image: the image that serves the model.
        model: the S3 URI of model.tar.gz.
        group: the model package group; the service creates it if it does not exist.
        approval_status: Approved, Rejected or PendingManualApproval.
        facts: every fact of ``model_package.PROPERTIES`` except CodeHash, which is that of the steps defined so far.
        checks: the check steps whose baselines the package carries.
        instance_types: the instance types on which endpoints and transform jobs may run the model.
    """
    builder = sdk.model_builder(
        image_uri=image, s3_model_data_url=model, role_arn=context.role, sagemaker_session=context.session
    )
    metrics = {"model_statistics": MetricsSource(JSON, facts["EvaluationUri"])}
    calculated = {name: source for check in checks for name, source in check.calculated.items()}
    used = {name: source for check in checks for name, source in check.used.items()}
    step_args = builder.register(
        content_types=[CSV],
        response_types=[CSV],
        inference_instances=list(instance_types),
        transform_instances=list(instance_types),
        model_package_group_name=group,
        approval_status=approval_status,
        model_metrics=ModelMetrics(**metrics | calculated),
        drift_check_baselines=DriftCheckBaselines(**used) if used else None,
        customer_metadata_properties=model_package.properties(**facts, CodeHash=context.code_hash),
    )
    return ModelStep(name, step_args=step_args)


def facts(
    params: TrainingParameters,
    problem: LearningProblem,
    preprocessing: ProcessingResult,
    evaluation: ProcessingResult,
    metric: str,
) -> dict[str, Any]:
    """Return the facts of a trained model that ``register`` takes.

    Args:
        params: the pipeline's parameters.
        problem: what the model learnt.
        preprocessing: the step with the outputs ``featurizer``, ``baseline`` and ``test``.
        evaluation: the step with the output ``evaluation``.
        metric: path in evaluation.json of the number that the gate compares.
    """
    return {
        "FeaturizerUri": preprocessing.file("featurizer", "featurizer.json"),
        "BaselineDataUri": preprocessing.file("baseline", "baseline.csv"),
        "TestDataUri": preprocessing.file("test", "test.csv"),
        "EvaluationUri": evaluation.file("evaluation", "evaluation.json"),
        "ProblemType": problem.schema.problem_type,
        "Metric": metric,
        "Threshold": params.threshold.to_string(),
        "RandomSeed": params.random_seed.to_string(),
        "InputDataUrl": params.input_data,
        "PipelineExecutionArn": ExecutionVariables.PIPELINE_EXECUTION_ARN,
    }

"""Build the checks of a training pipeline; each computes a baseline, which the registered model carries."""

from __future__ import annotations

from typing import Any

from pipelines.scripts.schema import BINARY, MULTICLASS, REGRESSION
from pipelines.steps.checks import CHECK_TYPES, CheckResult
from pipelines.steps.context import BuildContext
from pipelines.steps.engines import ENGINES
from pipelines.steps.model import ModelResult
from pipelines.steps.parameters import TrainingParameters
from pipelines.steps.previous import PreviousBaselines, resolve_baselines
from pipelines.steps.processing import ProcessingResult
from pipelines.steps.transform import TransformResult
from pipelines.steps.use_case import LearningProblem

SHAP_SEED = 123
#: Problem type -> the attribute by which the check of model quality takes a prediction.
PREDICTION_ATTRIBUTES = {
    REGRESSION: "inference_attribute",
    BINARY: "probability_attribute",
    MULTICLASS: "inference_attribute",
}


def previous_baselines(context: BuildContext, params: TrainingParameters, group: Any) -> PreviousBaselines:
    """Return the baselines that the checks of a training pipeline compare with.

    Args:
        context: what all jobs share.
        params: the pipeline's parameters.
        group: the model package group whose latest approved version carries the baselines.
    """
    check_params = {
        "DataQuality": params.data_quality,
        "DataBias": params.data_bias,
        "ModelQuality": params.model_quality,
        "ModelBias": params.model_bias,
        "ModelExplainability": params.model_explainability,
    }
    supplied = {
        CHECK_TYPES[check].type: values.supplied_uris for check, values in check_params.items() if values is not None
    }
    return resolve_baselines(context, group, supplied)


def check_data(
    context: BuildContext,
    params: TrainingParameters,
    problem: LearningProblem,
    preprocessing: ProcessingResult,
    previous: PreviousBaselines,
) -> list[CheckResult]:
    """Return the checks of the training data: DataQualityCheckStep and, if it has parameters, DataBiasCheckStep.

    Args:
        context: what all jobs share.
        params: the pipeline's parameters.
        problem: what the model learns.
        preprocessing: the step with the outputs ``baseline``, raw rows, and ``train``, labels and features.
        previous: the previous baselines; see ``previous_baselines``.
    """
    engine = ENGINES[context.check_engine]
    quality = engine.check_quality(
        context,
        "DataQualityCheckStep",
        check="DataQuality",
        dataset=preprocessing["baseline"],
        parameters=params.data_quality,
        previous=previous,
    )
    if params.data_bias is None:
        return [quality]
    settings = _bias_settings(problem, preprocessing, previous)
    return [quality, engine.check_bias(context, "DataBiasCheckStep", parameters=params.data_bias, **settings)]


def check_model(
    context: BuildContext,
    params: TrainingParameters,
    problem: LearningProblem,
    preprocessing: ProcessingResult,
    model: ModelResult,
    predictions: TransformResult,
    previous: PreviousBaselines,
) -> list[CheckResult]:
    """Return the checks of the model: quality and, if they have parameters, bias and explainability.

    The steps are ModelQualityCheckStep, ModelBiasCheckStep and ModelExplainabilityCheckStep.

    Args:
        context, params, problem, previous: as for ``check_data``.
        preprocessing: as for ``check_data``, with the output ``test``.
        model: the model.
        predictions: its predictions for the test set, each after its label.
    """
    engine = ENGINES[context.check_engine]
    checks = [_check_model_quality(context, params, problem, predictions, previous)]
    if params.model_bias is not None:
        bias = engine.check_bias(
            context,
            "ModelBiasCheckStep",
            parameters=params.model_bias,
            model=model,
            probability_threshold=problem.threshold,
            **_bias_settings(problem, preprocessing, previous),
        )
        checks.append(bias)
    if params.model_explainability is not None:
        explainability = engine.check_explainability(
            context,
            "ModelExplainabilityCheckStep",
            dataset=preprocessing["test"],
            columns=problem.schema.columns,
            label=problem.schema.label,
            baseline=problem.average_rows,
            num_samples=problem.num_samples,
            seed=SHAP_SEED,
            parameters=params.model_explainability,
            previous=previous,
            model=model,
        )
        checks.append(explainability)
    return checks


def _check_model_quality(
    context: BuildContext,
    params: TrainingParameters,
    problem: LearningProblem,
    predictions: TransformResult,
    previous: PreviousBaselines,
) -> CheckResult:
    problem_type, threshold = problem.schema.problem_type, problem.threshold
    return ENGINES[context.check_engine].check_quality(
        context,
        "ModelQualityCheckStep",
        check="ModelQuality",
        dataset=predictions.output,
        header=False,
        parameters=params.model_quality,
        previous=previous,
        problem_type=problem_type,
        ground_truth_attribute="_c0",
        **{PREDICTION_ATTRIBUTES[problem_type]: "_c1"},
        **{} if threshold is None else {"probability_threshold_attribute": str(threshold)},
    )


def _bias_settings(
    problem: LearningProblem, preprocessing: ProcessingResult, previous: PreviousBaselines
) -> dict[str, Any]:
    """Return the arguments that both checks of bias have in common."""
    return {
        "dataset": preprocessing["train"],
        "columns": problem.schema.columns,
        "label": problem.schema.label,
        "positive": problem.positive,
        "facets": problem.facets,
        "previous": previous,
    }

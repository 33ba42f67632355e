"""The checks of a training pipeline; each makes a baseline, which the registered model carries."""

from __future__ import annotations

from typing import Any

from pipelines.scripts.schema import BINARY, MULTICLASS, REGRESSION
from pipelines.steps.checks import CHECK_TYPES, CheckResult
from pipelines.steps.context import BuildContext
from pipelines.steps.engines import ENGINES
from pipelines.steps.model import ModelResult
from pipelines.steps.parameters import TrainingParameters
from pipelines.steps.previous import Previous, previous_baselines
from pipelines.steps.processing import ProcessingResult
from pipelines.steps.transform import TransformResult
from pipelines.steps.use_case import LearningProblem

SHAP_SEED = 123
#: Problem type -> what a prediction is to the check of model quality.
PREDICTION = {REGRESSION: "inference_attribute", BINARY: "probability_attribute", MULTICLASS: "inference_attribute"}


def previous_of(context: BuildContext, params: TrainingParameters, group: Any) -> Previous:
    """Where the checks of a training pipeline find their previous baselines.

    Args:
        context: what all jobs share.
        params: the pipeline's.
        group: the model package group whose latest approved version holds them.
    """
    given = {
        "DataQuality": params.data_quality,
        "DataBias": params.data_bias,
        "ModelQuality": params.model_quality,
        "ModelBias": params.model_bias,
        "ModelExplainability": params.model_explainability,
    }
    supplied = {CHECK_TYPES[name].type: one.supplied for name, one in given.items() if one is not None}
    return previous_baselines(context, group, supplied)


def check_data(
    context: BuildContext,
    params: TrainingParameters,
    problem: LearningProblem,
    preprocessed: ProcessingResult,
    previous: Previous,
) -> list[CheckResult]:
    """The checks of the training data: DataQualityCheckStep and, where it has parameters, DataBiasCheckStep.

    Args:
        context: what all jobs share.
        params: the pipeline's.
        problem: what the data are about.
        preprocessed: the step with the outputs ``baseline``, raw rows, and ``train``, labels and features.
        previous: where the previous baselines are found; see ``previous``.
    """
    engine = ENGINES[context.check_engine]
    quality = engine.check_quality(
        context,
        "DataQualityCheckStep",
        check="DataQuality",
        dataset=preprocessed["baseline"],
        parameters=params.data_quality,
        previous=previous,
    )
    if params.data_bias is None:
        return [quality]
    of_groups = _of_groups(problem, preprocessed, previous)
    return [quality, engine.check_bias(context, "DataBiasCheckStep", parameters=params.data_bias, **of_groups)]


def check_model(
    context: BuildContext,
    params: TrainingParameters,
    problem: LearningProblem,
    preprocessed: ProcessingResult,
    created: ModelResult,
    predicted: TransformResult,
    previous: Previous,
) -> list[CheckResult]:
    """The checks of the model: ModelQualityCheckStep and, where they have parameters, ModelBiasCheckStep and
    ModelExplainabilityCheckStep.

    Args:
        created: the model.
        predicted: its predictions for the test set, each behind its label.
        The others are those of ``check_data``; ``preprocessed`` has the output ``test``, too.
    """
    engine = ENGINES[context.check_engine]
    checks = [_model_quality(context, params, problem, predicted, previous)]
    if params.model_bias is not None:
        bias = engine.check_bias(
            context,
            "ModelBiasCheckStep",
            parameters=params.model_bias,
            model=created,
            probability_threshold=problem.threshold,
            **_of_groups(problem, preprocessed, previous),
        )
        checks.append(bias)
    if params.model_explainability is not None:
        explainability = engine.check_explainability(
            context,
            "ModelExplainabilityCheckStep",
            dataset=preprocessed["test"],
            columns=problem.schema.columns,
            label=problem.schema.label,
            baseline=problem.average_rows,
            num_samples=problem.num_samples,
            seed=SHAP_SEED,
            parameters=params.model_explainability,
            previous=previous,
            model=created,
        )
        checks.append(explainability)
    return checks


def _model_quality(
    context: BuildContext,
    params: TrainingParameters,
    problem: LearningProblem,
    predicted: TransformResult,
    previous: Previous,
) -> CheckResult:
    kind, threshold = problem.schema.problem_type, problem.threshold
    return ENGINES[context.check_engine].check_quality(
        context,
        "ModelQualityCheckStep",
        check="ModelQuality",
        dataset=predicted.output,
        header=False,
        parameters=params.model_quality,
        previous=previous,
        problem_type=kind,
        ground_truth_attribute="_c0",
        **{PREDICTION[kind]: "_c1"},
        **{} if threshold is None else {"probability_threshold_attribute": str(threshold)},
    )


def _of_groups(problem: LearningProblem, preprocessed: ProcessingResult, previous: Previous) -> dict[str, Any]:
    """What both checks of bias look at."""
    return {
        "dataset": preprocessed["train"],
        "columns": problem.schema.columns,
        "label": problem.schema.label,
        "positive": problem.positive,
        "facets": problem.facets,
        "previous": previous,
    }

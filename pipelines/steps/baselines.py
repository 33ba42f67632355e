"""The checks of a training pipeline; each makes a baseline, which the registered model carries."""

from __future__ import annotations

from typing import Any

from pipelines.scripts.schema import BINARY, MULTICLASS, REGRESSION
from pipelines.steps.checks import CHECKS, Checked
from pipelines.steps.engines import ENGINES
from pipelines.steps.jobs import Jobs
from pipelines.steps.model import Created
from pipelines.steps.parameters import TrainingParameters
from pipelines.steps.previous import Previous, previous_baselines
from pipelines.steps.processing import Processed
from pipelines.steps.transform import Transformed
from pipelines.steps.use_case import Problem

SHAP_SEED = 123
#: Problem type -> what a prediction is to the check of model quality.
PREDICTION = {REGRESSION: "inference_attribute", BINARY: "probability_attribute", MULTICLASS: "inference_attribute"}


def previous_of(jobs: Jobs, params: TrainingParameters, group: Any) -> Previous:
    """Where the checks of a training pipeline find their previous baselines.

    Args:
        jobs: what all jobs share.
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
    supplied = {CHECKS[name].type: one.supplied for name, one in given.items() if one is not None}
    return previous_baselines(jobs, group, supplied)


def check_data(
    jobs: Jobs, params: TrainingParameters, problem: Problem, preprocessed: Processed, previous: Previous
) -> list[Checked]:
    """The checks of the training data: DataQualityCheckStep and, where it has parameters, DataBiasCheckStep.

    Args:
        jobs: what all jobs share.
        params: the pipeline's.
        problem: what the data are about.
        preprocessed: the step with the outputs ``baseline``, raw rows, and ``train``, labels and features.
        previous: where the previous baselines are found; see ``previous``.
    """
    engine = ENGINES[jobs.check_engine]
    quality = engine.check_quality(
        jobs,
        "DataQualityCheckStep",
        check="DataQuality",
        dataset=preprocessed["baseline"],
        parameters=params.data_quality,
        previous=previous,
    )
    if params.data_bias is None:
        return [quality]
    of_groups = _of_groups(problem, preprocessed, previous)
    return [quality, engine.check_bias(jobs, "DataBiasCheckStep", parameters=params.data_bias, **of_groups)]


def check_model(
    jobs: Jobs,
    params: TrainingParameters,
    problem: Problem,
    preprocessed: Processed,
    created: Created,
    predicted: Transformed,
    previous: Previous,
) -> list[Checked]:
    """The checks of the model: ModelQualityCheckStep and, where they have parameters, ModelBiasCheckStep and
    ModelExplainabilityCheckStep.

    Args:
        created: the model.
        predicted: its predictions for the test set, each behind its label.
        The others are those of ``check_data``; ``preprocessed`` has the output ``test``, too.
    """
    engine = ENGINES[jobs.check_engine]
    checks = [_model_quality(jobs, params, problem, predicted, previous)]
    if params.model_bias is not None:
        bias = engine.check_bias(
            jobs,
            "ModelBiasCheckStep",
            parameters=params.model_bias,
            model=created,
            probability_threshold=problem.threshold,
            **_of_groups(problem, preprocessed, previous),
        )
        checks.append(bias)
    if params.model_explainability is not None:
        explainability = engine.check_explainability(
            jobs,
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
    jobs: Jobs, params: TrainingParameters, problem: Problem, predicted: Transformed, previous: Previous
) -> Checked:
    kind, threshold = problem.schema.problem_type, problem.threshold
    return ENGINES[jobs.check_engine].check_quality(
        jobs,
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


def _of_groups(problem: Problem, preprocessed: Processed, previous: Previous) -> dict[str, Any]:
    """What both checks of bias look at."""
    return {
        "dataset": preprocessed["train"],
        "columns": problem.schema.columns,
        "label": problem.schema.label,
        "positive": problem.positive,
        "facets": problem.facets,
        "previous": previous,
    }

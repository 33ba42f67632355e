"""The abalone pipeline with tuning: the best of several models has to beat the version that is approved, too.

PreprocessAbaloneData ---------------> DataBiasCheckStep
          |                                    |
DataQualityCheckStep ------------------> TuneAbaloneModel -> LambdaStepGetApprovedModel
                                               |                          |
                                               |                 EvaluateAbaloneModel -> CheckMSEAbaloneEvaluation
                                               |                                           |                |
                                       AbaloneCreateModel -> AbaloneTransform              |      AbaloneModelRejected
                                         |         |                   |                   |
                                         |         |               ModelQualityCheckStep   |
                                         |         |                                 |     |
                                         |     ModelExplainabilityCheckStep          |     |
                                         |                                |          |     |
                                     ModelBiasCheckStep ----------------> RegisterAbaloneModel

The model is registered where its mse is at most MseThreshold and, on the same rows, at most the approved version's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from pipelines.abalone.pipeline import USE_CASE, parameters
from pipelines.compiling.pipeline import Pipeline
from pipelines.steps.baselines import check_data, check_model, previous_of
from pipelines.steps.champion import compare
from pipelines.steps.context import BuildContext, Settings, open_context
from pipelines.steps.flow import at_most, fail, when
from pipelines.steps.model import create_model
from pipelines.steps.parameters import TrainingParameters
from pipelines.steps.processing import preprocess
from pipelines.steps.registration import facts, register
from pipelines.steps.transform import predict
from pipelines.steps.tuning import Search, tune

RANGES: Mapping[str, Sequence[Any]] = {
    "max_depth": [2, 8],
    "eta": [0.05, 0.5, "Logarithmic"],
    "min_child_weight": [1, 12],
    "subsample": [0.5, 1.0],
}


def get_pipeline(
    region: str | None = None,
    role: str | None = None,
    default_bucket: str | None = None,
    model_package_group_name: str = "AbalonePackageGroup",
    pipeline_name: str = "AbaloneTuning",
    base_job_prefix: str = "AbaloneTuning",
    ranges: Mapping[str, Sequence[Any]] | None = None,
    objective: str = "validation:rmse",
    objective_type: str = "Minimize",
    strategy: str = "Bayesian",
    max_jobs: int = 10,
    max_parallel_jobs: int = 2,
    early_stopping: str = "Off",
    approved_model_function: str = "sagemaker-get-approved-model",
    **settings: Unpack[Settings],
) -> Pipeline:
    """Define the pipeline; the module's docstring draws it.

    Args:
        region, role, default_bucket, model_package_group_name, pipeline_name, base_job_prefix, settings: see
            ``steps.context.open_context``.
        ranges, objective, objective_type, strategy, max_jobs, max_parallel_jobs, early_stopping: see
            ``steps.tuning.Search``; hyperparameters without a range are those of ``pipelines.abalone``.
        approved_model_function: name or ARN of the Lambda function; ``pipelines function`` deploys it.
    """
    context = open_context(region, role, default_bucket, base_job_prefix, settings)
    params = parameters(context.region)
    search = Search(ranges or RANGES, objective, objective_type, strategy, max_jobs, max_parallel_jobs, early_stopping)
    found = steps(context, params, model_package_group_name, search, approved_model_function)
    return context.pipeline(pipeline_name, params, found)


def steps(context: BuildContext, params: TrainingParameters, group: str, search: Search, function: str) -> list[Any]:
    """The graph, in the order in which it runs."""
    problem, gate, evaluation = USE_CASE.problem, USE_CASE.gate, USE_CASE.evaluation
    fixed = {name: value for name, value in USE_CASE.hyperparameters.items() if name not in search.ranges}
    preprocessed = preprocess(
        context, "PreprocessAbaloneData", script=USE_CASE.preprocess, params=params, raw_test=True
    )
    previous = previous_of(context, params, group)
    of_data = check_data(context, params, problem, preprocessed, previous)
    tuned = tune(
        context,
        "TuneAbaloneModel",
        image=context.xgboost_image,
        channels={"train": preprocessed["train"], "validation": preprocessed["validation"]},
        hyperparameters=fixed | {"seed": params.random_seed},
        search=search,
        output="AbaloneTune",
        after=of_data,
    )
    created = create_model(context, "AbaloneCreateModel", image=context.xgboost_image, model=tuned.model)
    predicted = predict(context, "AbaloneTransform", model=created.name, labelled=preprocessed["test"])
    of_model = check_model(context, params, problem, preprocessed, created, predicted, previous)
    compared = compare(
        context,
        "EvaluateAbaloneModel",
        model=tuned.model,
        preprocessed=preprocessed,
        report=evaluation,
        group=group,
        function=function,
    )
    mse, approved_mse = compared.values(evaluation.name, gate.path)
    registered = register(
        context,
        "RegisterAbaloneModel",
        image=context.xgboost_image,
        model=tuned.model,
        group=group,
        approval_status=params.model_approval_status,
        facts=facts(params, problem, preprocessed, compared.evaluated, gate.path),
        checks=[*of_data, *of_model],
    )
    limits = ["MseThreshold", params.threshold, "or the approved version's", approved_mse]
    rejected = fail("AbaloneModelRejected", "the best model's mse of", mse, "exceeds", *limits)
    is_good = [at_most(mse, params.threshold), at_most(mse, approved_mse)]
    decided = when("CheckMSEAbaloneEvaluation", *is_good, then=[registered], otherwise=[rejected])
    return [
        preprocessed,
        *previous.steps,
        *of_data,
        tuned,
        created,
        predicted,
        *of_model,
        compared.approved,
        compared.evaluated,
        decided,
    ]

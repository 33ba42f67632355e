"""Define the abalone pipeline with tuning: the best of several models also has to be as good as the approved version.

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

The model is registered if its mse is at most MseThreshold and, on the same rows, at most the approved version's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from pipelines.abalone.pipeline import USE_CASE, parameters
from pipelines.compiling.offline_pipeline import Pipeline
from pipelines.steps.baselines import check_data, check_model, previous_baselines
from pipelines.steps.champion import compare
from pipelines.steps.context import BuildContext, Settings, open_context
from pipelines.steps.flow import at_most, branch, fail
from pipelines.steps.model import create_model
from pipelines.steps.parameters import TrainingParameters
from pipelines.steps.processing import preprocess
from pipelines.steps.registration import facts, register
from pipelines.steps.transform import predict_labelled
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
    """Define the pipeline that the module's docstring draws.

    Args:
        region, role, default_bucket, model_package_group_name, pipeline_name, base_job_prefix, settings: see
            ``steps.context.open_context``.
        ranges, objective, objective_type, strategy, max_jobs, max_parallel_jobs, early_stopping: see
            ``steps.tuning.Search``; hyperparameters without a range have the values of ``pipelines.abalone``.
        approved_model_function: name or ARN of the Lambda function; ``pipelines function`` deploys it.
    """
    context = open_context(region, role, default_bucket, base_job_prefix, settings)
    params = parameters(context.region)
    search = Search(ranges or RANGES, objective, objective_type, strategy, max_jobs, max_parallel_jobs, early_stopping)
    return context.pipeline(
        pipeline_name, params, steps(context, params, model_package_group_name, search, approved_model_function)
    )


def steps(context: BuildContext, params: TrainingParameters, group: str, search: Search, function: str) -> list[Any]:
    """Return the steps, in the order in which they run."""
    problem, gate, report = USE_CASE.problem, USE_CASE.gate, USE_CASE.evaluation
    fixed_hyperparameters = {
        name: value for name, value in USE_CASE.hyperparameters.items() if name not in search.ranges
    }
    preprocessing = preprocess(
        context, "PreprocessAbaloneData", script=USE_CASE.preprocess, params=params, raw_test=True
    )
    previous = previous_baselines(context, params, group)
    data_checks = check_data(context, params, problem, preprocessing, previous)
    tuning = tune(
        context,
        "TuneAbaloneModel",
        image=context.xgboost_image,
        channels={"train": preprocessing["train"], "validation": preprocessing["validation"]},
        hyperparameters=fixed_hyperparameters | {"seed": params.random_seed},
        search=search,
        output="AbaloneTune",
        after=data_checks,
    )
    model = create_model(context, "AbaloneCreateModel", image=context.xgboost_image, model=tuning.model)
    predictions = predict_labelled(context, "AbaloneTransform", model=model.name, labelled=preprocessing["test"])
    model_checks = check_model(context, params, problem, preprocessing, model, predictions, previous)
    comparison = compare(
        context,
        "EvaluateAbaloneModel",
        model=tuning.model,
        preprocessing=preprocessing,
        report=report,
        group=group,
        function=function,
    )
    mse, approved_mse = comparison.values(report.name, gate.path)
    registration = register(
        context,
        "RegisterAbaloneModel",
        image=context.xgboost_image,
        model=tuning.model,
        group=group,
        approval_status=params.model_approval_status,
        facts=facts(params, problem, preprocessing, comparison.evaluation, gate.path),
        checks=[*data_checks, *model_checks],
    )
    limits = ["MseThreshold", params.threshold, "or the approved version's", approved_mse]
    rejection = fail("AbaloneModelRejected", "the best model's mse of", mse, "exceeds", *limits)
    conditions = [at_most(mse, params.threshold), at_most(mse, approved_mse)]
    decision = branch("CheckMSEAbaloneEvaluation", *conditions, then=[registration], otherwise=[rejection])
    return [
        preprocessing,
        *previous.steps,
        *data_checks,
        tuning,
        model,
        predictions,
        *model_checks,
        comparison.approved_model,
        comparison.evaluation,
        decision,
    ]

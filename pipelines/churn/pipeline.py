"""Define the churn pipeline: from a telephone company's customers to a registered model that predicts who will leave.

PreprocessChurnData --------------> DataBiasCheckStep
         |                                  |
DataQualityCheckStep -----------------> TrainChurnModel -> EvaluateChurnModel -> CheckSkillChurnEvaluation
                                             |                                       |              |
                                     ChurnCreateModel -> ChurnTransform              |    ChurnModelRejected
                                       |         |              |                    |
                                       |         |       ModelQualityCheckStep       |
                                       |         |                           |       |
                                       |     ModelExplainabilityCheckStep    |       |
                                       |                              |      |       |
                                   ModelBiasCheckStep ------------> RegisterChurnModel

The model's skill is the share by which its log loss is smaller than that of the naive prediction, the class shares. The
model is registered if its skill is at least SkillThreshold. Predicting at random has a skill of 0 or less.
"""

from __future__ import annotations

from typing import Unpack

from pipelines.churn.columns import SCHEMA
from pipelines.compiling.offline_pipeline import Pipeline
from pipelines.steps.context import Settings, open_context
from pipelines.steps.parameters import TrainingParameters
from pipelines.steps.train_and_register import train_and_register
from pipelines.steps.use_case import LearningProblem, UseCase, skill_of_at_least

USE_CASE = UseCase(
    name="Churn",
    preprocess="pipelines.churn.preprocess",
    # Are customers with an international plan predicted to leave more often than others?
    problem=LearningProblem(SCHEMA, positive=[1], facets={"Int'l Plan_yes": [0.5]}),
    hyperparameters={
        "objective": "binary:logistic",
        "num_round": 48,
        "max_depth": 5,
        "eta": 0.2,
        "gamma": 4,
        "min_child_weight": 6,
        "subsample": 0.7,
    },
    gate=skill_of_at_least(0.5),  # at most half of the naive prediction's log loss
)


def get_pipeline(
    region: str | None = None,
    role: str | None = None,
    default_bucket: str | None = None,
    model_package_group_name: str = "ChurnPackageGroup",
    pipeline_name: str = "ChurnPipeline",
    base_job_prefix: str = "Churn",
    **settings: Unpack[Settings],
) -> Pipeline:
    """Define the pipeline that the module's docstring draws. ``steps.context.open_context`` describes the settings."""
    context = open_context(region, role, default_bucket, base_job_prefix, settings)
    params = TrainingParameters.of(USE_CASE.gate.threshold)  # no default for the data: each execution names them
    return context.pipeline(
        pipeline_name, params, train_and_register(context, params, USE_CASE, model_package_group_name)
    )

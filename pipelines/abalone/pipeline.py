"""Define the abalone pipeline: from raw measurements to a registered model that predicts the rings of a shell.

PreprocessAbaloneData --------------> DataBiasCheckStep
          |                                   |
DataQualityCheckStep -----------------> TrainAbaloneModel -> EvaluateAbaloneModel -> CheckMSEAbaloneEvaluation
                                              |                                          |               |
                                      AbaloneCreateModel -> AbaloneTransform             |     AbaloneModelRejected
                                        |         |                   |                  |
                                        |         |               ModelQualityCheckStep  |
                                        |         |                                 |    |
                                        |     ModelExplainabilityCheckStep          |    |
                                        |                                |          |    |
                                    ModelBiasCheckStep ---------------> RegisterAbaloneModel

The model is registered if its mse is at most MseThreshold.
"""

from __future__ import annotations

from typing import Unpack

from pipelines.abalone.columns import SCHEMA
from pipelines.compiling.offline_pipeline import Pipeline
from pipelines.steps.context import Settings, open_context
from pipelines.steps.parameters import TrainingParameters
from pipelines.steps.train_and_register import train_and_register
from pipelines.steps.use_case import Gate, LearningProblem, UseCase

from sagemaker.core.workflow.parameters import ParameterFloat

#: AWS's public copy of the UCI file.
DATA_URL = "s3://sagemaker-servicecatalog-seedcode-{region}/dataset/abalone-dataset.csv"
MSE_THRESHOLD = ParameterFloat("MseThreshold", default_value=6.0)  # rings squared; predicting the mean gives 9 to 12
#: Bias is measured by sex, for shells that have more rings than this, i.e. are older than 16.5 years.
OLD_SHELL_RINGS = 15.0  # rings
FACETS = {name: [0.5] for name in ("sex_F", "sex_I", "sex_M")}  # 1.0 if the shell has this sex, else 0.0
#: The rows that SHAP values compare a shell with: average measurements, with each sex. Numeric features are deviations.
AVERAGE_SHELLS = [[0.0] * len(SCHEMA.numeric) + [float(facet == sex) for facet in FACETS] for sex in FACETS]
USE_CASE = UseCase(
    name="Abalone",
    preprocess="pipelines.abalone.preprocess",
    evaluate="pipelines.abalone.evaluate",
    problem=LearningProblem(SCHEMA, positive=[OLD_SHELL_RINGS], facets=FACETS, baseline=AVERAGE_SHELLS),
    hyperparameters={
        "objective": "reg:squarederror",
        "num_round": 50,
        "max_depth": 5,
        "eta": 0.2,
        "gamma": 4,
        "min_child_weight": 6,
        "subsample": 0.7,
    },
    gate=Gate("MSE", "regression_metrics.mse.value", MSE_THRESHOLD, is_error=True),
)


def parameters(region: str) -> TrainingParameters:
    """Return the pipeline's parameters."""
    return TrainingParameters.of(USE_CASE.gate.threshold, DATA_URL.format(region=region))


def get_pipeline(
    region: str | None = None,
    role: str | None = None,
    default_bucket: str | None = None,
    model_package_group_name: str = "AbalonePackageGroup",
    pipeline_name: str = "AbalonePipeline",
    base_job_prefix: str = "Abalone",
    approval_queue_url: str | None = None,
    **settings: Unpack[Settings],
) -> Pipeline:
    """Define the pipeline that the module's docstring draws. ``steps.context.open_context`` describes the settings.

    With ``approval_queue_url``, the URL of an SQS queue, a reviewer decides about a model that has passed the gate,
    before it is registered: ApproveAbaloneModel waits for ``pipelines answer``.
    """
    context = open_context(region, role, default_bucket, base_job_prefix, settings)
    params = parameters(context.region)
    steps = train_and_register(context, params, USE_CASE, model_package_group_name, approval_queue_url)
    return context.pipeline(pipeline_name, params, steps)

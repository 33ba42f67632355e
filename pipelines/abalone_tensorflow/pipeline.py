"""Define the abalone pipeline with TensorFlow: a network that takes raw rows, and scales them itself.

PreprocessAbaloneData -> DataQualityCheckStep -> TrainAbaloneModel -> EvaluateAbaloneModel
                                                     |                       |
                                                     |            CheckMSEAbaloneEvaluation -> AbaloneModelRejected
                                                     |                       |
                                             AbaloneCreateModel              |
                                                     |                       |
                                             AbaloneTransform                |
                                                     |                       |
                                          ModelQualityCheckStep -> RegisterAbaloneModel

The model is registered if its mse is at most MseThreshold.
"""

from __future__ import annotations

from typing import Any, Unpack

from pipelines.abalone.pipeline import DATA_URL, USE_CASE
from pipelines.compiling.offline_pipeline import Pipeline
from pipelines.steps.baselines import check_data, check_model, previous_baselines
from pipelines.steps.context import BuildContext, Settings, open_context
from pipelines.steps.flow import check_gate, fail
from pipelines.steps.model import create_model
from pipelines.steps.parameters import TrainingParameters
from pipelines.steps.processing import evaluate, preprocess
from pipelines.steps.registration import facts, register
from pipelines.steps.training import script_hyperparameters, train
from pipelines.steps.transform import predict_labelled

HYPERPARAMETERS = {"epochs": 200, "patience": 10, "layers": 2, "dense-layer": 64, "batch-size": 32}


def get_pipeline(
    region: str | None = None,
    role: str | None = None,
    default_bucket: str | None = None,
    model_package_group_name: str = "AbaloneTensorFlowPackageGroup",
    pipeline_name: str = "AbaloneTensorFlow",
    base_job_prefix: str = "AbaloneTensorFlow",
    training_image_uri: str | None = None,
    inference_image_uri: str | None = None,
    **settings: Unpack[Settings],
) -> Pipeline:
    """Define the pipeline that the module's docstring draws. ``steps.context.open_context`` describes the settings.

    Args:
        training_image_uri: URI of your own image for training and evaluation; AWS's TensorFlow image by default.
        inference_image_uri: URI of your own image for inference; AWS's TensorFlow Serving image by default.
    """
    context = open_context(region, role, default_bucket, base_job_prefix, settings)
    params = TrainingParameters.of(USE_CASE.gate.threshold, DATA_URL.format(region=context.region), has_clarify=False)
    training_image = training_image_uri or context.tensorflow_image("training")
    inference_image = inference_image_uri or context.tensorflow_image("inference")
    return context.pipeline(
        pipeline_name, params, steps(context, params, model_package_group_name, training_image, inference_image)
    )


def steps(
    context: BuildContext, params: TrainingParameters, group: str, training_image: str, inference_image: str
) -> list[Any]:
    """Return the steps, in the order in which they run."""
    problem, gate, report = USE_CASE.problem, USE_CASE.gate, USE_CASE.evaluation
    script = "pipelines.abalone_tensorflow.preprocess"
    preprocessing = preprocess(context, "PreprocessAbaloneData", script=script, params=params)
    previous = previous_baselines(context, params, group)
    data_checks = check_data(context, params, problem, preprocessing, previous)
    training = train(
        context,
        "TrainAbaloneModel",
        image=training_image,
        channels={channel: preprocessing[channel] for channel in ("train", "validation", "featurizer")},
        hyperparameters=HYPERPARAMETERS
        | {"seed": params.random_seed}
        | script_hyperparameters(context, "pipelines.abalone_tensorflow.train"),
        output="AbaloneTrain",
        after=data_checks,
    )
    evaluation = evaluate(
        context,
        "EvaluateAbaloneModel",
        script="pipelines.abalone_tensorflow.evaluate",
        image=training_image,
        model=training.model,
        preprocessing=preprocessing,
        report=report,
    )
    model = create_model(context, "AbaloneCreateModel", image=inference_image, model=training.model)
    predictions = predict_labelled(context, "AbaloneTransform", model=model.name, labelled=preprocessing["test"])
    model_checks = check_model(context, params, problem, preprocessing, model, predictions, previous)
    mse = evaluation.value(report.name, gate.path)
    registration = register(
        context,
        "RegisterAbaloneModel",
        image=inference_image,
        model=training.model,
        group=group,
        approval_status=params.model_approval_status,
        facts=facts(params, problem, preprocessing, evaluation, gate.path),
        checks=[*data_checks, *model_checks],
    )
    rejection = fail("AbaloneModelRejected", "the network's mse of", mse, gate.rejection_reason, params.threshold)
    decision = check_gate("CheckMSEAbaloneEvaluation", gate, mse, then=[registration], otherwise=[rejection])
    return [
        preprocessing,
        *previous.steps,
        *data_checks,
        training,
        evaluation,
        model,
        predictions,
        *model_checks,
        decision,
    ]

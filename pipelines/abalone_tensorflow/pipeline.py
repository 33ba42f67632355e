"""The abalone pipeline with TensorFlow: a network that is given raw rows, and scales them itself.

PreprocessAbaloneData -> DataQualityCheckStep -> TrainAbaloneModel -> EvaluateAbaloneModel
                                                     |                       |
                                                     |            CheckMSEAbaloneEvaluation -> AbaloneModelRejected
                                                     |                       |
                                             AbaloneCreateModel              |
                                                     |                       |
                                             AbaloneTransform                |
                                                     |                       |
                                          ModelQualityCheckStep -> RegisterAbaloneModel

The model is registered where its mse is at most MseThreshold.
"""

from __future__ import annotations

from typing import Any, Unpack

from pipelines.abalone.pipeline import DATA, USE_CASE
from pipelines.compiling.pipeline import Pipeline
from pipelines.steps.baselines import check_data, check_model, previous_of
from pipelines.steps.context import BuildContext, Settings, open_context
from pipelines.steps.flow import fail, passes
from pipelines.steps.model import create_model
from pipelines.steps.parameters import TrainingParameters
from pipelines.steps.processing import evaluate, preprocess
from pipelines.steps.registration import facts, register
from pipelines.steps.training import script_arguments, train
from pipelines.steps.transform import predict

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
    """Define the pipeline; the module's docstring draws it. For the rest see ``steps.context.open_context``.

    Args:
        training_image_uri: of an image of your own that trains and evaluates; AWS's TensorFlow image by default.
        inference_image_uri: of one that serves; AWS's TensorFlow Serving image by default.
    """
    context = open_context(region, role, default_bucket, base_job_prefix, settings)
    params = TrainingParameters.of(USE_CASE.gate.threshold, DATA.format(region=context.region), has_clarify=False)
    training = training_image_uri or context.tensorflow_image("training")
    inference = inference_image_uri or context.tensorflow_image("inference")
    return context.pipeline(
        pipeline_name, params, steps(context, params, model_package_group_name, training, inference)
    )


def steps(context: BuildContext, params: TrainingParameters, group: str, training: str, inference: str) -> list[Any]:
    """The graph, in the order in which it runs."""
    problem, gate, evaluation = USE_CASE.problem, USE_CASE.gate, USE_CASE.evaluation
    script = "pipelines.abalone_tensorflow.preprocess"
    preprocessed = preprocess(context, "PreprocessAbaloneData", script=script, params=params)
    previous = previous_of(context, params, group)
    of_data = check_data(context, params, problem, preprocessed, previous)
    trained = train(
        context,
        "TrainAbaloneModel",
        image=training,
        channels={channel: preprocessed[channel] for channel in ("train", "validation", "featurizer")},
        hyperparameters=HYPERPARAMETERS
        | {"seed": params.random_seed}
        | script_arguments(context, "pipelines.abalone_tensorflow.train"),
        output="AbaloneTrain",
        after=of_data,
    )
    evaluated = evaluate(
        context,
        "EvaluateAbaloneModel",
        script="pipelines.abalone_tensorflow.evaluate",
        image=training,
        model=trained.model,
        preprocessed=preprocessed,
        report=evaluation,
    )
    created = create_model(context, "AbaloneCreateModel", image=inference, model=trained.model)
    predicted = predict(context, "AbaloneTransform", model=created.name, labelled=preprocessed["test"])
    of_model = check_model(context, params, problem, preprocessed, created, predicted, previous)
    mse = evaluated.value(evaluation.name, gate.path)
    registered = register(
        context,
        "RegisterAbaloneModel",
        image=inference,
        model=trained.model,
        group=group,
        approval_status=params.model_approval_status,
        facts=facts(params, problem, preprocessed, evaluated, gate.path),
        checks=[*of_data, *of_model],
    )
    rejected = fail("AbaloneModelRejected", "the network's mse of", mse, gate.refusal, params.threshold)
    decided = passes("CheckMSEAbaloneEvaluation", gate, mse, then=[registered], otherwise=[rejected])
    return [preprocessed, *previous.steps, *of_data, trained, evaluated, created, predicted, *of_model, decided]

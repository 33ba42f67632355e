"""Define the graph that use cases of the built-in XGBoost share; each ``pipeline.py`` draws it with its own names."""

from __future__ import annotations

from typing import Any

from pipelines.steps.baselines import check_data, check_model, previous_baselines
from pipelines.steps.context import BuildContext
from pipelines.steps.flow import check_gate, fail
from pipelines.steps.functions import FunctionResult
from pipelines.steps.human_approval import ask_reviewer
from pipelines.steps.model import create_model
from pipelines.steps.parameters import TrainingParameters
from pipelines.steps.processing import evaluate, preprocess
from pipelines.steps.registration import facts, register
from pipelines.steps.training import train
from pipelines.steps.transform import predict_labelled
from pipelines.steps.use_case import UseCase

APPROVAL_STATUS = "ModelApprovalStatus"


def train_and_register(
    context: BuildContext,
    params: TrainingParameters,
    use_case: UseCase,
    group: str,
    approval_queue_url: str | None = None,
) -> list[Any]:
    """Return the steps, in the order in which they run.

    Args:
        context: what all jobs share.
        params: the pipeline's parameters.
        use_case: the data, the model and the gate.
        group: the model package group in which the model is registered.
        approval_queue_url: the URL of an SQS queue. If it is given, a reviewer decides about the approval status of a
            model that has passed the gate.
    """
    name, problem, gate = use_case.name, use_case.problem, use_case.gate
    preprocessing = preprocess(context, f"Preprocess{name}Data", script=use_case.preprocess, params=params)
    previous = previous_baselines(context, params, group)
    data_checks = check_data(context, params, problem, preprocessing, previous)
    training = train(
        context,
        f"Train{name}Model",
        image=context.xgboost_image,
        channels={channel: preprocessing[channel] for channel in ("train", "validation")},
        hyperparameters={**use_case.hyperparameters, "seed": params.random_seed},
        output=f"{name}Train",
        after=data_checks,
    )
    model = create_model(context, f"{name}CreateModel", image=context.xgboost_image, model=training.model)
    predictions = predict_labelled(context, f"{name}Transform", model=model.name, labelled=preprocessing["test"])
    model_checks = check_model(context, params, problem, preprocessing, model, predictions, previous)
    evaluation = evaluate(
        context,
        f"Evaluate{name}Model",
        script=use_case.evaluate,
        image=context.xgboost_image,
        model=training.model,
        preprocessing=preprocessing,
        report=use_case.evaluation,
    )
    metric = evaluation.value(use_case.evaluation.name, gate.path)
    approval = _ask_for_approval(use_case, approval_queue_url, metric, evaluation.file("evaluation", "evaluation.json"))
    registration = register(
        context,
        f"Register{name}Model",
        image=context.xgboost_image,
        model=training.model,
        group=group,
        approval_status=approval[0][APPROVAL_STATUS] if approval else params.model_approval_status,
        facts=facts(params, problem, preprocessing, evaluation, gate.path),
        checks=[*data_checks, *model_checks],
    )
    message = [f"the model's {gate.name.lower()} of", metric, gate.rejection_reason, params.threshold]
    rejection = fail(f"{name}ModelRejected", *message)
    decision = check_gate(
        f"Check{gate.name}{name}Evaluation", gate, metric, then=[*approval, registration], otherwise=[rejection]
    )
    return [
        preprocessing,
        *previous.steps,
        *data_checks,
        training,
        model,
        predictions,
        *model_checks,
        evaluation,
        decision,
    ]


def _ask_for_approval(use_case: UseCase, queue_url: str | None, metric: Any, evaluation: Any) -> list[FunctionResult]:
    """Return the step in which a reviewer decides about the approval; an empty list without a queue."""
    if queue_url is None:
        return []
    facts_for_reviewer = {"Metric": use_case.gate.path, "Value": metric, "Evaluation": evaluation}
    outputs = {APPROVAL_STATUS: "String"}
    return [
        ask_reviewer(f"Approve{use_case.name}Model", queue_url=queue_url, inputs=facts_for_reviewer, outputs=outputs)
    ]

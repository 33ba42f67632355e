"""The graph that use cases of the built-in XGBoost share; each ``pipeline.py`` draws it with its own names."""

from __future__ import annotations

from typing import Any

from pipelines.steps.baselines import check_data, check_model, previous_of
from pipelines.steps.context import BuildContext
from pipelines.steps.flow import fail, passes
from pipelines.steps.functions import FunctionResult
from pipelines.steps.human_approval import ask_reviewer
from pipelines.steps.model import create_model
from pipelines.steps.parameters import TrainingParameters
from pipelines.steps.processing import evaluate, preprocess
from pipelines.steps.registration import facts, register
from pipelines.steps.training import train
from pipelines.steps.transform import predict
from pipelines.steps.use_case import UseCase

STATUS = "ModelApprovalStatus"


def train_and_register(
    context: BuildContext,
    params: TrainingParameters,
    use_case: UseCase,
    group: str,
    approval_queue_url: str | None = None,
) -> list[Any]:
    """The steps, in the order in which they run.

    Args:
        context: what all jobs share.
        params: the pipeline's.
        use_case: what is learnt.
        group: where the model is registered.
        approval_queue_url: of an SQS queue: a person is asked for the status of a model that has passed the gate.
    """
    name, problem, gate = use_case.name, use_case.problem, use_case.gate
    preprocessed = preprocess(context, f"Preprocess{name}Data", script=use_case.preprocess, params=params)
    previous = previous_of(context, params, group)
    of_data = check_data(context, params, problem, preprocessed, previous)
    trained = train(
        context,
        f"Train{name}Model",
        image=context.xgboost_image,
        channels={channel: preprocessed[channel] for channel in ("train", "validation")},
        hyperparameters={**use_case.hyperparameters, "seed": params.random_seed},
        output=f"{name}Train",
        after=of_data,
    )
    created = create_model(context, f"{name}CreateModel", image=context.xgboost_image, model=trained.model)
    predicted = predict(context, f"{name}Transform", model=created.name, labelled=preprocessed["test"])
    of_model = check_model(context, params, problem, preprocessed, created, predicted, previous)
    evaluated = evaluate(
        context,
        f"Evaluate{name}Model",
        script=use_case.evaluate,
        image=context.xgboost_image,
        model=trained.model,
        preprocessed=preprocessed,
        report=use_case.evaluation,
    )
    found = evaluated.value(use_case.evaluation.name, gate.path)
    asked = _asked(use_case, approval_queue_url, found, evaluated.file("evaluation", "evaluation.json"))
    registered = register(
        context,
        f"Register{name}Model",
        image=context.xgboost_image,
        model=trained.model,
        group=group,
        approval_status=asked[0][STATUS] if asked else params.model_approval_status,
        facts=facts(params, problem, preprocessed, evaluated, gate.path),
        checks=[*of_data, *of_model],
    )
    metric = f"the model's {gate.name.lower()} of"
    rejected = fail(f"{name}ModelRejected", metric, found, gate.refusal, params.threshold)
    decided = passes(f"Check{gate.name}{name}Evaluation", gate, found, then=[*asked, registered], otherwise=[rejected])
    return [preprocessed, *previous.steps, *of_data, trained, created, predicted, *of_model, evaluated, decided]


def _asked(use_case: UseCase, queue_url: str | None, found: Any, evaluation: Any) -> list[FunctionResult]:
    """The step in which a person says whether the model is approved; none where nobody is to be asked."""
    if queue_url is None:
        return []
    told = {"Metric": use_case.gate.path, "Value": found, "Evaluation": evaluation}
    return [ask_reviewer(f"Approve{use_case.name}Model", queue_url=queue_url, inputs=told, outputs={STATUS: "String"})]

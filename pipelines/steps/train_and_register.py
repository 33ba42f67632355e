"""The graph that use cases of the built-in XGBoost share; each ``pipeline.py`` draws it with its own names."""

from __future__ import annotations

from typing import Any

from pipelines.steps.baselines import check_data, check_model
from pipelines.steps.flow import fail, passes
from pipelines.steps.jobs import Jobs
from pipelines.steps.model import create_model
from pipelines.steps.parameters import TrainingParameters
from pipelines.steps.processing import evaluate, preprocess
from pipelines.steps.registration import facts, register
from pipelines.steps.training import train
from pipelines.steps.transform import predict
from pipelines.steps.use_case import UseCase


def train_and_register(jobs: Jobs, params: TrainingParameters, use_case: UseCase, group: str) -> list[Any]:
    """The steps, in the order in which they run; ``group`` is where the model is registered."""
    name, problem, gate = use_case.name, use_case.problem, use_case.gate
    preprocessed = preprocess(jobs, f"Preprocess{name}Data", script=use_case.preprocess, params=params)
    of_data = check_data(jobs, params, problem, preprocessed, group)
    trained = train(
        jobs,
        f"Train{name}Model",
        image=jobs.xgboost_image,
        channels={channel: preprocessed[channel] for channel in ("train", "validation")},
        hyperparameters={**use_case.hyperparameters, "seed": params.random_seed},
        output=f"{name}Train",
        after=of_data,
    )
    created = create_model(jobs, f"{name}CreateModel", image=jobs.xgboost_image, model=trained.model)
    predicted = predict(jobs, f"{name}Transform", model=created.name, labelled=preprocessed["test"])
    of_model = check_model(jobs, params, problem, preprocessed, created, predicted, group)
    evaluated = evaluate(
        jobs,
        f"Evaluate{name}Model",
        script=use_case.evaluate,
        image=jobs.xgboost_image,
        model=trained.model,
        preprocessed=preprocessed,
        report=use_case.evaluation,
    )
    registered = register(
        jobs,
        f"Register{name}Model",
        image=jobs.xgboost_image,
        model=trained.model,
        group=group,
        approval_status=params.model_approval_status,
        facts=facts(params, problem, preprocessed, evaluated, gate.path),
        checks=[*of_data, *of_model],
    )
    found = evaluated.value(use_case.evaluation.name, gate.path)
    metric = f"the model's {gate.name.lower()} of"
    rejected = fail(f"{name}ModelRejected", metric, found, gate.refusal, params.threshold)
    decided = passes(f"Check{gate.name}{name}Evaluation", gate, found, then=[registered], otherwise=[rejected])
    return [preprocessed, *of_data, trained, created, predicted, *of_model, evaluated, decided]

"""Runs any use case on random rows that fit its columns."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from local_sagemaker import project
from local_sagemaker import session as local_session
from local_sagemaker.testing import ExecutionResult, validate_responses, wait_for_end
from pipelines.batch_inference import pipeline as batch_inference
from pipelines.scripts.schema import Schema
from pipelines.steps.use_case import UseCase

import numpy as np

REGION, ROWS = "us-east-1", 60
FIRST_RUN = [
    f"{prefix}{check}{suffix}"
    for check in ("DataQuality", "DataBias", "ModelQuality", "ModelBias", "ModelExplainability")
    for prefix, suffix in (("Skip", "Check"), ("RegisterNew", "Baseline"))
]


def sample(schema: Schema, count: int, seed: int = 0) -> list[list[str]]:
    """Return rows with a header that fit a schema; the label follows from the other columns, so it can be learnt."""
    draw = np.random.default_rng(seed)
    numbers = {name: draw.normal(size=count).round(3) for name in schema.numeric}
    categories = {
        name: schema.categories.get(name) or ("often", "seldom") for name in (*schema.categories, *schema.frequencies)
    }
    codes = {name: draw.integers(0, len(values), count) for name, values in categories.items()}
    signal = sum(numbers.values(), np.zeros(count)) + sum((2.0 * code for code in codes.values()), np.zeros(count))
    columns: dict[str, Any] = {name: _format_numbers(schema, name, values) for name, values in numbers.items()}
    columns |= {name: np.array(categories[name])[code] for name, code in codes.items()}
    columns |= {name: _dates(draw.integers(0, 1000, count), form) for name, form in schema.dates.items()}
    columns[schema.label] = _labels(schema, signal)
    return [list(schema.order), *(list(map(str, row)) for row in zip(*(columns[n] for n in schema.order), strict=True))]


def _format_numbers(schema: Schema, name: str, values: np.ndarray) -> list[str]:
    """Return the numbers as strings with the column's decimal sign."""
    decimal = schema.spellings[name].decimal if name in schema.spellings else "."
    return [str(value).replace(".", decimal) for value in values]


def _dates(days: np.ndarray, form: str) -> list[str]:
    return [(datetime(2020, 1, 1) + timedelta(days=int(day))).strftime(form) for day in days]


def _labels(schema: Schema, signal: np.ndarray) -> np.ndarray:
    """Return the signal itself, or classes of equal size in its order."""
    if not schema.classes:
        return np.array(_format_numbers(schema, schema.label, signal.round(3)))
    ranks = signal.argsort().argsort()
    return np.array(schema.classes)[ranks * len(schema.classes) // len(signal)]


def train_and_score(
    folder: Path, use_case: UseCase, get_pipeline: Callable[..., Any]
) -> tuple[ExecutionResult, ExecutionResult]:
    """Train with every model approved, then score the same rows with the batch pipeline; return both executions."""
    schema, path = use_case.problem.schema, folder / "rows.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(sample(schema, ROWS * max(3, len(schema.classes))))
    session = validate_responses(local_session.open(folder / "root", project.config()))
    session.client("s3").create_bucket(Bucket="rows")
    session.client("s3").upload_file(str(path), "rows", "rows.csv")
    data = {"InputDataUrl": "s3://rows/rows.csv"}
    parameters = data | {"ModelApprovalStatus": "Approved", "SkillThreshold": -1.0} | dict.fromkeys(FIRST_RUN, True)
    training = _run_pipeline(session, get_pipeline(REGION, session=session), parameters)
    scoring = batch_inference.get_pipeline(REGION, use_case=use_case.name, session=session)
    return training, _run_pipeline(session, scoring, data | {"FailOnViolation": False})


def _run_pipeline(session: Any, pipeline: Any, parameters: dict[str, Any]) -> ExecutionResult:
    pipeline.upsert()
    return wait_for_end(session, pipeline.start(parameters=parameters).arn)

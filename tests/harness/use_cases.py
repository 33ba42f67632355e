"""Any use case, tried on rows that its own columns describe."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from local_sagemaker import project
from local_sagemaker import session as local_session
from local_sagemaker.testing import ExecutionResult, check_session, finish
from pipelines.batch_inference import pipeline as batch_inference
from pipelines.scripts.schema import Schema
from pipelines.steps.use_case import UseCase

import numpy as np

REGION, ROWS = "us-east-1", 60
FIRST_RUN = [
    f"{word}{check}{what}"
    for check in ("DataQuality", "DataBias", "ModelQuality", "ModelBias", "ModelExplainability")
    for word, what in (("Skip", "Check"), ("RegisterNew", "Baseline"))
]


def sample(schema: Schema, count: int, seed: int = 0) -> list[list[str]]:
    """Rows with a header, as a schema describes them; the label follows from the other columns, so it can be learnt."""
    draw = np.random.default_rng(seed)
    numbers = {name: draw.normal(size=count).round(3) for name in schema.numeric}
    known = {
        name: schema.categories.get(name) or ("often", "seldom") for name in (*schema.categories, *schema.frequencies)
    }
    kinds = {name: draw.integers(0, len(of), count) for name, of in known.items()}
    signal = sum(numbers.values(), np.zeros(count)) + sum((2.0 * of for of in kinds.values()), np.zeros(count))
    columns: dict[str, Any] = {name: _written(schema, name, values) for name, values in numbers.items()}
    columns |= {name: np.array(known[name])[of] for name, of in kinds.items()}
    columns |= {name: _dates(draw.integers(0, 1000, count), form) for name, form in schema.dates.items()}
    columns[schema.label] = _labels(schema, signal)
    return [list(schema.order), *(list(map(str, row)) for row in zip(*(columns[n] for n in schema.order), strict=True))]


def _written(schema: Schema, name: str, values: np.ndarray) -> list[str]:
    """Numbers with the column's own sign before the decimals."""
    decimal = schema.spellings[name].decimal if name in schema.spellings else "."
    return [str(value).replace(".", decimal) for value in values]


def _dates(days: np.ndarray, form: str) -> list[str]:
    return [(datetime(2020, 1, 1) + timedelta(days=int(day))).strftime(form) for day in days]


def _labels(schema: Schema, signal: np.ndarray) -> np.ndarray:
    """The signal itself, or which of as many equal parts of it."""
    if not schema.classes:
        return np.array(_written(schema, schema.label, signal.round(3)))
    ranks = signal.argsort().argsort()
    return np.array(schema.classes)[ranks * len(schema.classes) // len(signal)]


def train_and_score(
    folder: Path, use_case: UseCase, get_pipeline: Callable[..., Any]
) -> tuple[ExecutionResult, ExecutionResult]:
    """Train with every model approved, then score the same rows by the batch pipeline."""
    schema, path = use_case.problem.schema, folder / "rows.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(sample(schema, ROWS * max(3, len(schema.classes))))
    session = check_session(local_session.open(folder / "root", project.config()))
    session.client("s3").create_bucket(Bucket="rows")
    session.client("s3").upload_file(str(path), "rows", "rows.csv")
    data = {"InputDataUrl": "s3://rows/rows.csv"}
    given = data | {"ModelApprovalStatus": "Approved", "SkillThreshold": -1.0} | dict.fromkeys(FIRST_RUN, True)
    trained = _ran(session, get_pipeline(REGION, session=session), given)
    scoring = batch_inference.get_pipeline(REGION, use_case=use_case.name, session=session)
    return trained, _ran(session, scoring, data | {"FailOnViolation": False})


def _ran(session: Any, pipeline: Any, parameters: dict[str, Any]) -> ExecutionResult:
    pipeline.upsert()
    return finish(session, pipeline.start(parameters=parameters).arn)

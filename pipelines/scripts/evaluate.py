"""Evaluate an XGBoost model on the test set, beside the naive prediction: the labels' mean or median, or the commonest
class.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model_monitor.quick_imports import import_xgboost
from pipelines.scripts.archive import MODEL_NAME, member
from pipelines.scripts.container import InputError, files_in, ml, run
from pipelines.scripts.features import Featurizer
from pipelines.scripts.metrics import METRICS_BY_PROBLEM, MetricAccumulator, ProblemMetrics
from pipelines.scripts.preprocess import FEATURIZER
from pipelines.scripts.skill import LogLoss, skill

import numpy as np
import pandas as pd

MODEL_ARCHIVE = "model.tar.gz"
EVALUATION_FILE = "evaluation.json"
CHUNK_ROWS = 100_000


def main(description: str | None = __doc__) -> None:
    """The script: read the arguments, evaluate, and print the report for the log."""
    parser = argparse.ArgumentParser(description=description)
    for name in ("model", "test", "featurizer"):
        parser.add_argument(f"--{name}", type=Path, default=ml("processing", name))
    parser.add_argument("--output", type=Path, default=ml("processing", "evaluation"))
    arguments = parser.parse_args()
    print(json.dumps(evaluate(arguments.model, arguments.test, arguments.featurizer, arguments.output)))


def evaluate(model: Path, test: Path, featurizer: Path, output: Path) -> dict[str, Any]:
    """Write ``output/evaluation.json`` and return it.

    Args:
        model: the folder with model.tar.gz.
        test: the folder with test CSV files: label first, no header.
        featurizer: the folder with featurizer.json.
        output: the folder for the report.

    Raises:
        InputError: there is no model in the archive, no test row, or the same label in all of them.
    """
    booster = load_booster(model / MODEL_ARCHIVE)
    fitted = Featurizer.load(featurizer / FEATURIZER)
    problem = METRICS_BY_PROBLEM[fitted.schema.problem_type]
    measured, loss, rows = problem.measured(fitted), LogLoss(fitted.class_rows), 0
    naive = {name: (value, problem.measured(fitted)) for name, value in _naive(fitted).items()}
    for labels, features in chunks(files_in(test)):
        if features.shape[1] != booster.num_features():
            raise InputError(f"the test set has {features.shape[1]} features, the model {booster.num_features()}")
        predictions, probabilities = predict(booster, features, len(fitted.class_rows))
        measured.update(labels, predictions)
        if probabilities is not None:
            loss.update(labels, probabilities)
        for value, state in naive.values():
            state.update(labels, np.full_like(labels, value))
        rows += len(labels)
    report = _report(problem, measured, naive, loss if loss.model.count else None) | {"rows": rows}
    write(report, output / EVALUATION_FILE)
    return report


def predict(booster: Any, features: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray | None]:
    """What the model answers, and the probability of each class, of shape (rows, classes).

    Args:
        booster: an xgboost.Booster.
        features: of shape (rows, features).
        classes: how many the label has; 0 where it is a number. Of one that answers otherwise than by its objective's
            own words, such as ranks, nothing is known of probabilities.
    """
    answers = booster.inplace_predict(features)
    if not classes:
        return answers, None
    if classes == 2:
        is_probability = answers.ndim == 1 and ((answers >= 0) & (answers <= 1)).all()
        return answers, np.column_stack([1 - answers, answers]) if is_probability else None
    margins = booster.inplace_predict(features, predict_type="margin")
    if margins.ndim != 2:
        return answers, None
    weights = np.exp(margins - margins.max(axis=1, keepdims=True))
    predicted = answers if answers.ndim == 1 else answers.argmax(axis=1).astype(float)
    return predicted, weights / weights.sum(axis=1, keepdims=True)


def _naive(fitted: Featurizer) -> dict[str, float]:
    """The predictions that look at no column."""
    if fitted.class_rows:
        return {"most frequent class": fitted.naive}
    return {"mean": fitted.naive} | ({} if fitted.median is None else {"median": fitted.median})


def _report(
    problem: ProblemMetrics,
    measured: MetricAccumulator,
    naive: dict[str, tuple[float, MetricAccumulator]],
    loss: LogLoss | None,
) -> dict[str, Any]:
    """evaluation.json but for the number of rows; of two naive predictions it has the better one."""
    of_model, of_naive = measured.report(), {name: state.report() for name, (_, state) in naive.items()}
    if loss:
        of_model["log_loss"] = {"value": loss.model.mean}
        of_naive = {name: one | {"log_loss": {"value": loss.naive.mean}} for name, one in of_naive.items()}
    metric = "log_loss" if loss else "mse"
    if metric not in of_model:
        raise InputError(f"the model answers no probabilities, by which {problem.member} are judged")
    best = min(of_naive, key=lambda name: of_naive[name][metric]["value"])
    r2 = of_model.get("r2", {}).get("value")
    return {
        problem.member: of_model,
        "naive_baseline": {"prediction": naive[best][0], "statistic": best, problem.member: of_naive[best]},
        "skill": skill(of_model[metric]["value"], of_naive[best][metric]["value"], metric, r2),
    }


def write(report: dict[str, Any], path: Path) -> None:
    """The report as a file, for conditions and people."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def load_booster(archive: Path) -> Any:
    """The xgboost.Booster in a model.tar.gz. One file is read by its name; nothing is unpacked and nothing unpickled.

    Raises:
        InputError: the archive has no such file, or it is no XGBoost model.
    """
    content, xgb = member(archive), import_xgboost()
    try:
        return xgb.Booster(model_file=content)
    except xgb.core.XGBoostError:
        raise InputError(f"{MODEL_NAME!r} in {archive.name} is no XGBoost model") from None


def chunks(files: list[Path]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Labels and features, some thousands of rows at a time."""
    rows = 0
    for file in files:
        if not file.stat().st_size:
            continue
        try:
            with pd.read_csv(file, header=None, chunksize=CHUNK_ROWS, dtype=float) as found:
                for chunk in found:
                    table = chunk.to_numpy()
                    rows += len(table)
                    yield table[:, 0], table[:, 1:]
        except ValueError as error:  # pandas' ParserError, text in a number, bytes that are no UTF-8
            raise InputError(f"{file.name} is no table of numbers: {error}") from None
    if not rows:
        raise InputError(f"no test rows in {', '.join(f.name for f in files)}")


if __name__ == "__main__":
    run(main)

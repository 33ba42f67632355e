"""Evaluate an XGBoost model on the test set.

It is compared with the naive prediction: the labels' mean or median, or the most frequent class.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model_monitor.boosters import BoosterError
from model_monitor.boosters import load_booster as read_booster
from pipelines.scripts.archive import MODEL_NAME, read_member
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
    """Run the script: read the arguments, evaluate, and print the report for the log."""
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
        InputError: there is no model in the archive, no test row, or all test rows have the same label.
    """
    booster = load_booster(model / MODEL_ARCHIVE)
    fitted = Featurizer.load(featurizer / FEATURIZER)
    problem = METRICS_BY_PROBLEM[fitted.schema.problem_type]
    model_metrics, loss, rows = problem.new_accumulator(fitted), LogLoss(fitted.class_rows), 0
    naive = {name: (value, problem.new_accumulator(fitted)) for name, value in _naive_predictions(fitted).items()}
    for labels, features in chunks(files_in(test)):
        if features.shape[1] != booster.num_features():
            raise InputError(f"the test set has {features.shape[1]} features, the model {booster.num_features()}")
        predictions, probabilities = predict(booster, features, len(fitted.class_rows))
        model_metrics.update(labels, predictions)
        if probabilities is not None:
            loss.update(labels, probabilities)
        for value, accumulator in naive.values():
            accumulator.update(labels, np.full_like(labels, value))
        rows += len(labels)
    report = _report(problem, model_metrics, naive, loss if loss.model.count else None) | {"rows": rows}
    write(report, output / EVALUATION_FILE)
    return report


def predict(booster: Any, features: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the predictions, and the probability of each class, of shape (rows, classes).

    Args:
        booster: an xgboost.Booster.
        features: of shape (rows, features).
        classes: how many the label has; 0 if it is a number. The probabilities are None if the model's outputs are not
            those of its objective, for instance ranks.
    """
    outputs = booster.inplace_predict(features)
    if not classes:
        return outputs, None
    if classes == 2:
        is_probability = outputs.ndim == 1 and ((outputs >= 0) & (outputs <= 1)).all()
        return outputs, np.column_stack([1 - outputs, outputs]) if is_probability else None
    margins = booster.inplace_predict(features, predict_type="margin")
    if margins.ndim != 2:
        return outputs, None
    weights = np.exp(margins - margins.max(axis=1, keepdims=True))
    predicted = outputs if outputs.ndim == 1 else outputs.argmax(axis=1).astype(float)
    return predicted, weights / weights.sum(axis=1, keepdims=True)


def _naive_predictions(fitted: Featurizer) -> dict[str, float]:
    """Return the predictions that look at no column."""
    if fitted.class_rows:
        return {"most frequent class": fitted.naive}
    return {"mean": fitted.naive} | ({} if fitted.median is None else {"median": fitted.median})


def _report(
    problem: ProblemMetrics,
    model_metrics: MetricAccumulator,
    naive: dict[str, tuple[float, MetricAccumulator]],
    loss: LogLoss | None,
) -> dict[str, Any]:
    """Return evaluation.json except for the number of rows; of two naive predictions it has the better one."""
    model_report, naive_reports = (
        model_metrics.report(),
        {name: accumulator.report() for name, (_, accumulator) in naive.items()},
    )
    if loss:
        model_report["log_loss"] = {"value": loss.model.mean}
        naive_reports = {
            name: report | {"log_loss": {"value": loss.naive.mean}} for name, report in naive_reports.items()
        }
    metric = "log_loss" if loss else "mse"
    if metric not in model_report:
        raise InputError(f"the model does not return probabilities, which {problem.member} need")
    best = min(naive_reports, key=lambda name: naive_reports[name][metric]["value"])
    r2 = model_report.get("r2", {}).get("value")
    return {
        problem.member: model_report,
        "naive_baseline": {"prediction": naive[best][0], "statistic": best, problem.member: naive_reports[best]},
        "skill": skill(model_report[metric]["value"], naive_reports[best][metric]["value"], metric, r2),
    }


def write(report: dict[str, Any], path: Path) -> None:
    """Write the report to a file, for conditions and users."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def load_booster(archive: Path) -> Any:
    """Return the xgboost.Booster in a model.tar.gz. One file is read by its name; nothing is unpacked.

    Raises:
        InputError: the archive has no such file, or the file is not an XGBoost model.
    """
    try:
        return read_booster(read_member(archive))
    except BoosterError as error:
        raise InputError(f"{MODEL_NAME!r} in {archive.name} {error}") from None


def chunks(files: list[Path]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield labels and features, some thousands of rows at a time."""
    rows = 0
    for file in files:
        if not file.stat().st_size:
            continue
        try:
            with pd.read_csv(file, header=None, chunksize=CHUNK_ROWS, dtype=float) as parts:
                for part in parts:
                    table = part.to_numpy()
                    rows += len(table)
                    yield table[:, 0], table[:, 1:]
        except ValueError as error:  # pandas' ParserError, text in a number, bytes that are not UTF-8
            raise InputError(f"{file.name} is not a table of numbers: {error}") from None
    if not rows:
        raise InputError(f"no test rows in {', '.join(f.name for f in files)}")


if __name__ == "__main__":
    run(main)

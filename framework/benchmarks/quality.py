"""Compares a use case's model with the naive prediction and a linear model, on ten splits of a data set.

    python framework/benchmarks/quality.py pipelines.churn.pipeline churn.csv

Preprocessing, hyperparameters and evaluation are those of the pipeline; the linear model is scikit-learn's, on the same
features. Prints one line of JSON for each model: the mean and the standard deviation of each metric over the seeds.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines.scripts.features import Featurizer
from pipelines.scripts.metrics import METRICS_BY_PROBLEM
from pipelines.scripts.preprocess import FEATURIZER, preprocess
from pipelines.scripts.schema import BINARY, REGRESSION

import numpy as np
import xgboost as xgb
from sklearn.linear_model import LinearRegression, LogisticRegression

SEEDS = range(10)
METRICS = ("mse", "mae", "r2", "accuracy", "auc", "f1", "weighted_f1")


def predictions(use_case, problem_type, seed, train, rows):
    """Yield model and predictions for the rows: numbers, probabilities, or classes."""
    labels, features = train[:, 0], train[:, 1:]
    parameters = {name: value for name, value in use_case.hyperparameters.items() if name != "num_round"}
    booster = xgb.train(
        parameters | {"seed": seed}, xgb.DMatrix(features, labels), use_case.hyperparameters["num_round"]
    )
    yield "XGBoost", booster.inplace_predict(rows)
    linear = LinearRegression() if problem_type == REGRESSION else LogisticRegression(max_iter=1000)
    linear.fit(features, labels)
    yield "linear", linear.predict_proba(rows)[:, 1] if problem_type == BINARY else linear.predict(rows)


def evaluate_models(use_case, data, seed):
    """Yield model and metrics (metric -> value), on one split."""
    schema = use_case.problem.schema
    problem = METRICS_BY_PROBLEM[schema.problem_type]
    with TemporaryDirectory() as name:
        folder = Path(name)
        preprocess(data, folder, seed, schema)
        fitted = Featurizer.load(folder / "featurizer" / FEATURIZER)
        train, test = (np.loadtxt(folder / n / f"{n}.csv", delimiter=",", dtype=float) for n in ("train", "test"))
    all_predictions = [("naive", np.full(len(test), fitted.naive))]
    all_predictions += predictions(use_case, schema.problem_type, seed, train, test[:, 1:])
    for model, predicted in all_predictions:
        accumulator = problem.new_accumulator(fitted)
        accumulator.update(test[:, 0], np.asarray(predicted, dtype=float))
        yield model, {metric: entry["value"] for metric, entry in accumulator.report().items() if metric in METRICS}


def main(module, data):
    use_case = import_module(module).USE_CASE
    values = {}
    for seed in SEEDS:
        for model, metrics in evaluate_models(use_case, Path(data), seed):
            for metric, value in metrics.items():
                values.setdefault(model, {}).setdefault(metric, []).append(value)
    for model, metrics in values.items():
        statistics = {
            metric: [round(float(np.mean(v)), 3), round(float(np.std(v)), 3)] for metric, v in metrics.items()
        }
        print(json.dumps({"model": model} | statistics))


if __name__ == "__main__":
    main(*sys.argv[1:])

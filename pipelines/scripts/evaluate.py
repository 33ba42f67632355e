"""Evaluate an XGBoost model on the test set, beside the naive prediction: the labels' mean, or the commonest class."""

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
from pipelines.scripts.metrics import PROBLEMS, skill
from pipelines.scripts.preprocess import FEATURIZER

import numpy as np
import pandas as pd

MODEL_ARCHIVE = "model.tar.gz"
REPORT = "evaluation.json"
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
    problem = PROBLEMS[fitted.schema.problem_type]
    measured, naive, rows = problem.measured(fitted), problem.measured(fitted), 0
    for labels, features in chunks(files_in(test)):
        if features.shape[1] != booster.num_features():
            raise InputError(f"the test set has {features.shape[1]} features, the model {booster.num_features()}")
        measured.update(labels, booster.inplace_predict(features))
        naive.update(labels, np.full_like(labels, fitted.naive))
        rows += len(labels)
    of_model, of_naive = measured.report(), naive.report()
    report = {
        problem.member: of_model,
        "naive_baseline": {"prediction": fitted.naive, problem.member: of_naive},
        "skill": skill(problem, of_model, of_naive),
        "rows": rows,
    }
    write(report, output / REPORT)
    return report


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

"""The container script of EvaluateAbaloneModel: SavedModel and test rows in, evaluation.json out."""

from __future__ import annotations

import argparse
import csv
import json
import tarfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipelines.abalone_tensorflow.network import predict
from pipelines.scripts.container import InputError, files_in, ml, run
from pipelines.scripts.features import Featurizer
from pipelines.scripts.preprocess import FEATURIZER
from pipelines.scripts.regression import Regression
from pipelines.scripts.skill import skill

import numpy as np

CHUNK_ROWS = 10_000
MODEL_ARCHIVE, REPORT = "model.tar.gz", "evaluation.json"


def main() -> None:
    """Read the arguments, evaluate, and print the report for the log."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("model", "test", "featurizer"):
        parser.add_argument(f"--{name}", type=Path, default=ml("processing", name))
    parser.add_argument("--output", type=Path, default=ml("processing", "evaluation"))
    arguments = parser.parse_args()
    report = evaluate(arguments.model, arguments.test, arguments.featurizer)
    arguments.output.mkdir(parents=True, exist_ok=True)
    arguments.output.joinpath(REPORT).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report))


def evaluate(model: Path, test: Path, featurizer: Path) -> dict[str, Any]:
    """The report: the model's metrics on the test rows, beside those of the training labels' mean.

    Raises:
        InputError: there is no model in the archive, or no test row.
    """
    naive_prediction = Featurizer.load(featurizer / FEATURIZER).naive
    measured, naive = Regression(), Regression()
    with TemporaryDirectory() as folder:
        _unpack(model / MODEL_ARCHIVE, Path(folder))
        for labels, cells in _chunks(files_in(test)):
            measured.update(labels, predict(Path(folder), cells))
            naive.update(labels, np.full_like(labels, naive_prediction))
    if not measured.labels.count:
        raise InputError(f"no test rows in {test}")
    of_model, of_naive = measured.report(), naive.report()
    return {
        "regression_metrics": of_model,
        "naive_baseline": {"prediction": naive_prediction, "regression_metrics": of_naive},
        "skill": skill(of_model["mse"]["value"], of_naive["mse"]["value"], "mse", of_model.get("r2", {}).get("value")),
        "rows": measured.labels.count,
    }


def _unpack(archive: Path, folder: Path) -> None:
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
    except (OSError, EOFError, tarfile.TarError) as error:
        raise InputError(f"{archive.name} cannot be read as tar.gz: {error}") from None


def _chunks(files: list[Path]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Labels, and cells as text, some thousands of rows at a time."""
    for path in files:
        with path.open(newline="", encoding="utf-8") as file:
            rows = (row for row in csv.reader(file) if row)
            while some := list(islice(rows, CHUNK_ROWS)):
                table = np.array(some)
                yield table[:, 0].astype(float), table[:, 1:]


if __name__ == "__main__":
    run(main)

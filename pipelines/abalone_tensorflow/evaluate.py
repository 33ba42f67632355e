"""Evaluate a SavedModel on the test rows, and write evaluation.json: the container script of EvaluateAbaloneModel."""

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
MODEL_ARCHIVE, REPORT_FILE = "model.tar.gz", "evaluation.json"


def main() -> None:
    """Read the arguments, evaluate, and print the report for the log."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("model", "test", "featurizer"):
        parser.add_argument(f"--{name}", type=Path, default=ml("processing", name))
    parser.add_argument("--output", type=Path, default=ml("processing", "evaluation"))
    arguments = parser.parse_args()
    report = evaluate(arguments.model, arguments.test, arguments.featurizer)
    arguments.output.mkdir(parents=True, exist_ok=True)
    arguments.output.joinpath(REPORT_FILE).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report))


def evaluate(model: Path, test: Path, featurizer: Path) -> dict[str, Any]:
    """Return the report: the model's metrics on the test rows, next to those of the naive prediction.

    Raises:
        InputError: the archive has no model, or the test set no rows.
    """
    naive_prediction = Featurizer.load(featurizer / FEATURIZER).naive
    model_metrics, naive_metrics = Regression(), Regression()
    with TemporaryDirectory() as folder:
        _unpack(model / MODEL_ARCHIVE, Path(folder))
        for labels, cells in _chunks(files_in(test)):
            model_metrics.update(labels, predict(Path(folder), cells))
            naive_metrics.update(labels, np.full_like(labels, naive_prediction))
    if not model_metrics.labels.count:
        raise InputError(f"no test rows in {test}")
    model_report, naive_report = model_metrics.report(), naive_metrics.report()
    mse, naive_mse = model_report["mse"]["value"], naive_report["mse"]["value"]
    return {
        "regression_metrics": model_report,
        "naive_baseline": {"prediction": naive_prediction, "regression_metrics": naive_report},
        "skill": skill(mse, naive_mse, "mse", model_report.get("r2", {}).get("value")),
        "rows": model_metrics.labels.count,
    }


def _unpack(archive: Path, folder: Path) -> None:
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
    except (OSError, EOFError, tarfile.TarError) as error:
        raise InputError(f"{archive.name} cannot be read as tar.gz: {error}") from None


def _chunks(files: list[Path]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield labels, and cells as strings, at most CHUNK_ROWS rows at a time."""
    for path in files:
        with path.open(newline="", encoding="utf-8") as file:
            rows = (row for row in csv.reader(file) if row)
            while chunk := list(islice(rows, CHUNK_ROWS)):
                table = np.array(chunk)
                yield table[:, 0].astype(float), table[:, 1:]


if __name__ == "__main__":
    run(main)

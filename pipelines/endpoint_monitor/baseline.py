"""Run the baseline step in its container: compute statistics and constraints from the test set and the model.

The test set has the form that the model takes, and the model was not trained on it, so its predictions are those of new
data.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from model_monitor.data_quality.analysis import analyse
from model_monitor.result import CONSTRAINTS_FILE, Result
from pipelines.endpoint_monitor.received import Row, dataset_of_rows
from pipelines.scripts.container import InputError, files_in, ml, run
from pipelines.scripts.evaluate import MODEL_ARCHIVE, chunks, load_booster
from pipelines.scripts.features import Featurizer
from pipelines.scripts.preprocess import FEATURIZER


def main() -> None:
    """Read the arguments and analyse."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("model", "test", "featurizer"):
        parser.add_argument(f"--{name}", type=Path, default=ml("processing", name), help=f"folder of the {name} files")
    parser.add_argument("--output", type=Path, default=ml("processing", "baseline"))
    arguments = parser.parse_args()
    print(json.dumps({"rows": baseline(arguments.model, arguments.test, arguments.featurizer, arguments.output)}))


def baseline(model: Path, test: Path, featurizer: Path, output: Path) -> int:
    """Write statistics.json and constraints.json; return the number of rows.

    Args:
        model: the folder with model.tar.gz.
        test: the folder with test CSV files: label first, no header.
        featurizer: the folder with featurizer.json.
        output: the folder to write to.

    Raises:
        InputError: the model, the rows and the featurizer do not belong together, or one cannot be read.
    """
    names = Featurizer.load(featurizer / FEATURIZER).names
    with dataset_of_rows(names, _predict_rows(model, test, names)) as (dataset, count):
        _without_types(analyse(dataset)).write(output)
    return count


def _predict_rows(model: Path, test: Path, names: list[str]) -> Iterator[Row]:
    booster = load_booster(model / MODEL_ARCHIVE)
    for _, features in chunks(files_in(test)):
        if not features.shape[1] == booster.num_features() == len(names):
            raise InputError(
                f"the test set has {features.shape[1]} features, the model {booster.num_features()}, the featurizer "
                f"{len(names)}"
            )
        for prediction, row in zip(booster.inplace_predict(features).tolist(), features.tolist(), strict=True):
            yield [prediction, *(None if cell != cell else cell for cell in row)]  # NaN is a missing value


def _without_types(result: Result) -> Result:
    """Drop the check of types: clients send 1 as well as 1.0, which are two types to AWS's monitor."""
    constraints: dict[str, Any] = result.documents[CONSTRAINTS_FILE]
    config = {**constraints["monitoring_config"], "datatype_check_threshold": 0.0}
    return replace(
        result, documents={**result.documents, CONSTRAINTS_FILE: {**constraints, "monitoring_config": config}}
    )


if __name__ == "__main__":
    run(main)

"""Run the labelling step in its container: write a batch and its ground truth as training data for the next model."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipelines.batch_inference.batch import tasks
from pipelines.batch_inference.labelled import merge
from pipelines.scripts.container import files_in, ml, run
from pipelines.scripts.features import Featurizer
from pipelines.scripts.preprocess import FEATURIZER

OUTPUT = "labelled"


def main() -> None:
    """Read the arguments and merge."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("data", "truth"):
        parser.add_argument(
            f"--{name}", type=Path, default=ml("processing", name), help=f"file or folder of the {name}"
        )
    parser.add_argument(
        "--featurizer", type=Path, default=ml("processing", "featurizer"), help="the featurizer's folder"
    )
    parser.add_argument("--output", type=Path, default=ml("processing", OUTPUT), help="folder to write the file to")
    parser.add_argument(
        "--id-column", default="id", help="the column that identifies a row, if there is one (default: %(default)s)"
    )
    arguments = parser.parse_args()
    featurizer = Featurizer.load(arguments.featurizer / FEATURIZER)
    batch = [
        (task.source, task.name) for task in tasks(arguments.data, arguments.output, featurizer, arguments.id_column)
    ]
    count = merge(batch, files_in(arguments.truth), arguments.output, arguments.id_column, featurizer.schema)
    print(f"{count} rows with their ground truth, as training data")


if __name__ == "__main__":
    run(main)

"""The container script of the labelling step: a batch and its truth in, training data for the next model out."""

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
    for name in ("data", "truth", "featurizer"):
        parser.add_argument(f"--{name}", type=Path, default=ml("processing", name), help="its file or folder")
    parser.add_argument("--output", type=Path, default=ml("processing", OUTPUT), help="where the file is written")
    parser.add_argument("--id-column", default="id", help="that names a row, where there is one (default: %(default)s)")
    given = parser.parse_args()
    featurizer = Featurizer.load(given.featurizer / FEATURIZER)
    batch = [(task.source, task.name) for task in tasks(given.data, given.output, featurizer, given.id_column)]
    count = merge(batch, files_in(given.truth), given.output, given.id_column, featurizer.schema)
    print(f"{count} rows with their truths, as training data")


if __name__ == "__main__":
    run(main)

"""The container script of PreprocessAbaloneData: raw CSV in, split and scaled CSV, baseline and featurizer out."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipelines.abalone.columns import SCHEMA, TYPES
from pipelines.scripts.container import is_first_host, ml, run
from pipelines.scripts.preprocess import preprocess
from pipelines.scripts.split import seed


def main() -> None:
    """Read the arguments and preprocess, on the job's first instance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ml("processing", "data"), help="a CSV file or a folder of them")
    parser.add_argument("--output", type=Path, default=ml("processing"), help="where the outputs' folders are")
    parser.add_argument("--random-seed", type=seed, default=0, help="decides which rows go into which split")
    arguments = parser.parse_args()
    if not is_first_host():
        print("the first instance reads, fits and writes; nothing to do on this one")
        return
    preprocess(arguments.data, arguments.output, arguments.random_seed, TYPES, SCHEMA)


if __name__ == "__main__":
    run(main)

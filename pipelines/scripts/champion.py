"""Evaluate a model on the test set next to the approved version, each with its own featurizer.

The report is that of ``scripts.evaluate``; its member ``approved_model`` has the same metrics of the approved version,
on the same rows. If that version was trained on some of these rows, the comparison favours it. A first model is
compared with itself.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.scripts.container import InputError, files_in, ml, run
from pipelines.scripts.evaluate import EVALUATION_FILE, chunks, evaluate, load_booster, predict, write
from pipelines.scripts.features import Featurizer
from pipelines.scripts.metrics import METRICS_BY_PROBLEM
from pipelines.scripts.preprocess import FEATURIZER, RAW_TEST
from pipelines.scripts.tables import read_chunks

import numpy as np

INPUT_FOLDERS = ("model", "test", "featurizer", "approved_model", "approved_featurizer", RAW_TEST)


def main() -> None:
    """Run the script: read the arguments, compare, and print the report for the log."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in INPUT_FOLDERS:
        parser.add_argument(f"--{name.replace('_', '-')}", type=Path, default=ml("processing", name))
    parser.add_argument("--output", type=Path, default=ml("processing", "evaluation"))
    parser.add_argument("--approved-version", type=int, default=0, help="0 if none is approved")
    print(json.dumps(compare(parser.parse_args())))


def compare(arguments: argparse.Namespace) -> dict[str, Any]:
    """Write ``output/evaluation.json`` and return it.

    Raises:
        InputError: see ``scripts.evaluate.evaluate``; or the raw rows are not those of the test set, or no longer
            fit the approved version's featurizer.
    """
    report = evaluate(arguments.model, arguments.test, arguments.featurizer, arguments.output)
    approved = Featurizer.load(arguments.approved_featurizer / FEATURIZER)
    problem = METRICS_BY_PROBLEM[approved.schema.problem_type]
    if problem.member not in report:
        raise InputError(f"the approved version solves another problem: {approved.schema.problem_type}")
    accumulator = problem.new_accumulator(approved)
    (archive,) = files_in(arguments.approved_model)
    booster = load_booster(archive)
    for labels, predictions in _approved_predictions(booster, approved, arguments):
        accumulator.update(labels, predictions)
    report["approved_model"] = {"version": arguments.approved_version, problem.member: accumulator.report()}
    write(report, arguments.output / EVALUATION_FILE)
    return report


def _approved_predictions(
    booster: Any, approved: Featurizer, arguments: argparse.Namespace
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield labels, and what the approved version predicts for their raw rows."""
    types = {name: cell_type for name, cell_type in approved.schema.types.items() if name != approved.schema.label}
    labels = np.concatenate([part for part, _ in chunks(files_in(arguments.test))])
    start = 0
    for frame in read_chunks(
        files_in(arguments.raw_test), types
    ):  # the raw test rows have plain numbers, whatever the original file had
        end = start + len(frame)
        if end > len(labels):
            break
        yield labels[start:end], predict(booster, approved.transform(frame), len(approved.class_rows))[0]
        start = end
    else:
        if start == len(labels):
            return
    raise InputError(f"{RAW_TEST} and the test set have different rows: there are {len(labels)} labels")


if __name__ == "__main__":
    run(main)

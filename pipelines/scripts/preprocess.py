"""Preprocess any use case's CSV: split it, fit a featurizer on training rows only, and write the later steps' inputs.

    <output>/train/train.csv  validation/validation.csv  test/test.csv    label first, no header, features scaled;
                                                                         classes as numbers
    <output>/baseline/baseline.csv                    training rows, raw, with a header, without the label
    <output>/featurizer/featurizer.json               see features.py
    <output>/raw_test/raw_test.csv                    if requested: test rows, raw, with a header, for a comparison
                                                      with models that have other featurizers

Reads the input twice, a few thousand rows at a time: the first fits, the second writes.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import IO

from pipelines.scripts.container import InputError, files_in, is_first_host, ml
from pipelines.scripts.features import Featurizer
from pipelines.scripts.fit import Fit
from pipelines.scripts.schema import MULTICLASS, Schema
from pipelines.scripts.split import SPLITS, draw, masks, seed
from pipelines.scripts.tables import read_chunks

import numpy as np
import pandas as pd

FEATURIZER = "featurizer.json"
RAW_TEST = "raw_test"
OUTPUTS = (*SPLITS, "baseline", "featurizer")
#: Output of raw rows -> the split that they belong to.
SPLIT_OF_RAW_OUTPUT = {"baseline": "train", RAW_TEST: "test"}


def main(description: str | None, schema: Schema, is_raw: bool = False) -> None:
    """Run the script of a use case: read its arguments and preprocess, on the job's first instance.

    Args:
        description: the script's description in its help.
        schema: the columns.
        is_raw: whether the model takes the raw columns as they are; otherwise they become features.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, default=ml("processing", "data"), help="a CSV file or a folder of them")
    parser.add_argument("--output", type=Path, default=ml("processing"), help="folder for the outputs' folders")
    parser.add_argument("--random-seed", type=seed, default=0, help="decides which rows go into which split")
    parser.add_argument("--raw-test", choices=("no", "yes"), default="no", help="write raw_test/raw_test.csv, too")
    arguments = parser.parse_args()
    if not is_first_host():
        print("the first instance reads, fits and writes; nothing to do on this one")
        return
    preprocess(arguments.data, arguments.output, arguments.random_seed, schema, arguments.raw_test == "yes", is_raw)


def preprocess(
    source: Path, output: Path, random_seed: int, schema: Schema, raw_test: bool = False, is_raw: bool = False
) -> dict[str, int]:
    """Preprocess ``source``, a CSV file or a folder of them; return the number of rows in each split.

    The outputs are written below ``output``. Rows without a label, and those of a class that ``schema.rare_classes``
    drops, are counted as ``without_label``.

    Raises:
        InputError: the input does not fit ``schema``, or leaves a split without rows, or without one of the label's
            classes.
    """
    files = files_in(source)
    fit, counts = fit_rows(files, random_seed, schema)
    featurizer = replace(fit.finish(), is_raw=is_raw)
    folders = [*OUTPUTS, RAW_TEST] if raw_test else OUTPUTS
    for name in folders:
        output.joinpath(name).mkdir(parents=True, exist_ok=True)
    featurizer.save(output / "featurizer" / FEATURIZER)
    with ExitStack() as stack:
        tables = [name for name in folders if name != "featurizer"]
        sinks = {n: stack.enter_context(output.joinpath(n, f"{n}.csv").open("w", newline="")) for n in tables}
        _write(_labelled_rows(files, schema, random_seed, {}), featurizer, sinks)
    unknown = {
        f"{name} unknown or missing in train": fit.rows - count
        for name, count in fit.known_category_rows.items()
        if name not in schema.frequencies  # of these columns, only the most frequent values are categories
    }
    print(", ".join(f"{name}: {count}" for name, count in (counts | unknown).items()), file=sys.stderr)
    for name in fit.leaks:
        print(f"warning: column {name!r} is the same as the label {schema.label!r} in every row", file=sys.stderr)
    return counts


def fit_rows(files: list[Path], random_seed: int, schema: Schema) -> tuple[Fit, dict[str, int]]:
    """Read all rows once; return the accumulator of the training rows, and the number of rows in each split.

    Raises:
        InputError: see ``preprocess``.
    """
    fit = Fit(schema)
    counts = dict.fromkeys([*SPLITS, "without_label"], 0)
    classes = {name: Counter[int]() for name in SPLITS}
    for chunk, draws, labels in _labelled_rows(files, schema, random_seed, counts):
        in_split = masks(draws)
        for name, mask in in_split.items():
            counts[name] += int(mask.sum())
            classes[name].update(labels[mask].astype(int).tolist() if schema.classes else ())
        fit.update(chunk[in_split["train"]], draws[in_split["train"]])
    for name in SPLITS:
        if not counts[name]:
            labelled = sum(counts[n] for n in SPLITS)
            raise InputError(
                f"the {labelled} rows with a label are too few: none is in the split {name!r}; provide more"
            )
    _check_classes(schema, classes)
    return fit, counts


def _labelled_rows(
    files: list[Path], schema: Schema, random_seed: int, counts: dict[str, int]
) -> Iterator[tuple[pd.DataFrame, np.ndarray, np.ndarray]]:
    """Yield the rows that have a label, with their random numbers and their labels; the other rows are counted."""
    chunks = read_chunks(files, schema.types, schema.spellings)
    for chunk, draws, labels in draw(chunks, random_seed, schema.labels, by_class=bool(schema.classes)):
        present = ~np.isnan(labels)
        if counts:
            counts["without_label"] += int((~present).sum())
        yield chunk[present], draws[present], labels[present]


def _check_classes(schema: Schema, rows_by_split: Mapping[str, Counter[int]]) -> None:
    """Raise InputError if a split lacks a class, because the class could then not be learnt or not be evaluated."""
    for number, name in enumerate(schema.classes):
        rows = {split: class_rows[number] for split, class_rows in rows_by_split.items()}
        if splits_without := [split for split, count in rows.items() if not count]:
            raise InputError(
                f"column {schema.label!r}: class {name!r} has {sum(rows.values())} rows, none of them in "
                f"{' or '.join(splits_without)}; provide more of them, or drop the class with the "
                "schema's rare_classes, as pipelines new --drop-rare does"
            )


def _write(
    chunks: Iterator[tuple[pd.DataFrame, np.ndarray, np.ndarray]], featurizer: Featurizer, sinks: Mapping[str, IO[str]]
) -> None:
    label = featurizer.schema.label
    header = True
    for chunk, draws, labels in chunks:
        in_split, features = masks(draws), _model_inputs(chunk, featurizer)
        for name, mask in in_split.items():
            table = features[mask]
            table.insert(0, label, _format_labels(labels[mask], featurizer.schema, name))
            table.to_csv(sinks[name], header=False, index=False)
        for name, split in SPLIT_OF_RAW_OUTPUT.items():
            if name in sinks:
                chunk[in_split[split]].drop(columns=label).to_csv(sinks[name], header=header, index=False)
        header = False


def _model_inputs(chunk: pd.DataFrame, featurizer: Featurizer) -> pd.DataFrame:
    """Return the model's inputs for these rows: raw columns or features."""
    if featurizer.is_raw:
        return chunk[featurizer.schema.raw].reset_index(drop=True)
    return pd.DataFrame(featurizer.transform(chunk))


def _format_labels(labels: np.ndarray, schema: Schema, split: str) -> np.ndarray:
    """Return the labels as they are written to the files.

    A class is an integer, which Clarify treats as a category and not as a measure. In the test set, however, which is
    compared with predictions, the classes of a multiclass problem are written as XGBoost writes them, e.g. 2.0.
    """
    is_class = schema.classes and not (split == "test" and schema.problem_type == MULTICLASS)
    return labels.astype(int) if is_class else labels

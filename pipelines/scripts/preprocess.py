"""Preprocess any use case's CSV: split first, fit on training rows only, write what the later steps read.

    <output>/train/train.csv  validation/validation.csv  test/test.csv    label first, no header, features scaled;
                                                                         a class as its number
    <output>/baseline/baseline.csv                                       training rows, raw and named, without label
    <output>/featurizer/featurizer.json                                  see features.py
    <output>/raw_test/raw_test.csv          where asked for: test rows, raw and named, for models with other featurizers

Two passes over the input, some thousands of rows at a time: the first fits, the second writes.
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
#: Output of raw rows -> the split that they are of.
RAW = {"baseline": "train", RAW_TEST: "test"}


def main(description: str | None, schema: Schema, is_raw: bool = False) -> None:
    """The script of a use case: read its arguments and preprocess, on the job's first instance.

    Args:
        description: of the script, for its help.
        schema: the columns.
        is_raw: whether the model takes the raw columns as they are; else they become features.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, default=ml("processing", "data"), help="a CSV file or a folder of them")
    parser.add_argument("--output", type=Path, default=ml("processing"), help="where the outputs' folders are")
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
    """Read ``source`` (a CSV file or a folder of them), write below ``output``; how many rows went where.

    Rows without a label, and those of a class that ``schema.rare_classes`` drops, are counted as ``without_label``.

    Raises:
        InputError: the input cannot be read as ``schema`` says, or leaves a split without rows, or without one of the
            label's classes.
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
        _write(_labelled(files, schema, random_seed, {}), featurizer, sinks)
    unknown = {
        f"{name} unknown or missing in train": fit.rows - known
        for name, known in fit.known.items()
        if name not in schema.frequencies  # only their commonest values are categories
    }
    print(", ".join(f"{name}: {count}" for name, count in (counts | unknown).items()), file=sys.stderr)
    for name in fit.leaks:
        print(f"warning: column {name!r} is the same as the label {schema.label!r} in every row", file=sys.stderr)
    return counts


def fit_rows(files: list[Path], random_seed: int, schema: Schema) -> tuple[Fit, dict[str, int]]:
    """Read all rows once; return the state fitted to the training rows, and the number of rows in each split.

    Raises:
        InputError: see ``preprocess``.
    """
    fit = Fit(schema)
    counts = dict.fromkeys([*SPLITS, "without_label"], 0)
    classes = {name: Counter[int]() for name in SPLITS}
    for chunk, draws, labels in _labelled(files, schema, random_seed, counts):
        in_split = masks(draws)
        for name, mask in in_split.items():
            counts[name] += int(mask.sum())
            classes[name].update(labels[mask].astype(int).tolist() if schema.classes else ())
        fit.update(chunk[in_split["train"]], draws[in_split["train"]])
    for name in SPLITS:
        if not counts[name]:
            raise InputError(f"{sum(counts[n] for n in SPLITS)} rows with a label leave none for {name}; give more")
    _check_classes(schema, classes)
    return fit, counts


def _labelled(
    files: list[Path], schema: Schema, random_seed: int, counts: dict[str, int]
) -> Iterator[tuple[pd.DataFrame, np.ndarray, np.ndarray]]:
    """The rows that have a label, with their random numbers and their labels; the others are counted."""
    chunks = read_chunks(files, schema.types, schema.spellings)
    for chunk, draws, labels in draw(chunks, random_seed, schema.labels, by_class=bool(schema.classes)):
        present = ~np.isnan(labels)
        if counts:
            counts["without_label"] += int((~present).sum())
        yield chunk[present], draws[present], labels[present]


def _check_classes(schema: Schema, found: Mapping[str, Counter[int]]) -> None:
    """Raise InputError where a split lacks a class: it could not be learnt there, or not be measured."""
    for number, name in enumerate(schema.classes):
        rows = {split: counted[number] for split, counted in found.items()}
        if lacking := [split for split, count in rows.items() if not count]:
            raise InputError(
                f"column {schema.label!r}: {sum(rows.values())} rows are of class {name!r}, none of them in "
                f"{' or '.join(lacking)}; give more of them, or leave the class out: rare_classes of the schema, which "
                "pipelines new --drop-rare writes"
            )


def _write(
    chunks: Iterator[tuple[pd.DataFrame, np.ndarray, np.ndarray]], featurizer: Featurizer, sinks: Mapping[str, IO[str]]
) -> None:
    label = featurizer.schema.label
    header = True
    for chunk, draws, labels in chunks:
        in_split, features = masks(draws), _inputs(chunk, featurizer)
        for name, mask in in_split.items():
            table = features[mask]
            table.insert(0, label, _spelt(labels[mask], featurizer.schema, name))
            table.to_csv(sinks[name], header=False, index=False)
        for name, split in RAW.items():
            if name in sinks:
                chunk[in_split[split]].drop(columns=label).to_csv(sinks[name], header=header, index=False)
        header = False


def _inputs(chunk: pd.DataFrame, featurizer: Featurizer) -> pd.DataFrame:
    """What the model is given of some rows."""
    if featurizer.is_raw:
        return chunk[featurizer.schema.raw].reset_index(drop=True)
    return pd.DataFrame(featurizer.transform(chunk))


def _spelt(labels: np.ndarray, schema: Schema, split: str) -> np.ndarray:
    """Labels as the files have them. A class is a whole number, which Clarify takes as a category and not as a measure;
    but in the test set, which predictions are compared with, one of several is written as XGBoost answers: 2.0.
    """
    is_class = schema.classes and not (split == "test" and schema.problem_type == MULTICLASS)
    return labels.astype(int) if is_class else labels

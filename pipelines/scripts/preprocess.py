"""Preprocess any use case's CSV: split first, fit on training rows only, write what the later steps read.

    <output>/train/train.csv  validation/validation.csv  test/test.csv    label first, no header, features scaled
    <output>/baseline/baseline.csv                                       training rows, raw and named, without label
    <output>/featurizer/featurizer.json                                  see features.py

Two passes over the input, some thousands of rows at a time: the first fits, the second writes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from pipelines.scripts.container import InputError, files_in
from pipelines.scripts.features import Featurizer, Fit, Schema
from pipelines.scripts.split import SPLITS, drawn, masks
from pipelines.scripts.tables import read_chunks

import numpy as np
import pandas as pd

FEATURIZER = "featurizer.json"
OUTPUTS = (*SPLITS, "baseline", "featurizer")


def preprocess(source: Path, output: Path, seed: int, types: Mapping[str, type], schema: Schema) -> dict[str, int]:
    """Read ``source`` (a CSV file or a folder of them), write below ``output``; how many rows went where.

    A row without a label cannot be learnt from or scored: it is left out and counted as ``without_label``.

    Raises:
        InputError: the input cannot be read as ``types`` says, or leaves a split without rows.
    """
    files = files_in(source)
    fit = Fit(schema)
    counts = dict.fromkeys([*SPLITS, "without_label"], 0)
    for chunk, draws in _labelled(files, types, schema, seed, counts):
        in_split = masks(draws)
        for name, mask in in_split.items():
            counts[name] += int(mask.sum())
        fit.update(chunk[in_split["train"]], draws[in_split["train"]])
    for name in SPLITS:
        if not counts[name]:
            raise InputError(f"{sum(counts[n] for n in SPLITS)} rows with a label leave none for {name}; give more")
    featurizer = fit.finish()
    for name in OUTPUTS:
        output.joinpath(name).mkdir(parents=True, exist_ok=True)
    featurizer.save(output / "featurizer" / FEATURIZER)
    with ExitStack() as stack:
        sinks = {n: stack.enter_context(output.joinpath(n, f"{n}.csv").open("w", newline="")) for n in OUTPUTS[:-1]}
        _write(_labelled(files, types, schema, seed, {}), featurizer, sinks)
    unknown = {f"{name} unknown or missing in train": fit.rows - known for name, known in fit.known.items()}
    print(", ".join(f"{name}: {count}" for name, count in (counts | unknown).items()), file=sys.stderr)
    return counts


def _labelled(
    files: list[Path], types: Mapping[str, type], schema: Schema, seed: int, counts: dict[str, int]
) -> Iterator[tuple[pd.DataFrame, np.ndarray]]:
    """The rows that have a label, with their random numbers; the others are counted."""
    for chunk, draws in drawn(read_chunks(files, types), seed):
        present = chunk[schema.label].notna().to_numpy()
        if counts:
            counts["without_label"] += int((~present).sum())
        yield chunk[present], draws[present]


def _write(
    chunks: Iterator[tuple[pd.DataFrame, np.ndarray]], featurizer: Featurizer, sinks: Mapping[str, IO[str]]
) -> None:
    label = featurizer.schema.label
    header = True
    for chunk, draws in chunks:
        in_split = masks(draws)
        table = np.column_stack([chunk[label].to_numpy(dtype=float), featurizer.transform(chunk)])
        for name, mask in in_split.items():
            pd.DataFrame(table[mask]).to_csv(sinks[name], header=False, index=False)
        chunk[in_split["train"]].drop(columns=label).to_csv(sinks["baseline"], header=header, index=False)
        header = False

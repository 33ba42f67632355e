"""A CSV channel: the label in the first column, no header, numbers only."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

from local_sagemaker.images.xgboost.hyperparameters import UserError

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow
import xgboost as xgb

CONTENT_TYPES = ("text/csv", "csv")
_NO_NUMBER = re.compile(r"In CSV column #(\d+): Row #(\d+): .*invalid value '(.*)'", re.DOTALL)
_WRONG_WIDTH = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")


def load(folder: Path, content_type: str, weighted: bool, nthread: int | None) -> xgb.DMatrix:
    """All files of a channel as one matrix; an empty cell is a missing value.

    Args:
        folder: ``/opt/ml/input/data/<channel>``.
        content_type: as the channel declares it.
        weighted: the second column is the row's weight (hyperparameter csv_weights).
        nthread: as the hyperparameter.

    Raises:
        UserError: another content type, no rows, or a cell that is no number; file, line and column are named.
    """
    if content_type.partition(";")[0].strip().lower() not in CONTENT_TYPES:
        raise UserError(f"channel {folder.name!r} has content type {content_type!r}; here the algorithm reads text/csv")
    found = (p for p in folder.rglob("*") if not any(part.startswith(".") for part in p.relative_to(folder).parts))
    files = sorted(p for p in found if p.is_file() and p.stat().st_size)
    if not files:
        raise UserError(f"channel {folder.name!r} has no rows")
    width = _width(files[0])
    first = 2 if weighted else 1
    if width <= first:
        raise UserError(f"channel {folder.name!r} has {width} columns: no feature beside the label")
    rows = np.concatenate([_read(file, width) for file in files])
    try:
        return xgb.DMatrix(rows[:, first:], label=rows[:, 0], weight=rows[:, 1] if weighted else None, nthread=nthread)
    except xgb.core.XGBoostError as error:
        raise UserError(f"channel {folder.name!r}: {first_line(error)}") from None


def first_line(error: Exception) -> str:
    """What is wrong, without the C++ stack that XGBoost adds."""
    return str(error).strip().splitlines()[0].rpartition("] ")[2] or str(error).strip().splitlines()[0]


def _width(file: Path) -> int:
    with file.open(encoding="utf-8", errors="replace", newline="") as lines:
        return len(next(filter(None, csv.reader(lines)), []))


def rows(body: bytes) -> np.ndarray:
    """The rows of a request as 32-bit floats, of shape (rows, columns); an empty cell is a missing value.

    Raises:
        UserError: a cell that is no number, or a row of another width.
    """
    try:
        width = len(next(csv.reader([body.lstrip().partition(b"\n")[0].decode("utf-8", errors="replace")]), []))
    except csv.Error as error:
        raise UserError(f"the request cannot be read as CSV: {error}") from None
    return _table(pa.BufferReader(body), width, "the request")


def _read(file: Path, width: int) -> np.ndarray:
    """All rows of a file, of exactly this width."""
    return _table(file, width, file.name)


def _table(source: Any, width: int, name: str) -> np.ndarray:
    names = [str(number) for number in range(width)]
    try:
        table = arrow.read_csv(
            source,
            read_options=arrow.ReadOptions(column_names=names, use_threads=False),
            convert_options=arrow.ConvertOptions(column_types=dict.fromkeys(names, pa.float32())),
        )
    except (pa.ArrowInvalid, OSError, UnicodeDecodeError) as error:
        raise UserError(_explain(name, str(error))) from None
    return np.column_stack([column.to_numpy() for column in table.columns])


def _explain(name: str, message: str) -> str:
    if match := _NO_NUMBER.search(message):
        return f"{name}, line {match[2]}, column {int(match[1]) + 1}: {match[3][:80]!r} is no number"
    if match := _WRONG_WIDTH.search(message):
        return f"{name}, line {match[1]}: {match[3]} columns where {match[2]} belong"
    return f"{name} cannot be read as CSV: {message.splitlines()[0][:200]}"

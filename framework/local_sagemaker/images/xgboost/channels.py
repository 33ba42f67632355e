"""Reads a channel: CSV or Parquet, with the label in the first column and numbers only, or libsvm."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from local_sagemaker.images.xgboost.hyperparameters import UserError

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow
import xgboost as xgb
from pyarrow import parquet

CONTENT_TYPES = ("text/csv", "csv")
#: Labels, features (dense or sparse), and weights.
Channel = tuple[np.ndarray, Any, np.ndarray | None]
_NOT_A_NUMBER = re.compile(r"In CSV column #(\d+): Row #(\d+): .*invalid value '(.*)'", re.DOTALL)
_WRONG_WIDTH = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")


def load(folder: Path, content_type: str, weighted: bool, nthread: int | None) -> xgb.DMatrix:
    """Read all files of a channel into one matrix. An empty cell, or one that libsvm leaves out, is a missing value.

    Args:
        folder: ``/opt/ml/input/data/<channel>``.
        content_type: as the channel declares it; libsvm if it declares none, as in AWS's container.
        weighted: whether the second column is the row's weight (hyperparameter csv_weights, for CSV only).
        nthread: the hyperparameter of that name.

    Raises:
        UserError: unsupported content type, no rows, or a cell that is not a number (with its file, line and column).
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in READERS:
        supported = ", ".join(name for name in READERS if "/" in name)
        raise UserError(f"channel {folder.name!r} has content type {content_type!r}; use {supported}")
    paths = (p for p in folder.rglob("*") if not any(part.startswith(".") for part in p.relative_to(folder).parts))
    files = sorted(p for p in paths if p.is_file() and p.stat().st_size)
    if not files:
        raise UserError(f"channel {folder.name!r} has no rows")
    labels, features, weights = READERS[media_type](files, weighted)
    if not features.shape[1]:
        raise UserError(f"channel {folder.name!r} has {1 + weighted} columns and no feature besides the label")
    try:
        return xgb.DMatrix(features, label=labels, weight=weights, nthread=nthread)
    except xgb.core.XGBoostError as error:
        raise UserError(f"channel {folder.name!r}: {first_line(error)}") from None


def _csv(files: Sequence[Path], weighted: bool) -> Channel:
    width = _width(files[0])
    return _split_columns(np.concatenate([_read_csv_file(file, width) for file in files]), weighted)


def _parquet(files: Sequence[Path], weighted: bool) -> Channel:
    try:
        tables = [parquet.read_table(file) for file in files]
        columns = [[column.cast(pa.float32(), safe=False).to_numpy() for column in table.columns] for table in tables]
        return _split_columns(
            np.concatenate([np.column_stack(file_columns) for file_columns in columns]), weighted=False
        )
    except (pa.ArrowException, OSError, ValueError) as error:
        names = ", ".join(file.name for file in files)
        raise UserError(f"{names} cannot be read as Parquet of numbers: {str(error).splitlines()[0][:200]}") from None


def _libsvm(files: Sequence[Path], weighted: bool) -> Channel:
    """Read libsvm files like XGBoost's own reader: indices stay unchanged, features that a line omits are missing."""
    from scipy.sparse import vstack
    from sklearn.datasets import load_svmlight_file  # takes a second to import; only this format needs it

    parts = []
    for file in files:
        try:
            parts.append(load_svmlight_file(str(file), dtype=np.float32, zero_based=True))
        except (ValueError, OSError) as error:
            raise UserError(f"{file.name} cannot be read as libsvm: {error}") from None
    width = max(features.shape[1] for features, _ in parts)
    for features, _ in parts:
        features.resize(features.shape[0], width)
    return np.concatenate([labels for _, labels in parts]), vstack([features for features, _ in parts], "csr"), None


def _split_columns(rows: np.ndarray, weighted: bool) -> Channel:
    return rows[:, 0], rows[:, 1 + weighted :], rows[:, 1] if weighted else None


#: Content type -> reader of all files' labels, features and weights. Without a content type, a channel is libsvm, as in
#: AWS's container.
READERS: dict[str, Callable[[Sequence[Path], bool], Channel]] = {
    **dict.fromkeys(CONTENT_TYPES, _csv),
    **dict.fromkeys(("text/libsvm", "text/x-libsvm", "libsvm", ""), _libsvm),
    **dict.fromkeys(("application/x-parquet", "parquet"), _parquet),
}


def first_line(error: Exception) -> str:
    """Return an error's message without the C++ stack that XGBoost adds."""
    return str(error).strip().splitlines()[0].rpartition("] ")[2] or str(error).strip().splitlines()[0]


def _width(file: Path) -> int:
    with file.open(encoding="utf-8", errors="replace", newline="") as lines:
        return len(next(filter(None, csv.reader(lines)), []))


def rows(body: bytes) -> np.ndarray:
    """Parse the rows of a request as 32-bit floats, of shape (rows, columns). An empty cell is a missing value.

    Raises:
        UserError: a cell that is not a number, or a row of another width.
    """
    try:
        width = len(next(csv.reader([body.lstrip().partition(b"\n")[0].decode("utf-8", errors="replace")]), []))
    except csv.Error as error:
        raise UserError(f"the request cannot be read as CSV: {error}") from None
    return _read_table(pa.BufferReader(body), width, "the request")


def _read_csv_file(file: Path, width: int) -> np.ndarray:
    """Read all rows of a file, all of this width."""
    return _read_table(file, width, file.name)


def _read_table(source: Any, width: int, name: str) -> np.ndarray:
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
    if match := _NOT_A_NUMBER.search(message):
        return f"{name}, line {match[2]}, column {int(match[1]) + 1}: {match[3][:80]!r} is not a number"
    if match := _WRONG_WIDTH.search(message):
        return f"{name}, line {match[1]}: {match[3]} columns, expected {match[2]}"
    return f"{name} cannot be read as CSV: {message.splitlines()[0][:200]}"

"""A channel: CSV or Parquet, with the label in the first column and numbers only, or libsvm."""

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
_NO_NUMBER = re.compile(r"In CSV column #(\d+): Row #(\d+): .*invalid value '(.*)'", re.DOTALL)
_WRONG_WIDTH = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")


def load(folder: Path, content_type: str, weighted: bool, nthread: int | None) -> xgb.DMatrix:
    """All files of a channel as one matrix; an empty cell, or one that libsvm leaves out, is a missing value.

    Args:
        folder: ``/opt/ml/input/data/<channel>``.
        content_type: as the channel declares it; libsvm where it declares none, as the container has it.
        weighted: the second column is the row's weight (hyperparameter csv_weights, of CSV alone).
        nthread: as the hyperparameter.

    Raises:
        UserError: another content type, no rows, or a cell that is no number; file, line and column are named.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in READ:
        known = ", ".join(name for name in READ if "/" in name)
        raise UserError(f"channel {folder.name!r} has content type {content_type!r}; the algorithm reads {known} here")
    found = (p for p in folder.rglob("*") if not any(part.startswith(".") for part in p.relative_to(folder).parts))
    files = sorted(p for p in found if p.is_file() and p.stat().st_size)
    if not files:
        raise UserError(f"channel {folder.name!r} has no rows")
    labels, features, weights = READ[kind](files, weighted)
    if not features.shape[1]:
        raise UserError(f"channel {folder.name!r} has {1 + weighted} columns: no feature beside the label")
    try:
        return xgb.DMatrix(features, label=labels, weight=weights, nthread=nthread)
    except xgb.core.XGBoostError as error:
        raise UserError(f"channel {folder.name!r}: {first_line(error)}") from None


def _csv(files: Sequence[Path], weighted: bool) -> Channel:
    width = _width(files[0])
    return _parted(np.concatenate([_read(file, width) for file in files]), weighted)


def _parquet(files: Sequence[Path], weighted: bool) -> Channel:
    try:
        tables = [parquet.read_table(file) for file in files]
        columns = [[column.cast(pa.float32(), safe=False).to_numpy() for column in table.columns] for table in tables]
        return _parted(np.concatenate([np.column_stack(of_file) for of_file in columns]), weighted=False)
    except (pa.ArrowException, OSError, ValueError) as error:
        names = ", ".join(file.name for file in files)
        raise UserError(f"{names} cannot be read as Parquet of numbers: {str(error).splitlines()[0][:200]}") from None


def _libsvm(files: Sequence[Path], weighted: bool) -> Channel:
    """Indices are taken as they are, and what a line leaves out is missing, as XGBoost's own reader has it."""
    from scipy.sparse import vstack
    from sklearn.datasets import load_svmlight_file  # a second's import, for this format alone

    found = []
    for file in files:
        try:
            found.append(load_svmlight_file(str(file), dtype=np.float32, zero_based=True))
        except (ValueError, OSError) as error:
            raise UserError(f"{file.name} cannot be read as libsvm: {error}") from None
    width = max(features.shape[1] for features, _ in found)
    for features, _ in found:
        features.resize(features.shape[0], width)
    return np.concatenate([labels for _, labels in found]), vstack([features for features, _ in found], "csr"), None


def _parted(rows: np.ndarray, weighted: bool) -> Channel:
    return rows[:, 0], rows[:, 1 + weighted :], rows[:, 1] if weighted else None


#: Content type -> labels, features and weights of all files. Without one a channel is libsvm, as the container has it.
READ: dict[str, Callable[[Sequence[Path], bool], Channel]] = {
    **dict.fromkeys(CONTENT_TYPES, _csv),
    **dict.fromkeys(("text/libsvm", "text/x-libsvm", "libsvm", ""), _libsvm),
    **dict.fromkeys(("application/x-parquet", "parquet"), _parquet),
}


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

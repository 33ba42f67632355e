"""A CSV channel: the label in the first column, no header, numbers only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost as xgb

from local_sagemaker.images.xgboost.hyperparameters import UserError

CONTENT_TYPES = ("text/csv", "csv")
CHUNK_ROWS = 200_000


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
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    table = [chunk for file in files for chunk in _chunks(file)]
    if not table:
        raise UserError(f"channel {folder.name!r} has no rows")
    if len(widths := {chunk.shape[1] for chunk in table}) > 1:
        raise UserError(f"files of channel {folder.name!r} have different numbers of columns: {sorted(widths)}")
    rows = np.concatenate(table)
    first = 2 if weighted else 1
    if rows.shape[1] <= first:
        raise UserError(f"channel {folder.name!r} has {rows.shape[1]} columns: no feature beside the label")
    return xgb.DMatrix(rows[:, first:], label=rows[:, 0], weight=rows[:, 1] if weighted else None, nthread=nthread)


def _chunks(file: Path) -> Iterator[np.ndarray]:
    try:
        for chunk in pd.read_csv(file, header=None, dtype=np.float32, chunksize=CHUNK_ROWS):
            yield chunk.to_numpy()
    except pd.errors.EmptyDataError:
        return
    except pd.errors.ParserError as error:
        raise UserError(f"{file.name}: {error}") from None
    except ValueError:
        raise UserError(_first_text(file)) from None


def _first_text(file: Path) -> str:
    """Where the first cell stands that is no number; only asked when there is one."""
    text = pd.read_csv(file, header=None, dtype=str)
    wrong = text.notna() & text.apply(pd.to_numeric, errors="coerce").isna()
    row, column = np.argwhere(wrong.to_numpy())[0]
    return f"{file.name}, line {row + 1}, column {column + 1}: {text.iat[row, column]!r} is no number"

"""Reads a channel's folder or file into a DMatrix, as scripts for AWS's XGBoost images do.

https://github.com/aws/sagemaker-xgboost-container
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost as xgb

CSV, LIBSVM, PARQUET = "csv", "libsvm", "parquet"
_NAMES = {
    "csv": CSV,
    "text/csv": CSV,
    "libsvm": LIBSVM,
    "text/libsvm": LIBSVM,
    "text/x-libsvm": LIBSVM,
    "parquet": PARQUET,
    "application/x-parquet": PARQUET,
}


def get_content_type(content_type: str | None) -> str:
    """Return csv, libsvm or parquet for a media type; libsvm if there is none.

    Raises:
        ValueError: it is another one.
    """
    name = (content_type or LIBSVM).partition(";")[0].strip().lower()
    if name not in _NAMES:
        raise ValueError(f"{content_type} is not an accepted content type; use {', '.join(_NAMES)}")
    return _NAMES[name]


def get_dmatrix(
    data_path: str, content_type: str | None, csv_weights: int = 0, is_pipe: bool = False
) -> xgb.DMatrix | None:
    """Return the rows of all files below a path; None if there are none.

    Args:
        data_path: a folder or a file. In CSV and Parquet the first column is the label; CSV has no header.
        content_type: as the channel declares it.
        csv_weights: 1 if the second column of CSV is the row's weight.
        is_pipe: not supported: data are copied before a program starts on this machine.

    Raises:
        ValueError: another content type, or a pipe.
    """
    if is_pipe:
        raise ValueError("Pipe mode is not supported on this machine; use File")
    path, kind = Path(data_path), get_content_type(content_type)
    paths = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    files = [file for file in paths if not file.name.startswith(".") and file.stat().st_size]
    if not files:
        return None
    if kind == LIBSVM:
        return _libsvm(files)
    return _matrix(pd.concat([_READERS[kind](file) for file in files]).to_numpy(np.float32), bool(csv_weights))


def _matrix(table: np.ndarray, has_weights: bool) -> xgb.DMatrix:
    first = 2 if has_weights else 1
    return xgb.DMatrix(table[:, first:], label=table[:, 0], weight=table[:, 1] if has_weights else None)


def _libsvm(files: list[Path]) -> xgb.DMatrix:
    # Imported here, as few scripts need them and they take a second.
    from scipy import sparse
    from sklearn.datasets import load_svmlight_files

    # As XGBoost reads them: column 1 is the second, in every file.
    parts = load_svmlight_files([str(file) for file in files], zero_based=True)
    return xgb.DMatrix(sparse.vstack(parts[::2]), label=np.concatenate(parts[1::2]))


_READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    CSV: lambda path: pd.read_csv(path, header=None),
    PARQUET: pd.read_parquet,
}

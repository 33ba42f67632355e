"""Turns the body of a request into a DMatrix, as inference scripts for AWS's XGBoost images do."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import xgboost as xgb


def csv_to_dmatrix(string_like: str | bytes, dtype: type | None = None) -> xgb.DMatrix:
    """Return the rows of a CSV text without a label and without a header."""
    return xgb.DMatrix(pd.read_csv(io.BytesIO(_encode(string_like)), header=None).to_numpy(dtype or np.float32))


def libsvm_to_dmatrix(string_like: str | bytes) -> xgb.DMatrix:
    """Return the rows of a libsvm text."""
    from sklearn.datasets import load_svmlight_file  # here, as few scripts need it and it takes a second

    features, labels = load_svmlight_file(io.BytesIO(_encode(string_like)), zero_based=True)
    return xgb.DMatrix(features, label=labels)


def _encode(string_like: str | bytes) -> bytes:
    return string_like if isinstance(string_like, bytes) else string_like.encode()

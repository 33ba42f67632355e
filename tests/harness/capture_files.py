"""Records as an endpoint with data capture writes them, of rows that a model is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb
from model_versions import Version


def rows_of(version: Version, split: str) -> np.ndarray:
    """The features of a split."""
    table: np.ndarray = np.loadtxt(version.file(f"{split}/{split}.csv"), delimiter=",")
    return table[:, 1:]


def capture(
    path: Path,
    booster: xgb.Booster,
    rows: np.ndarray,
    rows_per_request: int = 1,
    between: str = "\n",
    as_int: bool = False,
) -> None:
    """Write a file of records.

    Args:
        path: of the file.
        booster: the model.
        rows: its features.
        rows_per_request: how many are asked for at once.
        between: the answers of one request, as XGBoost's server separates them.
        as_int: whether whole numbers are spelt without a point.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    predictions = booster.inplace_predict(rows).tolist()
    with path.open("w", encoding="utf-8") as file:
        for start in range(0, len(rows), rows_per_request):
            some = slice(start, start + rows_per_request)
            asked = "\n".join(",".join(_spelt(cell, as_int) for cell in row) for row in rows[some].tolist())
            answered = between.join(map(str, predictions[some]))
            file.write(json.dumps(_record(asked, answered, start)) + "\n")


def _spelt(cell: float, as_int: bool) -> str:
    if cell != cell:
        return ""
    return str(int(cell)) if as_int and cell == int(cell) else repr(cell)


def _record(asked: str, answered: str, number: int) -> dict[str, Any]:
    csv = {"observedContentType": "text/csv", "encoding": "CSV"}
    return {
        "captureData": {
            "endpointInput": {**csv, "mode": "INPUT", "data": asked},
            "endpointOutput": {**csv, "mode": "OUTPUT", "data": answered},
        },
        "eventMetadata": {"eventId": f"event-{number}", "inferenceTime": "2026-01-01T00:00:00Z"},
        "eventVersion": "0",
    }

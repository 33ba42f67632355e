"""Writes records like those of an endpoint with data capture, from rows and a model's predictions for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb
from model_versions import Version


def rows_of(version: Version, split: str) -> np.ndarray:
    """Return the features of a split."""
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
        rows: the features.
        rows_per_request: number of rows in each request.
        between: what separates the predictions of one request, in the output of XGBoost's server.
        as_int: whether whole numbers are written without a decimal point.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    predictions = booster.inplace_predict(rows).tolist()
    with path.open("w", encoding="utf-8") as file:
        for start in range(0, len(rows), rows_per_request):
            block = slice(start, start + rows_per_request)
            request = "\n".join(",".join(_format_number(cell, as_int) for cell in row) for row in rows[block].tolist())
            response = between.join(map(str, predictions[block]))
            file.write(json.dumps(_record(request, response, start)) + "\n")


def _format_number(cell: float, as_int: bool) -> str:
    if cell != cell:
        return ""
    return str(int(cell)) if as_int and cell == int(cell) else repr(cell)


def _record(request: str, response: str, number: int) -> dict[str, Any]:
    csv = {"observedContentType": "text/csv", "encoding": "CSV"}
    return {
        "captureData": {
            "endpointInput": {**csv, "mode": "INPUT", "data": request},
            "endpointOutput": {**csv, "mode": "OUTPUT", "data": response},
        },
        "eventMetadata": {"eventId": f"event-{number}", "inferenceTime": "2026-01-01T00:00:00Z"},
        "eventVersion": "0",
    }

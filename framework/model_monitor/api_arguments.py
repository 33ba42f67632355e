"""Defines what the functions of ``api`` return, and turns what they are given into paths, configurations and models."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_monitor import documents
from model_monitor.clarify.analysis import Model
from model_monitor.command_line import FORMATS, format_of
from model_monitor.explanations.kernel_shap import Score
from model_monitor.explanations.trees import as_numbers, booster
from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.http import open_endpoint
from model_monitor.predictions.rows import Rows

import numpy as np
import pyarrow as pa
from pyarrow import parquet

#: A path, a pyarrow.Table, or a dataframe.
Data = Any


@dataclass(frozen=True)
class Report:
    """The result of an analysis.

    Attributes:
        documents: file name -> the document, as AWS's container writes it.
        violations: as in constraint_violations.json; None if nothing was compared.
        notes: remarks on the data, for people.
        files: file name -> where it was written, if an output folder was named.
    """

    documents: Mapping[str, Mapping[str, Any]]
    violations: Sequence[Mapping[str, str]] | None = None
    notes: Sequence[str] = ()
    files: Mapping[str, Path] = field(default_factory=dict)


def members_of(config: Mapping[str, Any] | str | Path) -> Mapping[str, Any]:
    """Return the members of a configuration."""
    if isinstance(config, Mapping):
        return config
    try:
        members = json.loads(Path(config).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MonitorError(f"cannot read the configuration {str(config)!r}: {error}") from None
    if not isinstance(members, dict):
        raise MonitorError(f"the configuration {str(config)!r} is not a JSON object")
    return members


def model_of(model: Any) -> Model:
    """Return what predicts; see ``bias``."""
    if model is None:
        return Model()
    if isinstance(model, str) and "://" in model:
        return Model(open_endpoint(model))
    if isinstance(model, str | Path):
        return Model(booster=booster(Path(model)))
    if callable(model):
        return Model(score=_scores_of(model))
    return Model(booster=model)


def _scores_of(function: Callable[[Any], Any]) -> Score:
    def score(rows: Rows) -> np.ndarray:
        scores = np.asarray(function(as_numbers(rows)), dtype=float)
        if scores.ndim not in (1, 2) or len(scores) != len(rows):
            raise MonitorError(f"the model returned an array of shape {scores.shape} for {len(rows)} rows")
        return scores.reshape(len(rows), -1)

    return score


@contextmanager
def path_of(data: Data) -> Iterator[Path]:
    """Yield the path of the data; that of a temporary file for a table or a dataframe."""
    if isinstance(data, str | Path):
        yield Path(data)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "table.parquet")
        parquet.write_table(_table(data), path)
        yield path


def _table(data: Data) -> pa.Table:
    """Return the table of Arrow that a dataframe holds, without the index of pandas."""
    if isinstance(data, pa.Table):
        return data
    if hasattr(data, "iloc"):
        return pa.Table.from_pandas(data, preserve_index=False).replace_schema_metadata()
    if hasattr(data, "__arrow_c_stream__"):
        return pa.table(data)
    raise MonitorError(f"data are a path, a table of Arrow or a dataframe; got {type(data).__name__}")


@contextmanager
def folder_of(baseline: Report | str | Path | None) -> Iterator[Path]:
    """Yield the folder with a baseline's documents."""
    if not isinstance(baseline, Report):
        yield Path(baseline or "")
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, document in baseline.documents.items():
            Path(folder, name).write_text(documents.text(document), encoding="utf-8")
        yield Path(folder)


def format_name(path: Path, format: str | None) -> str:
    """Return the name of the files' format.

    Raises:
        MonitorError: there is no such format, or no such file.
    """
    if format is not None and format not in FORMATS:
        raise MonitorError(f"format {format!r} is not one of {', '.join(FORMATS)}")
    return format or format_of(path)

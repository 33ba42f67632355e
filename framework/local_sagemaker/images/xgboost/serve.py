"""Serves predictions of ``xgboost-model`` in the formats of AWS's server (algorithm mode).

https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html#InputOutput-XGBoost
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import Any

from local_sagemaker.images.xgboost.channels import CONTENT_TYPES, first_line, rows
from local_sagemaker.images.xgboost.hyperparameters import UserError
from local_sagemaker.serving import script
from local_sagemaker.serving.media_types import CSV, JSON, JSON_LINES, media_type
from local_sagemaker.serving.server import ModelError, Predictor, RequestError, cores
from model_monitor.boosters import BoosterError, load_booster

import numpy as np
import xgboost as xgb

#: Variables that AWS's server reads and this one does not support.
UNSUPPORTED_VARIABLES = ("SAGEMAKER_INFERENCE_OUTPUT", "SAGEMAKER_INFERENCE_ENSEMBLE")


def load(model_dir: Path) -> Predictor:
    """Return the predictor of a model's folder: the user's script if there is one, else the built-in algorithm.

    Raises:
        ModelError: there is no model, or a file is not a model.
    """
    if script.has_script():
        return script.load(model_dir, SCRIPT)
    for name in UNSUPPORTED_VARIABLES:
        if os.environ.get(name):
            raise ModelError(f"{name} is set, but it is not supported here; leave it out")
    models = load_models(model_dir)
    is_batch = os.environ.get("SAGEMAKER_BATCH") == "true"

    def predict(body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        if not body.strip():
            return b"", CSV
        answer_type = media_type(accept)
        answer_type = (
            answer_type if answer_type not in ("", "*/*") else media_type(os.environ.get(script.DEFAULT_ACCEPT, CSV))
        )
        if answer_type not in WRITERS:
            message = f"accept {answer_type!r} is not supported; use {', '.join(WRITERS)}"
            raise RequestError(message, HTTPStatus.NOT_ACCEPTABLE)
        scores = predictions(models, features(body, content_type))
        return (_lines(scores) if is_batch else WRITERS[answer_type](scores)), answer_type

    return predict


@dataclass(frozen=True)
class Model:
    """A booster that predicts under a lock, unless it consists of trees: only these may predict in several threads at
    once.
    """

    booster: xgb.Booster
    is_tree: bool
    lock: Lock = field(default_factory=Lock)

    def predict(self, table: np.ndarray) -> np.ndarray:
        """Predict for rows; return an array of shape (rows,) or (rows, classes).

        Raises:
            RequestError: the rows have a wrong number of features (400).
        """
        features = self.booster.num_features()
        if table.shape[1] != features:
            has_one_more = table.shape[1] == features + 1
            hint = "; is the label still there? InputFilter $[1:] removes it" if has_one_more else ""
            raise RequestError(f"{table.shape[1]} columns, but the model has {features} features{hint}")
        try:
            if self.is_tree:
                return self.booster.inplace_predict(table)
            with self.lock:
                return self.booster.predict(xgb.DMatrix(table))
        except xgb.core.XGBoostError as error:
            raise RequestError(f"XGBoost: {first_line(error)}") from None


def load_models(model_dir: Path) -> list[Model]:
    """Load every file of the folder as a model; AWS's server averages several models.

    Raises:
        ModelError: there is no file, or XGBoost cannot read one.
    """
    if not model_dir.is_dir():
        raise ModelError(f"the folder {model_dir} does not exist")
    files = sorted(p for p in model_dir.iterdir() if p.is_file() and not p.name.startswith("."))
    if not files:
        raise ModelError("the model has no file at its top level; training writes xgboost-model there")
    if len(files) > 1:
        print(f"WARNING the model has {len(files)} files, whose predictions are averaged: {_names(files)}", flush=True)
    return [_model(file, files) for file in files]


def features(body: bytes, content_type: str) -> np.ndarray:
    """Parse the rows of a request as 32-bit floats; an empty cell is a missing value.

    Raises:
        RequestError: unsupported content type (415), or a cell that is not a number (400).
    """
    request_type = media_type(content_type) or CSV
    if request_type not in CONTENT_TYPES:
        message = f"content type {request_type!r} is not supported here; use text/csv"
        raise RequestError(message, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    try:
        return rows(body)
    except UserError as error:
        raise RequestError(str(error)) from None


def predictions(models: Sequence[Model], table: np.ndarray) -> np.ndarray:
    """Return the mean of the models' predictions, of shape (rows,) or (rows, classes); see ``Model.predict``."""
    arrays = [model.predict(table) for model in models]
    return arrays[0] if len(arrays) == 1 else np.asarray(np.mean(arrays, axis=0, dtype=np.float32))


def _model(file: Path, files: Sequence[Path]) -> Model:
    try:
        booster = load_booster(file.read_bytes())
    except BoosterError as error:
        message = f"{file.name!r} {error}; the server loads every file of the model ({_names(files)})"
        raise ModelError(message) from None
    limit = os.environ.get("SAGEMAKER_MAX_CONCURRENT_TRANSFORMS", "")
    concurrency = int(limit) if limit.isdecimal() and int(limit) else cores()
    booster.set_param({"nthread": max(1, cores() // concurrency)})
    booster_name = json.loads(booster.save_config())["learner"]["gradient_booster"]["name"]
    return Model(booster, booster_name != "gblinear")


def _names(files: Sequence[Path]) -> str:
    return ", ".join(file.name for file in files)


def _lines(scores: np.ndarray) -> bytes:
    """Write one score per line: AWS's server answers so in a transform job, whatever the request accepts."""
    return ("\n".join(map(str, scores.tolist())) + "\n").encode()


def _csv(scores: np.ndarray) -> bytes:
    return ",".join(map(str, scores.tolist())).encode()


def _json(predicted: np.ndarray) -> bytes:
    return json.dumps({"predictions": [{"score": score} for score in predicted.tolist()]}).encode()


def _json_lines(predicted: np.ndarray) -> bytes:
    return "".join(f"{json.dumps({'score': score})}\n" for score in predicted.tolist()).encode()


WRITERS: dict[str, Callable[[np.ndarray], bytes]] = {CSV: _csv, JSON: _json, JSON_LINES: _json_lines}


def _script_input(body: Any, content_type: str) -> xgb.DMatrix:
    return xgb.DMatrix(features(body.encode() if isinstance(body, str) else body, content_type))


def _script_predict(data: Any, model: Any) -> Any:
    return model.predict(data, validate_features=False)  # a request has no feature names


#: Defaults for the functions that a script of this image may omit.
SCRIPT: script.Functions = {**script.DEFAULTS, "input_fn": _script_input, "predict_fn": _script_predict}

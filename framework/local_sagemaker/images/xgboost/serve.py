"""Algorithm mode: predictions of ``xgboost-model``, in the formats of AWS's server.

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

import numpy as np
import xgboost as xgb

#: Variables that AWS's server reads beside those that this one knows.
NOT_DONE = ("SAGEMAKER_INFERENCE_OUTPUT", "SAGEMAKER_INFERENCE_ENSEMBLE")


def load(model_dir: Path) -> Predictor:
    """The predictor of a model's folder: the user's script where there is one, else the built-in algorithm.

    Raises:
        ModelError: there is no model, or a file that is none.
    """
    if script.has_script():
        return script.load(model_dir, SCRIPT)
    for name in NOT_DONE:
        if os.environ.get(name):
            raise ModelError(f"{name} is set, which is not done here; leave it out")
    models = load_models(model_dir)
    is_batch = os.environ.get("SAGEMAKER_BATCH") == "true"

    def predict(body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        if not body.strip():
            return b"", CSV
        kind = media_type(accept)
        kind = kind if kind not in ("", "*/*") else media_type(os.environ.get(script.DEFAULT_ACCEPT, CSV))
        if kind not in WRITE:
            message = f"accept {kind!r} is not written; {', '.join(WRITE)} are"
            raise RequestError(message, HTTPStatus.NOT_ACCEPTABLE)
        found = predictions(models, features(body, content_type))
        return (_lines(found) if is_batch else WRITE[kind](found)), kind

    return predict


@dataclass(frozen=True)
class Model:
    """A booster. Only those of trees may predict for several threads at the same time."""

    booster: xgb.Booster
    is_tree: bool
    lock: Lock = field(default_factory=Lock)

    def predict(self, table: np.ndarray) -> np.ndarray:
        """Of shape (rows,) or (rows, classes).

        Raises:
            RequestError: the rows have another number of features (400).
        """
        features = self.booster.num_features()
        if table.shape[1] != features:
            is_one_more = table.shape[1] == features + 1
            hint = "; is the label still there? InputFilter $[1:] leaves it out" if is_one_more else ""
            raise RequestError(f"{table.shape[1]} columns, where the model has {features} features{hint}")
        try:
            if self.is_tree:
                return self.booster.inplace_predict(table)
            with self.lock:
                return self.booster.predict(xgb.DMatrix(table))
        except xgb.core.XGBoostError as error:
            raise RequestError(f"XGBoost: {first_line(error)}") from None


def load_models(model_dir: Path) -> list[Model]:
    """Every file of the folder as a model: where there are several, AWS's server averages them.

    Raises:
        ModelError: there is none, or one that XGBoost does not read. Nothing is unpickled.
    """
    if not model_dir.is_dir():
        raise ModelError(f"there is no folder {model_dir}")
    files = sorted(p for p in model_dir.iterdir() if p.is_file() and not p.name.startswith("."))
    if not files:
        raise ModelError("the model has no file at its top; train writes xgboost-model there")
    if len(files) > 1:
        print(f"WARNING the model has {len(files)} files, whose predictions are averaged: {_names(files)}", flush=True)
    return [_model(file, files) for file in files]


def features(body: bytes, content_type: str) -> np.ndarray:
    """The rows of a request as 32-bit floats; an empty cell is a missing value.

    Raises:
        RequestError: another content type (415), or a cell that is no number (400).
    """
    kind = media_type(content_type) or CSV
    if kind not in CONTENT_TYPES:
        message = f"content type {kind!r} is not read here; text/csv is"
        raise RequestError(message, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    try:
        return rows(body)
    except UserError as error:
        raise RequestError(str(error)) from None


def predictions(models: Sequence[Model], table: np.ndarray) -> np.ndarray:
    """The mean of the models' predictions, of shape (rows,) or (rows, classes); see ``Model.predict``."""
    found = [model.predict(table) for model in models]
    return found[0] if len(found) == 1 else np.asarray(np.mean(found, axis=0, dtype=np.float32))


def _model(file: Path, files: Sequence[Path]) -> Model:
    try:
        content = bytearray(file.read_bytes())
        booster = xgb.Booster(model_file=content) if content else None
    except xgb.core.XGBoostError:
        booster = None
    if booster is None:
        raise ModelError(
            f"{file.name!r} is no XGBoost model; the server loads every file of the model (there are: {_names(files)})"
        )
    given = os.environ.get("SAGEMAKER_MAX_CONCURRENT_TRANSFORMS", "")
    at_once = int(given) if given.isdecimal() and int(given) else cores()
    booster.set_param({"nthread": max(1, cores() // at_once)})
    kind = json.loads(booster.save_config())["learner"]["gradient_booster"]["name"]
    return Model(booster, kind != "gblinear")


def _names(files: Sequence[Path]) -> str:
    return ", ".join(file.name for file in files)


def _lines(found: np.ndarray) -> bytes:
    """A line each: so AWS's server answers in a transform job, whatever is accepted."""
    return ("\n".join(map(str, found.tolist())) + "\n").encode()


def _csv(found: np.ndarray) -> bytes:
    return ",".join(map(str, found.tolist())).encode()


def _json(found: np.ndarray) -> bytes:
    return json.dumps({"predictions": [{"score": score} for score in found.tolist()]}).encode()


def _json_lines(found: np.ndarray) -> bytes:
    return "".join(f"{json.dumps({'score': score})}\n" for score in found.tolist()).encode()


WRITE: dict[str, Callable[[np.ndarray], bytes]] = {CSV: _csv, JSON: _json, JSON_LINES: _json_lines}


def _script_input(body: Any, content_type: str) -> xgb.DMatrix:
    return xgb.DMatrix(features(body.encode() if isinstance(body, str) else body, content_type))


def _script_predict(data: Any, model: Any) -> Any:
    return model.predict(data, validate_features=False)  # a request has no names


#: What a script of this image need not have.
SCRIPT: script.Functions = {**script.DEFAULTS, "input_fn": _script_input, "predict_fn": _script_predict}

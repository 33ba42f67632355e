"""Trains on the channels, prints a line for each round and saves ``xgboost-model`` (algorithm mode)."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

from local_sagemaker.images import VERSION_VARIABLE
from local_sagemaker.images.xgboost import hyperparameters
from local_sagemaker.images.xgboost.channels import first_line, load
from local_sagemaker.images.xgboost.hyperparameters import UserError

import xgboost as xgb

MODEL_NAME = "xgboost-model"


def train(base: Path) -> None:
    """Train with the settings in the files below ``base`` (/opt/ml). Images before 1.3-1 pickle their model.

    Raises:
        UserError: invalid hyperparameters or channels.
    """
    config = base / "input" / "config"
    version = [int(number) for number in os.environ.get(VERSION_VARIABLE, "").split(".") if number]
    values = hyperparameters.parse(json.loads(config.joinpath("hyperparameters.json").read_text()), version)
    channels = json.loads(config.joinpath("inputdataconfig.json").read_text())
    if "train" not in channels:
        raise UserError(f"channel 'train' is required; the channels are: {', '.join(channels) or 'none'}")
    weighted = bool(values.pop("csv_weights", 0))
    matrices = {
        name: load(base / "input" / "data" / name, channels[name]["ContentType"], weighted, values.get("nthread"))
        for name in ("train", "validation")
        if name in channels
    }
    booster = _fit(values, matrices)
    content = pickle.dumps(booster) if hyperparameters.is_former(version) else booster.save_raw("ubj")
    base.joinpath("model", MODEL_NAME).write_bytes(content)


def _fit(values: dict[str, Any], matrices: dict[str, xgb.DMatrix]) -> xgb.Booster:
    rounds = values.pop("num_round")
    _measure_objective(values)
    patience = values.pop("early_stopping_rounds", None)
    values.pop("save_model_on_termination", None)
    if patience and "validation" not in matrices:
        raise UserError("early_stopping_rounds needs a channel 'validation'")
    stopper = [xgb.callback.EarlyStopping(patience, data_name="validation", save_best=True)] if patience else []
    try:
        return xgb.train(
            values,
            matrices["train"],
            num_boost_round=rounds,
            evals=[(matrix, name) for name, matrix in matrices.items()],
            callbacks=stopper,
            verbose_eval=True,
        )
    except xgb.core.XGBoostError as error:
        raise UserError(f"XGBoost: {first_line(error)}") from None


def _measure_objective(values: dict[str, Any]) -> None:
    """Add the metric that a tuning job optimises to those that eval_metric names, so that it is printed."""
    metric = str(values.pop("_tuning_objective_metric", "")).partition(":")[2]
    if metric and metric not in values.setdefault("eval_metric", []):
        values["eval_metric"] = [*values["eval_metric"], metric]

"""Defines the hyperparameters that the XGBoost container takes: a table of names, types and ranges.

All arrive as strings. Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html and the
container's own checks (aws/sagemaker-xgboost-container). XGBoost itself checks objectives and metrics.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from local_sagemaker.near_names import did_you_mean

INF = math.inf


class UserError(Exception):
    """Raised when the user's request is invalid; the message goes into /opt/ml/output/failure."""


class Number(NamedTuple):
    """Accepts a number between two bounds; ``open_low`` and ``open_high`` exclude the bound itself."""

    type: Callable[[str], Any]
    low: float = -INF
    high: float = INF
    open_low: bool = False
    open_high: bool = False

    def read(self, text: str) -> Any:
        value = self.type(text)
        above = value > self.low if self.open_low else value >= self.low
        below = value < self.high if self.open_high else value <= self.high
        if not (above and below):
            raise ValueError
        return value

    def __str__(self) -> str:
        type_name = "an integer" if self.type is int else "a number"
        opening, closing = "(" if self.open_low else "[", ")" if self.open_high else "]"
        return f"{type_name} in {opening}{self.low}, {self.high}{closing}"


class Choice(NamedTuple):
    """Accepts one of several strings."""

    choices: tuple[str, ...]

    def read(self, text: str) -> str:
        if text not in self.choices:
            raise ValueError
        return text

    def __str__(self) -> str:
        return f"one of {', '.join(self.choices)}"


class Text(NamedTuple):
    """Accepts a string that XGBoost itself parses and checks."""

    read: Callable[[str], Any] = str

    def __str__(self) -> str:
        return "a string"


def _split_commas(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


ZERO_TO_ONE = Number(float, 0, 1)
POSITIVE_FRACTION = Number(float, 0, 1, open_low=True)
NON_NEGATIVE = Number(float, 0)
FLAG = Number(int, 0, 1)
POSITIVE_INTEGER = Number(int, 1)
NON_NEGATIVE_INTEGER = Number(int, 0)

HYPERPARAMETERS: dict[str, Number | Choice | Text] = {
    "num_round": POSITIVE_INTEGER,
    # Set by a tuning job: the metric that it optimises, such as validation:rmse.
    "_tuning_objective_metric": Text(),
    "alpha": NON_NEGATIVE,
    "aft_loss_distribution": Choice(("normal", "logistic", "extreme")),
    "aft_loss_distribution_scale": Number(float, 0, open_low=True),
    "base_score": NON_NEGATIVE,
    "booster": Choice(("gbtree", "gblinear", "dart")),
    "colsample_bylevel": POSITIVE_FRACTION,
    "colsample_bynode": POSITIVE_FRACTION,
    "colsample_bytree": POSITIVE_FRACTION,
    "csv_weights": FLAG,
    "early_stopping_rounds": POSITIVE_INTEGER,
    "eta": ZERO_TO_ONE,
    "eval_metric": Text(_split_commas),
    "gamma": NON_NEGATIVE,
    "grow_policy": Choice(("depthwise", "lossguide")),
    "interaction_constraints": Text(),
    "lambda": NON_NEGATIVE,
    "lambda_bias": ZERO_TO_ONE,
    "max_bin": NON_NEGATIVE_INTEGER,
    "max_delta_step": NON_NEGATIVE,
    "max_depth": NON_NEGATIVE_INTEGER,
    "max_leaves": NON_NEGATIVE_INTEGER,
    "min_child_weight": NON_NEGATIVE,
    "monotone_constraints": Text(),
    "normalize_type": Choice(("tree", "forest")),
    "nthread": POSITIVE_INTEGER,
    "num_class": Number(int, 2),
    "num_parallel_tree": POSITIVE_INTEGER,
    "objective": Text(),
    "one_drop": FLAG,
    "process_type": Choice(("default", "update")),
    "rate_drop": ZERO_TO_ONE,
    "refresh_leaf": FLAG,
    "sample_type": Choice(("uniform", "weighted")),
    "save_model_on_termination": Choice(("true", "false")),
    "scale_pos_weight": Number(float, 0, open_low=True),
    "seed": Number(int, -(2**31), 2**31 - 1, open_low=True, open_high=True),
    "sketch_eps": Number(float, 0, 1, open_low=True, open_high=True),
    "skip_drop": ZERO_TO_ONE,
    "subsample": POSITIVE_FRACTION,
    "tree_method": Choice(("auto", "exact", "approx", "hist")),
    "tweedie_variance_power": Number(float, 1, 2, open_low=True, open_high=True),
    "updater": Text(),
    "verbosity": Number(int, 0, 3),
}

#: The version from which the containers do not take these hyperparameters, and what those before it do with them.
MODERN_VERSION = (1, 3)
FORMER_HYPERPARAMETERS: dict[str, Number | Choice | Text] = {
    "silent": FLAG,
    "dsplit": Choice(("row", "col")),
    "predictor": Choice(("cpu_predictor", "gpu_predictor")),
}

#: Hyperparameters that only older containers accept, or that this machine does not support -> what to do instead.
UNSUPPORTED = {
    "silent": "use verbosity (0 to 3)",
    "dsplit": "leave it out",
    "predictor": "leave it out",
    "_kfold": "cross-validation does not run here; leave it out",
    "_num_cv_round": "cross-validation does not run here; leave it out",
}


def is_former(version: Sequence[int]) -> bool:
    """Return whether an image's version is one that takes former hyperparameters and pickles its model."""
    return bool(version) and tuple(version) < MODERN_VERSION


def parse(strings: Mapping[str, str], version: Sequence[int] = ()) -> dict[str, Any]:
    """Convert hyperparameters from strings to their values.

    Args:
        strings: name -> value, as in the request.
        version: of the image, as (1, 0); former hyperparameters of former versions are checked and left out.

    Raises:
        UserError: an unknown name, an invalid value, or no num_round.
    """
    if is_former(version):
        for name in FORMER_HYPERPARAMETERS.keys() & strings.keys():
            _value(name, FORMER_HYPERPARAMETERS[name], strings[name])
        strings = {name: text for name, text in strings.items() if name not in FORMER_HYPERPARAMETERS}
    for name in strings:
        if name in UNSUPPORTED:
            raise UserError(f"hyperparameter {name!r} is not supported: {UNSUPPORTED[name]}")
        if name not in HYPERPARAMETERS:
            raise UserError(f"unknown hyperparameter {name!r}{did_you_mean(name, HYPERPARAMETERS)}")
    if "num_round" not in strings:
        raise UserError("hyperparameter 'num_round' is required")
    return {name: _value(name, HYPERPARAMETERS[name], text) for name, text in strings.items()}


def _value(name: str, accepted: Number | Choice | Text, text: str) -> Any:
    try:
        return accepted.read(text)
    except ValueError:
        raise UserError(f"hyperparameter {name!r} is {text!r}; it must be {accepted}") from None

"""The hyperparameters that the XGBoost container takes: names, types and ranges as a table.

All arrive as text. https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html and the container's own
checks (aws/sagemaker-xgboost-container). Objectives and metrics are left to XGBoost, which knows its own list.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from local_sagemaker.near_names import did_you_mean

INF = math.inf


class UserError(Exception):
    """Raised when the caller asked for something that cannot be; the message goes into /opt/ml/output/failure."""


class Number(NamedTuple):
    """A number between two bounds; ``open_low`` and ``open_high`` exclude the bound itself."""

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
        kind = "an integer" if self.type is int else "a number"
        opening, closing = "(" if self.open_low else "[", ")" if self.open_high else "]"
        return f"{kind} in {opening}{self.low}, {self.high}{closing}"


class Choice(NamedTuple):
    """One of some words."""

    words: tuple[str, ...]

    def read(self, text: str) -> str:
        if text not in self.words:
            raise ValueError
        return text

    def __str__(self) -> str:
        return f"one of {', '.join(self.words)}"


class Text(NamedTuple):
    """What XGBoost itself reads and checks."""

    read: Callable[[str], Any] = str

    def __str__(self) -> str:
        return "text"


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


UNIT = Number(float, 0, 1)
FRACTION = Number(float, 0, 1, open_low=True)
POSITIVE = Number(float, 0)
FLAG = Number(int, 0, 1)
COUNT = Number(int, 1)
SIZE = Number(int, 0)

TABLE: dict[str, Number | Choice | Text] = {
    "num_round": COUNT,
    # Of a tuning job: the metric that it looks for, as in validation:rmse.
    "_tuning_objective_metric": Text(),
    "alpha": POSITIVE,
    "aft_loss_distribution": Choice(("normal", "logistic", "extreme")),
    "aft_loss_distribution_scale": Number(float, 0, open_low=True),
    "base_score": POSITIVE,
    "booster": Choice(("gbtree", "gblinear", "dart")),
    "colsample_bylevel": FRACTION,
    "colsample_bynode": FRACTION,
    "colsample_bytree": FRACTION,
    "csv_weights": FLAG,
    "early_stopping_rounds": COUNT,
    "eta": UNIT,
    "eval_metric": Text(_words),
    "gamma": POSITIVE,
    "grow_policy": Choice(("depthwise", "lossguide")),
    "interaction_constraints": Text(),
    "lambda": POSITIVE,
    "lambda_bias": UNIT,
    "max_bin": SIZE,
    "max_delta_step": POSITIVE,
    "max_depth": SIZE,
    "max_leaves": SIZE,
    "min_child_weight": POSITIVE,
    "monotone_constraints": Text(),
    "normalize_type": Choice(("tree", "forest")),
    "nthread": COUNT,
    "num_class": Number(int, 2),
    "num_parallel_tree": COUNT,
    "objective": Text(),
    "one_drop": FLAG,
    "process_type": Choice(("default", "update")),
    "rate_drop": UNIT,
    "refresh_leaf": FLAG,
    "sample_type": Choice(("uniform", "weighted")),
    "save_model_on_termination": Choice(("true", "false")),
    "scale_pos_weight": Number(float, 0, open_low=True),
    "seed": Number(int, -(2**31), 2**31 - 1, open_low=True, open_high=True),
    "sketch_eps": Number(float, 0, 1, open_low=True, open_high=True),
    "skip_drop": UNIT,
    "subsample": FRACTION,
    "tree_method": Choice(("auto", "exact", "approx", "hist")),
    "tweedie_variance_power": Number(float, 1, 2, open_low=True, open_high=True),
    "updater": Text(),
    "verbosity": Number(int, 0, 3),
}

#: Names that older containers took, or that do not run on this machine, and what to do instead.
REFUSED = {
    "silent": "use verbosity (0 to 3)",
    "dsplit": "leave it out",
    "predictor": "leave it out",
    "_kfold": "cross-validation does not run here; leave it out",
    "_num_cv_round": "cross-validation does not run here; leave it out",
}


def read(given: Mapping[str, str]) -> dict[str, Any]:
    """Hyperparameters as text to their values.

    Raises:
        UserError: an unknown name, a value that does not fit, or no num_round.
    """
    for name in given:
        if name in REFUSED:
            raise UserError(f"hyperparameter {name!r} is not taken: {REFUSED[name]}")
        if name not in TABLE:
            raise UserError(f"unknown hyperparameter {name!r}{did_you_mean(name, TABLE)}")
    if "num_round" not in given:
        raise UserError("hyperparameter 'num_round' is required")
    return {name: _value(name, text) for name, text in given.items()}


def _value(name: str, text: str) -> Any:
    try:
        return TABLE[name].read(text)
    except ValueError:
        raise UserError(f"hyperparameter {name!r} is {text!r}; it must be {TABLE[name]}") from None

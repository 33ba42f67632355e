"""Reads the paths to the leaves of a model's trees from XGBoost's own JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_monitor.accumulators.values import numbers
from model_monitor.boosters import BoosterError, load_booster
from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.rows import Rows
from model_monitor.quick_imports import import_xgboost

import numpy as np

#: Objectives whose scores are the sum of the leaves, and those whose log-odds are that sum.
IDENTITY_OBJECTIVES = (
    "reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror", "reg:quantileerror", "reg:linear",
    "binary:logitraw",
)  # fmt: skip
LOGISTIC_OBJECTIVES = ("binary:logistic", "reg:logistic")


@dataclass(frozen=True)
class Paths:
    """Holds the paths to all leaves of a model's trees, in one sequence.

    The path to leaf n are the entries up to ``ends[n]``, after those of the leaf before. Each entry is a feature that
    splits on the path: a row follows the path if the value is at least ``low`` and not at least ``high`` (32-bit; NaN
    for no upper limit); ``missing`` says whether it does if the value is missing. ``leaf`` is what a leaf adds to
    ``start``.
    """

    ends: np.ndarray
    feature: np.ndarray
    low: np.ndarray
    high: np.ndarray
    missing: np.ndarray
    leaf: np.ndarray
    start: float
    features: int
    objective: str

    @classmethod
    def of(cls, booster: Any) -> Paths:
        """Return the paths of an ``xgboost.Booster``.

        Raises:
            MonitorError: it has no trees, several outputs, or splits by categories.
        """
        learner = json.loads(bytes(booster.save_raw("json")))["learner"]
        model = learner["gradient_booster"].get("model", {})
        if "trees" not in model or learner["gradient_booster"]["name"] != "gbtree":
            raise MonitorError("TreeSHAP needs a model of trees (booster gbtree)")
        if not model["trees"]:
            raise MonitorError("TreeSHAP needs a model of trees, and this one has none")
        base = learner["learner_model_param"]["base_score"].strip("[]")
        if set(model["tree_info"]) != {0} or "," in base:
            raise MonitorError("TreeSHAP supports models with one output only")
        if any(any(tree["split_type"]) for tree in model["trees"]):
            raise MonitorError("TreeSHAP does not support trees that split by categories")
        parameters, objective = learner["learner_model_param"], learner["objective"]["name"]
        paths = [path for tree in model["trees"] for path in _leaf_paths(tree, 0, {})]
        sides = [(feature, *side) for path, _ in paths for feature, side in path.items()]
        feature, low, high, missing = zip(*sides, strict=True) if sides else ((), (), (), ())
        return cls(
            np.cumsum([len(path) for path, _ in paths]),
            np.array(feature, np.int64),
            np.array(low, np.float32),
            np.array(high, np.float32),
            np.array(missing, np.bool_),
            np.array([leaf for _, leaf in paths], float),
            start=_margin(float(base), objective),
            features=int(parameters["num_feature"]),
            objective=objective,
        )

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """The arrays that describe the paths, in the order that TreeSHAP takes them."""
        return self.ends, self.feature, self.low, self.high, self.missing, self.leaf

    def sum_of_leaves(self, row: np.ndarray) -> float:
        """Return what the model's trees predict for a row of shape (features,), 32-bit."""
        values = row[self.feature]
        goes = (values >= self.low) & ~(values >= self.high)
        goes |= self.missing & np.isnan(values)
        stays_away = np.concatenate([[0], np.cumsum(~goes)])
        starts = np.concatenate([[0], self.ends[:-1]])
        return float(self.start + self.leaf[stays_away[self.ends] == stays_away[starts]].sum())

    def check(self, use_logit: bool, baseline_rows: int) -> None:
        """Raise MonitorError unless the sum of the leaves is what KernelSHAP explains."""
        if self.objective in IDENTITY_OBJECTIVES and not use_logit:
            return
        if self.objective not in LOGISTIC_OBJECTIVES:
            raise MonitorError(f"TreeSHAP explains the sum of leaves, which {self.objective} scores are not")
        if not use_logit or baseline_rows > 1:
            raise MonitorError(
                f"TreeSHAP explains the log-odds of {self.objective}: set use_logit, and give one baseline row"
            )

    def matrix(self, rows: Rows) -> np.ndarray:
        """Return rows as XGBoost takes them, shape (rows, features) of 32-bit numbers, NaN for a missing cell.

        Raises:
            MonitorError: a cell is not a number, or the number of features is not the model's.
        """
        if len(rows.codes) != self.features:
            raise MonitorError(f"the model has {self.features} features, and the dataset {len(rows.codes)}")
        return to_float32(as_numbers(rows))


def as_numbers(rows: Rows) -> np.ndarray:
    """Return rows as numbers, shape (rows, columns); NaN for a missing cell.

    Raises:
        MonitorError: a cell is not a number.
    """
    columns = []
    for cells, codes in zip(rows.cells, rows.codes, strict=True):
        values = numbers(cells.fill_null("nan"))
        texts = [c for c, v in zip(cells.to_pylist(), values, strict=True) if c is not None and math.isnan(v)]
        if any(text.strip().lower() != "nan" for text in texts):
            raise MonitorError(f"the model takes numbers, and a feature holds {texts[0]!r}")
        columns.append(values[codes])
    return np.stack(columns, axis=1)


def booster(path: Path) -> Any:
    """Return the XGBoost model in a file.

    Raises:
        MonitorError: there is none, or XGBoost is not installed.
    """
    if not path.is_file():
        raise MonitorError(f"there is no model {str(path)!r}")
    try:
        return load_booster(path.read_bytes())
    except ImportError:
        raise MonitorError("reading an XGBoost model needs the package xgboost") from None
    except BoosterError as error:
        raise MonitorError(f"{path.name} {error}") from None


def scores(model: Any, features: Sequence[str]) -> Callable[[Rows], np.ndarray]:
    """Return a function that predicts rows of these features with an ``xgboost.Booster``, shape (rows, outputs).

    Raises:
        MonitorError: the model has another number of features, or the same in another order.
    """
    xgboost = import_xgboost()
    if model.num_features() != len(features):
        raise MonitorError(f"the model has {model.num_features()} features, and the dataset {len(features)}")
    model_features = list(model.feature_names or features)
    if model_features != list(features) and set(model_features) == set(features):
        raise MonitorError(
            f"the model takes {', '.join(model_features[:20])}; the dataset has them in the order {features[:20]}"
        )

    def score(rows: Rows) -> np.ndarray:
        try:
            predictions = model.inplace_predict(to_float32(as_numbers(rows)), validate_features=False)
        except xgboost.core.XGBoostError as error:
            raise MonitorError(f"XGBoost cannot predict: {str(error).splitlines()[0][:200]}") from None
        return np.asarray(predictions, float).reshape(len(rows), -1)

    return score


def to_float32(values: np.ndarray) -> np.ndarray:
    """Return numbers as 32-bit ones; those beyond their range become infinite, as in XGBoost."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def _margin(base: float, objective: str) -> float:
    if objective in LOGISTIC_OBJECTIVES and not 0 < base < 1:
        raise MonitorError(f"TreeSHAP cannot take the log-odds of the model's base_score {base}")
    return math.log(base / (1 - base)) if objective in LOGISTIC_OBJECTIVES else base


#: Feature -> low, high, whether a row with a missing value follows the path.
LeafPath = dict[int, tuple[float, float, bool]]


def _leaf_paths(tree: Mapping[str, Any], node: int, path: LeafPath) -> Iterator[tuple[LeafPath, float]]:
    """Yield the path to each leaf below a node, with what the leaf adds."""
    left, right = tree["left_children"][node], tree["right_children"][node]
    condition = tree["split_conditions"][node]
    if left < 0:
        yield path, condition
        return
    feature, default_left = tree["split_indices"][node], bool(tree["default_left"][node])
    low, high, missing = path.get(feature, (-math.inf, math.nan, True))
    below = (low, condition if math.isnan(high) else min(high, condition), missing and default_left)
    above = (max(low, condition), high, missing and not default_left)
    yield from _leaf_paths(tree, left, path | {feature: below})
    yield from _leaf_paths(tree, right, path | {feature: above})

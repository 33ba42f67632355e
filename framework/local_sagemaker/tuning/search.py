"""Which values are tried next: AWS's strategies by their names, by Optuna.

Bayesian is a tree-structured Parzen estimator (Bergstra et al. 2011) where AWS has a Gaussian process; Hyperband stops
what is no good early (Li et al. 2018), Random draws, Grid takes every combination of categorical values.
https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-how-it-works.html
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

from local_sagemaker.definition.tuning import CATEGORICAL, CONTINUOUS, INTEGER

import optuna
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, NopPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.trial import Trial

Ranges = list[tuple[str, dict[str, Any]]]
#: Of the jobs of a search, so many begin at random; at least, and at most.
FEWEST, MOST, SHARE = 3, 10, 3
UNLIMITED = 1_000_000


def study(config: Mapping[str, Any], objective_type: str) -> optuna.Study:
    """A search as HyperParameterTuningJobConfig describes it."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    seed = config.get("RandomSeed")
    made = optuna.create_study(
        direction="maximize" if objective_type == "Maximize" else "minimize",
        sampler=SAMPLERS[config["Strategy"]](config, seed),
        pruner=_pruner(config),
    )
    for combination in _grid(config) if config["Strategy"] == "Grid" else ():
        made.enqueue_trial(combination)
    return made


def ranges(config: Mapping[str, Any]) -> Ranges:
    """(kind, range) of each parameter that is searched."""
    found = config.get("ParameterRanges") or {}
    return [(kind, one) for kind in (INTEGER, CONTINUOUS, CATEGORICAL) for one in found.get(kind) or ()]


def suggest(trial: Trial, searched: Ranges) -> dict[str, str]:
    """The values of a trial, as hyperparameters are written."""
    return {one["Name"]: str(SUGGEST[kind](trial, one)) for kind, one in searched}


def count(config: Mapping[str, Any]) -> int:
    """How many training jobs there are to be; of a grid, as many as there are combinations. Without a limit the time
    that it may take is one.
    """
    limit = config["ResourceLimits"].get("MaxNumberOfTrainingJobs")
    if config["Strategy"] != "Grid":
        return int(limit or UNLIMITED)
    combinations = len(_grid(config))
    return min(int(limit), combinations) if limit else combinations


def _grid(config: Mapping[str, Any]) -> list[dict[str, str]]:
    """Every combination of the categorical values."""
    names, values = zip(*((one["Name"], one["Values"]) for _, one in ranges(config)), strict=True)
    return [dict(zip(names, combination, strict=True)) for combination in product(*values)]


def _bayesian(config: Mapping[str, Any], seed: int | None) -> BaseSampler:
    random = min(MOST, max(FEWEST, count(config) // SHARE))
    # What still runs counts as if it went badly, so that several at a time are not the same.
    return TPESampler(n_startup_trials=random, constant_liar=True, seed=seed)


SAMPLERS: dict[str, Callable[[Mapping[str, Any], int | None], BaseSampler]] = {
    "Bayesian": _bayesian,
    "Grid": lambda config, seed: RandomSampler(seed=seed),  # asked for what is in the queue
    "Hyperband": _bayesian,
    "Random": lambda config, seed: RandomSampler(seed=seed),
}


def _pruner(config: Mapping[str, Any]) -> BasePruner:
    if config["Strategy"] == "Hyperband":
        resources = (config.get("StrategyConfig") or {}).get("HyperbandStrategyConfig") or {}
        return HyperbandPruner(resources.get("MinResource", 1), resources.get("MaxResource", "auto"))
    return (
        MedianPruner(n_startup_trials=FEWEST) if config.get("TrainingJobEarlyStoppingType") == "Auto" else NopPruner()
    )


def _integer(trial: Trial, one: Mapping[str, Any]) -> int:
    is_log = one.get("ScalingType") == "Logarithmic"
    return trial.suggest_int(one["Name"], int(one["MinValue"]), int(one["MaxValue"]), log=is_log)


def _continuous(trial: Trial, one: Mapping[str, Any]) -> float:
    low, high = float(one["MinValue"]), float(one["MaxValue"])
    if one.get("ScalingType") == "ReverseLogarithmic":  # what is near 1 is searched more closely
        return 1 - trial.suggest_float(one["Name"], 1 - high, 1 - low, log=True)
    return trial.suggest_float(one["Name"], low, high, log=one.get("ScalingType") == "Logarithmic")


SUGGEST: dict[str, Callable[[Trial, Mapping[str, Any]], Any]] = {
    INTEGER: _integer,
    CONTINUOUS: _continuous,
    CATEGORICAL: lambda trial, one: trial.suggest_categorical(one["Name"], one["Values"]),
}

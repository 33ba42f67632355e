"""Chooses the next values to try: implements AWS's strategies with Optuna.

Bayesian is a tree-structured Parzen estimator (Bergstra et al. 2011), where AWS has a Gaussian process; Hyperband stops
unpromising jobs early (Li et al. 2018), Random draws values, Grid tries every combination of categorical values.
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
#: The first jobs of a search try random values: its number of jobs // RANDOM_DIVISOR, within this minimum and maximum.
MIN_RANDOM_JOBS, MAX_RANDOM_JOBS, RANDOM_DIVISOR = 3, 10, 3
UNLIMITED = 1_000_000


def make_study(config: Mapping[str, Any], objective_type: str) -> optuna.Study:
    """Return the Optuna study of a search that HyperParameterTuningJobConfig describes."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    seed = config.get("RandomSeed")
    study = optuna.create_study(
        direction="maximize" if objective_type == "Maximize" else "minimize",
        sampler=SAMPLERS[config["Strategy"]](config, seed),
        pruner=_make_pruner(config),
    )
    for combination in _grid(config) if config["Strategy"] == "Grid" else ():
        study.enqueue_trial(combination)
    return study


def search_ranges(config: Mapping[str, Any]) -> Ranges:
    """Return (range type, range) for each hyperparameter of the search."""
    by_type = config.get("ParameterRanges") or {}
    types = (INTEGER, CONTINUOUS, CATEGORICAL)
    return [(range_type, entry) for range_type in types for entry in by_type.get(range_type) or ()]


def suggest(trial: Trial, ranges: Ranges) -> dict[str, str]:
    """Return the values of a trial, formatted as hyperparameters."""
    return {entry["Name"]: str(SUGGEST_VALUE[range_type](trial, entry)) for range_type, entry in ranges}


def job_count(config: Mapping[str, Any]) -> int:
    """Return the number of training jobs to start: for Grid, the number of combinations.

    Without a limit on their number, the limit on the tuning job's run time ends the search.
    """
    limit = config["ResourceLimits"].get("MaxNumberOfTrainingJobs")
    if config["Strategy"] != "Grid":
        return int(limit or UNLIMITED)
    combinations = len(_grid(config))
    return min(int(limit), combinations) if limit else combinations


def _grid(config: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return every combination of the categorical values."""
    names, values = zip(*((entry["Name"], entry["Values"]) for _, entry in search_ranges(config)), strict=True)
    return [dict(zip(names, combination, strict=True)) for combination in product(*values)]


def _bayesian_sampler(config: Mapping[str, Any], seed: int | None) -> BaseSampler:
    random = min(MAX_RANDOM_JOBS, max(MIN_RANDOM_JOBS, job_count(config) // RANDOM_DIVISOR))
    # Running jobs count as if they had failed to improve, so that parallel jobs differ.
    return TPESampler(n_startup_trials=random, constant_liar=True, seed=seed)


SAMPLERS: dict[str, Callable[[Mapping[str, Any], int | None], BaseSampler]] = {
    "Bayesian": _bayesian_sampler,
    "Grid": lambda config, seed: RandomSampler(seed=seed),  # its trials come from the queue
    "Hyperband": _bayesian_sampler,
    "Random": lambda config, seed: RandomSampler(seed=seed),
}


def _make_pruner(config: Mapping[str, Any]) -> BasePruner:
    if config["Strategy"] == "Hyperband":
        resources = (config.get("StrategyConfig") or {}).get("HyperbandStrategyConfig") or {}
        return HyperbandPruner(resources.get("MinResource", 1), resources.get("MaxResource", "auto"))
    return (
        MedianPruner(n_startup_trials=MIN_RANDOM_JOBS)
        if config.get("TrainingJobEarlyStoppingType") == "Auto"
        else NopPruner()
    )


def _suggest_integer(trial: Trial, entry: Mapping[str, Any]) -> int:
    is_log = entry.get("ScalingType") == "Logarithmic"
    return trial.suggest_int(entry["Name"], int(entry["MinValue"]), int(entry["MaxValue"]), log=is_log)


def _suggest_continuous(trial: Trial, entry: Mapping[str, Any]) -> float:
    low, high = float(entry["MinValue"]), float(entry["MaxValue"])
    if entry.get("ScalingType") == "ReverseLogarithmic":  # values near 1 are searched more closely
        return 1 - trial.suggest_float(entry["Name"], 1 - high, 1 - low, log=True)
    return trial.suggest_float(entry["Name"], low, high, log=entry.get("ScalingType") == "Logarithmic")


SUGGEST_VALUE: dict[str, Callable[[Trial, Mapping[str, Any]], Any]] = {
    INTEGER: _suggest_integer,
    CONTINUOUS: _suggest_continuous,
    CATEGORICAL: lambda trial, entry: trial.suggest_categorical(entry["Name"], entry["Values"]),
}

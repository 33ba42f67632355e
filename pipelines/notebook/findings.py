"""What an execution has left, as numbers for a picture: from its jobs' logs and from the files of its steps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pipelines import registry, violations
from pipelines.logs import CHECKS, GROUPS, JobLog, jobs
from pipelines.notebook import data
from pipelines.notebook.running import metadata
from pipelines.targets import Target

import pandas as pd

#: A round in XGBoost's log: CloudWatch writes a tab as #011.
XGBOOST = re.compile(r"^\[(\d+)\](?:#011|\t)(.+)$")
#: An epoch in that of Keras: a line with its number, and one with the figures.
EPOCH, FIGURES = re.compile(r"^Epoch (\d+)/\d+"), re.compile(r" - loss: ")
FIGURE = re.compile(r"([\w-]+):\s*([-+.\deE]+)")


class Compared(NamedTuple):
    """A check's documents: of the baseline, of what was looked at, and the columns that it found wrong."""

    baseline: dict[str, Any]
    current: dict[str, Any]
    violated: list[str]


def learning_curves(target: Target, execution: Any, step: str) -> pd.DataFrame:
    """Metric by round, from the log of a training job; a column for each set, the training set's first.

    Args:
        target, execution: of the notebook.
        step: the training step.

    Raises:
        LookupError: the step has not run, or its log tells of no round.
    """
    ((kind, job),) = jobs(metadata(target, execution, step))
    log = JobLog(target.session.client("logs"), GROUPS[kind], job)
    rounds = dict(_rounds(line for _, line in log.new_lines()))
    if not rounds:
        raise LookupError(f"the log of {job} tells of no round")
    return pd.DataFrame.from_dict(rounds, orient="index")


def _rounds(lines: Iterator[str]) -> Iterator[tuple[int, dict[str, float]]]:
    epoch = 0
    for line in lines:
        if match := XGBOOST.match(line):
            yield int(match[1]), {name: float(value) for name, value in FIGURE.findall(match[2])}
        elif match := EPOCH.match(line):
            epoch = int(match[1])
        elif FIGURES.search(line):
            found = {name: float(value) for name, value in FIGURE.findall(line)}
            yield epoch, {name: found[name] for name in ("loss", "val_loss") if name in found}


def predictions(target: Target, execution: Any, step: str) -> pd.DataFrame:
    """Columns ``true`` and ``predicted``, of a transform step that has put each prediction behind its label.

    Raises:
        LookupError: the step has not run.
    """
    ((_, job),) = jobs(metadata(target, execution, step))
    uri = target.client.describe_transform_job(TransformJobName=job)["TransformOutput"]["S3OutputPath"]
    return data.read(target, uri, header=None, names=["true", "predicted"])


def statistics(target: Target, execution: Any, step: str) -> Compared:
    """statistics.json of a check of data quality, and of its baseline: where it compared with none, its own.

    Raises:
        LookupError: the step has not run, or is no check.
    """
    return _compared(target, execution, step, "Statistics")


def analyses(target: Target, execution: Any, step: str) -> Compared:
    """analysis.json of a check of bias or explainability, and of its baseline."""
    return _compared(target, execution, step, "Constraints")


def _compared(target: Target, execution: Any, step: str, file: str) -> Compared:
    told = metadata(target, execution, step)
    check = next((told[kind] for kind in CHECKS if kind in told), None)
    if check is None:
        raise LookupError(f"{step} is no check")
    current = registry.read_json(target, check[f"CalculatedBaseline{file}"])
    used = check.get(f"BaselineUsedForDriftCheck{file}")
    report = registry.read_json(target, check.get("ViolationReport", "")) or {}
    violated = list(dict.fromkeys(violations.column(one) for one in report.get("violations", ())))
    return Compared((registry.read_json(target, used) if used else None) or current, current, violated)


def attributions(found: Compared) -> pd.DataFrame:
    """How much each feature moves the prediction: the mean of its absolute SHAP values, in the prediction's unit."""
    labels = [next(iter(one["explanations"]["kernel_shap"].values())) for one in found[:2]]
    return _beside(*(label["global_shap_values"] for label in labels))


def bias(found: Compared) -> pd.DataFrame:
    """Metrics of bias, for each group; those that cannot be computed, or are infinite, are left out."""
    return _beside(*map(_metrics, found[:2]))


def _metrics(analysis: dict[str, Any]) -> dict[str, float]:
    values: dict[str, Any] = {}
    for family in ("pre_training_bias_metrics", "post_training_bias_metrics"):
        for facet, groups in analysis.get(family, {}).get("facets", {}).items():
            for group in groups:
                name = f"{facet} {group['value_or_threshold']}"
                values |= {f"{name}: {one['name']}": one["value"] for one in group["metrics"]}
    return {name: value for name, value in values.items() if isinstance(value, float | int)}


def _beside(baseline: dict[str, float], current: dict[str, float]) -> pd.DataFrame:
    return pd.DataFrame({"baseline": baseline, "now": current}).dropna()

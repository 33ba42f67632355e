"""Reads an execution's results as numbers for a picture, from its jobs' logs and from the files of its steps."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from local_sagemaker.tools.notebook import data
from local_sagemaker.tools.notebook.running import metadata
from local_sagemaker.tools.service import registry, violations
from local_sagemaker.tools.service.checks import check_result
from local_sagemaker.tools.service.logs import JobLog
from local_sagemaker.tools.service.step_metadata import LOG_GROUPS, jobs
from local_sagemaker.tools.targets import Target

import pandas as pd

#: A round in XGBoost's log; CloudWatch writes a tab as #011.
XGBOOST_ROUND = re.compile(r"^\[(\d+)\](?:#011|\t)(.+)$")
#: An epoch in Keras's log: a line with its number, and a line with the figures.
KERAS_EPOCH, KERAS_FIGURES = re.compile(r"^Epoch (\d+)/\d+"), re.compile(r" - loss: ")
NAMED_NUMBER = re.compile(r"([\w-]+):\s*([-+]?(?:[.\deE+-]+|nan|inf))")
#: Metrics that are 0 if there is no bias: differences between a group and all others, in the share of positive
#: predictions, in accuracy, in recall and in specificity.
BIAS_METRICS = ("DPPL", "AD", "RD", "SD")
VERSION_COLUMNS = ("version", "approval_status", "metric", "value", "threshold", "naive")


class CheckDocuments(NamedTuple):
    """The documents that a check has of the baseline and of the current data, and the columns with violations."""

    baseline: dict[str, Any]
    current: dict[str, Any]
    violated: list[str]


def learning_curves(target: Target, execution: Any, step: str) -> pd.DataFrame:
    """Return the metric by round, from a training job's log: one column per dataset, the training set first.

    Args:
        target, execution: the notebook's target and execution.
        step: the training step.

    Raises:
        LookupError: the step has not run, or its log has no round.
    """
    job_kind, job = _job(target, execution, step)
    log = JobLog(target.session.client("logs"), LOG_GROUPS[job_kind], job)
    rounds = dict(_rounds(line for _, line in log.new_lines()))
    if not rounds:
        raise LookupError(f"the log of {job} has no training round")
    return pd.DataFrame.from_dict(rounds, orient="index")


def _rounds(lines: Iterator[str]) -> Iterator[tuple[int, dict[str, float]]]:
    epoch = 0
    for line in lines:
        if match := XGBOOST_ROUND.match(line):
            figures = NAMED_NUMBER.findall(match[2].replace("#011", "\t"))
            yield int(match[1]), {name: float(value) for name, value in figures}
        elif match := KERAS_EPOCH.match(line):
            epoch = int(match[1])
        elif KERAS_FIGURES.search(line):
            numbers = {name: float(value) for name, value in NAMED_NUMBER.findall(line)}
            yield epoch, {name: numbers[name] for name in ("loss", "val_loss") if name in numbers}


def predictions(target: Target, execution: Any, step: str) -> pd.DataFrame:
    """Return the columns ``true`` and ``predicted`` of a transform step whose output is label and prediction.

    Raises:
        LookupError: the step has not run.
    """
    return data.read(target, _transform_output(target, execution, step), header=None, names=["true", "predicted"])


def scores(target: Target, execution: Any, step: str) -> pd.DataFrame:
    """Return the columns ``id`` and ``score`` of a transform step whose output is the row's id and its score."""
    return data.read(target, _transform_output(target, execution, step), header=None, names=["id", "score"])


def _transform_output(target: Target, execution: Any, step: str) -> str:
    """Return the URI of the prefix to which a transform step wrote."""
    _, job = _job(target, execution, step)
    return str(target.client.describe_transform_job(TransformJobName=job)["TransformOutput"]["S3OutputPath"])


def _job(target: Target, execution: Any, step: str) -> tuple[str, str]:
    """Return kind and name of a step's first job; raise LookupError if it has none."""
    step_jobs = jobs(metadata(target, execution, step))
    if not step_jobs:
        raise LookupError(f"step {step!r} has no job")
    return step_jobs[0]


def violated_columns(target: Target, execution: Any) -> list[dict[str, str]]:
    """Return the violations of an execution's checks: step, column, check, expected, observed."""
    return violations.find_violations(target, execution.arn)


def versions(target: Target, group: str) -> list[dict[str, Any]]:
    """Return the versions of a group, newest first, with the metric that the gate compared."""
    descriptions = (registry.describe_version(target, package) for package in registry.versions(target, group))
    return [{name: version.get(name, "") for name in VERSION_COLUMNS} for version in descriptions]


def metrics_by_version(target: Target, group: str, family: str) -> list[dict[str, Any]]:
    """Return the newest version's metrics on the test set, next to those of the naive prediction.

    The naive prediction is the best one that uses no column.

    Args:
        target, group: account and model package group of the version.
        family: member of evaluation.json, e.g. ``binary_classification_metrics``.
    """
    newest = next(iter(registry.versions(target, group)))
    evaluation = registry.describe_version(target, newest)["evaluation"]
    naive = evaluation["naive_baseline"].get(family, {})
    values = {name: metric["value"] for name, metric in evaluation[family].items() if "value" in metric}
    return [
        {"metric": name, "model": value, "naive": naive.get(name, {}).get("value", "")}
        for name, value in values.items()
        if isinstance(value, float | int)
    ]


def statistics(target: Target, execution: Any, step: str) -> CheckDocuments:
    """Return statistics.json of a data quality check and of its baseline; without a baseline, its own document twice.

    Raises:
        LookupError: the step has not run, or is not a check.
    """
    return _check_documents(target, execution, step, "Statistics")


def analyses(target: Target, execution: Any, step: str) -> CheckDocuments:
    """Return analysis.json of a bias or explainability check and of its baseline, as ``statistics`` does."""
    return _check_documents(target, execution, step, "Constraints")


def _check_documents(target: Target, execution: Any, step: str, file: str) -> CheckDocuments:
    check = check_result(target, {"Metadata": metadata(target, execution, step)})
    if check is None:
        raise LookupError(f"{step} is not a check")
    calculated = check.get(f"CalculatedBaseline{file}")
    if not calculated:
        raise LookupError(f"{step} has calculated no {file.lower()}")
    current, used = _document(target, calculated), check.get(f"BaselineUsedForDriftCheck{file}")
    report = _document(target, check["ViolationReport"]) if check.get("ViolationReport") else {"violations": ()}
    columns = list(dict.fromkeys(map(violations.column, report["violations"])))
    return CheckDocuments(_document(target, used) if used else current, current, columns)


def _document(target: Target, uri: str) -> dict[str, Any]:
    return dict(json.loads(next(data.objects(target, uri))))


def attributions(documents: CheckDocuments) -> pd.DataFrame:
    """Return how much each feature moves the prediction: its mean absolute SHAP value, in the prediction's unit."""
    labels = [next(iter(analysis["explanations"]["kernel_shap"].values())) for analysis in documents[:2]]
    return _side_by_side(*(label["global_shap_values"] for label in labels))


def bias(documents: CheckDocuments) -> pd.DataFrame:
    """Return the metrics of ``BIAS_METRICS`` for each group."""
    return _side_by_side(*map(_metrics, documents[:2]))


def _metrics(analysis: dict[str, Any]) -> dict[str, float]:
    facets = analysis.get("post_training_bias_metrics", {}).get("facets", {})
    values = {
        f"{facet}: {metric['name']}": metric["value"]
        for facet, groups in facets.items()
        for group in groups
        for metric in group["metrics"]
        if metric["name"] in BIAS_METRICS
    }
    return {name: value for name, value in values.items() if isinstance(value, float | int)}


def _side_by_side(baseline: dict[str, float], current: dict[str, float]) -> pd.DataFrame:
    return pd.DataFrame({"baseline": baseline, "now": current}).fillna(0.0)

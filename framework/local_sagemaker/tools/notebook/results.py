"""What an execution has left, as numbers for a picture: from its jobs' logs and from the files of its steps."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from local_sagemaker.tools.notebook import data
from local_sagemaker.tools.notebook.running import metadata
from local_sagemaker.tools.service import registry, violations
from local_sagemaker.tools.service.checks import check_in_execution
from local_sagemaker.tools.service.logs import JobLog
from local_sagemaker.tools.service.step_metadata import GROUPS, jobs
from local_sagemaker.tools.targets import Target

import pandas as pd

#: A round in XGBoost's log: CloudWatch writes a tab as #011.
XGBOOST = re.compile(r"^\[(\d+)\](?:#011|\t)(.+)$")
#: An epoch in that of Keras: a line with its number, and one with the figures.
EPOCH, FIGURES = re.compile(r"^Epoch (\d+)/\d+"), re.compile(r" - loss: ")
FIGURE = re.compile(r"([\w-]+):\s*([-+]?(?:[.\deE+-]+|nan|inf))")
#: Metrics of which 0 is no bias: differences between a group and all others, in the share of positive predictions, in
#: accuracy, in recall and in specificity.
BIAS = ("DPPL", "AD", "RD", "SD")
COLUMNS = ("version", "approval_status", "metric", "value", "threshold", "naive")


class CheckDocuments(NamedTuple):
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
    kind, job = _job(target, execution, step)
    log = JobLog(target.session.client("logs"), GROUPS[kind], job)
    rounds = dict(_rounds(line for _, line in log.new_lines()))
    if not rounds:
        raise LookupError(f"the log of {job} tells of no round")
    return pd.DataFrame.from_dict(rounds, orient="index")


def _rounds(lines: Iterator[str]) -> Iterator[tuple[int, dict[str, float]]]:
    epoch = 0
    for line in lines:
        if match := XGBOOST.match(line):
            figures = FIGURE.findall(match[2].replace("#011", "\t"))
            yield int(match[1]), {name: float(value) for name, value in figures}
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
    return data.read(target, _transformed(target, execution, step), header=None, names=["true", "predicted"])


def scores(target: Target, execution: Any, step: str) -> pd.DataFrame:
    """Columns ``id`` and ``score``, of a transform step that has put each score behind its row's id."""
    return data.read(target, _transformed(target, execution, step), header=None, names=["id", "score"])


def _transformed(target: Target, execution: Any, step: str) -> str:
    """URI of the prefix that a transform step wrote to."""
    _, job = _job(target, execution, step)
    return str(target.client.describe_transform_job(TransformJobName=job)["TransformOutput"]["S3OutputPath"])


def _job(target: Target, execution: Any, step: str) -> tuple[str, str]:
    """Kind and name of the job of a step."""
    found = jobs(metadata(target, execution, step))
    if not found:
        raise LookupError(f"step {step!r} has no job")
    return found[0]


def violated_columns(target: Target, execution: Any) -> list[dict[str, str]]:
    """What the checks of an execution found wrong: step, column, check, expected, observed."""
    return violations.find_violations(target, execution.arn)


def versions(target: Target, group: str) -> list[dict[str, Any]]:
    """The versions of a group, the newest first, with the metric that the gate compared."""
    found = (registry.describe_version(target, one) for one in registry.versions(target, group))
    return [{name: version.get(name, "") for name in COLUMNS} for version in found]


def metrics_by_version(target: Target, group: str, family: str) -> list[dict[str, Any]]:
    """The newest version's metrics on the test set, beside those of the best prediction that looks at no column.

    Args:
        target, group: of the version.
        family: member of evaluation.json, e.g. ``binary_classification_metrics``.
    """
    newest = next(iter(registry.versions(target, group)))
    evaluation = registry.describe_version(target, newest)["evaluation"]
    naive = evaluation["naive_baseline"].get(family, {})
    measured = {name: one["value"] for name, one in evaluation[family].items() if "value" in one}
    return [
        {"metric": name, "model": value, "naive": naive.get(name, {}).get("value", "")}
        for name, value in measured.items()
        if isinstance(value, float | int)
    ]


def statistics(target: Target, execution: Any, step: str) -> CheckDocuments:
    """statistics.json of a check of data quality, and of its baseline: where it compared with none, its own.

    Raises:
        LookupError: the step has not run, or is no check.
    """
    return _compared(target, execution, step, "Statistics")


def analyses(target: Target, execution: Any, step: str) -> CheckDocuments:
    """analysis.json of a check of bias or explainability, and of its baseline."""
    return _compared(target, execution, step, "Constraints")


def _compared(target: Target, execution: Any, step: str, file: str) -> CheckDocuments:
    check = check_in_execution(target, {"Metadata": metadata(target, execution, step)})
    if check is None:
        raise LookupError(f"{step} is no check")
    calculated = check.get(f"CalculatedBaseline{file}")
    if not calculated:
        raise LookupError(f"{step} has calculated no {file.lower()}")
    current, used = _document(target, calculated), check.get(f"BaselineUsedForDriftCheck{file}")
    report = _document(target, check["ViolationReport"]) if check.get("ViolationReport") else {"violations": ()}
    columns = list(dict.fromkeys(violations.column(one) for one in report["violations"]))
    return CheckDocuments(_document(target, used) if used else current, current, columns)


def _document(target: Target, uri: str) -> dict[str, Any]:
    return dict(json.loads(next(data.objects(target, uri))))


def attributions(found: CheckDocuments) -> pd.DataFrame:
    """How much each feature moves the prediction: the mean of its absolute SHAP values, in the prediction's unit."""
    labels = [next(iter(one["explanations"]["kernel_shap"].values())) for one in found[:2]]
    return _beside(*(label["global_shap_values"] for label in labels))


def bias(found: CheckDocuments) -> pd.DataFrame:
    """The metrics of ``BIAS``, for each group."""
    return _beside(*map(_metrics, found[:2]))


def _metrics(analysis: dict[str, Any]) -> dict[str, float]:
    facets = analysis.get("post_training_bias_metrics", {}).get("facets", {})
    values = {
        f"{facet}: {one['name']}": one["value"]
        for facet, groups in facets.items()
        for group in groups
        for one in group["metrics"]
        if one["name"] in BIAS
    }
    return {name: value for name, value in values.items() if isinstance(value, float | int)}


def _beside(baseline: dict[str, float], current: dict[str, float]) -> pd.DataFrame:
    return pd.DataFrame({"baseline": baseline, "now": current}).fillna(0.0)

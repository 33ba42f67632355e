"""Runs an analysis: takes a dataset, a configuration and possibly a model, and makes the files that Clarify writes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_monitor.clarify import local_values
from model_monitor.clarify.bias import Bias
from model_monitor.clarify.columns import Roles, Table
from model_monitor.clarify.config import CONFIG_NAME, AnalysisConfig
from model_monitor.clarify.explain import ConsistentScore, Explanations
from model_monitor.clarify.violations import attributions, load_constraints, metrics, violations
from model_monitor.explanations.kernel_shap import Score
from model_monitor.explanations.trees import scores
from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.predictor import InProcess, Invoke, Predictor, Predicts
from model_monitor.result import VIOLATIONS_FILE, Progress, write_files

ANALYSIS_FILE = "analysis.json"
#: The members of analysis.json, in Clarify's order.
MEMBERS = ("version", "explanations", "post_training_bias_metrics", "pre_training_bias_metrics")


@dataclass(frozen=True)
class Analysis:
    """Holds the result of a run; ``violations`` is None if nothing was compared, ``notes`` are remarks for the user."""

    rows: int
    document: dict[str, Any]
    violations: list[dict[str, str]] | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def files(self) -> dict[str, dict[str, Any]]:
        """The documents by file name; without a violation Clarify writes no file of violations."""
        documents = {ANALYSIS_FILE: self.document}
        return documents | (
            {VIOLATIONS_FILE: {"version": "1.0", "violations": self.violations}} if self.violations else {}
        )

    @property
    def metrics(self) -> dict[str, Any]:
        """The bias metrics: ``facet value metric`` -> its value, None if it is not defined."""
        return {f"{p.facet} {p.value} {p.metric}": value for p, value in metrics(self.document).items()}

    @property
    def attributions(self) -> dict[str, dict[str, float]]:
        """The global SHAP values: label -> feature -> value, sorted by size, the largest first."""
        by_label = attributions(self.document)
        return {
            label: dict(sorted(values.items(), key=lambda pair: -abs(pair[1]))) for label, values in by_label.items()
        }

    def write(self, folder: Path) -> None:
        """Write each document atomically into a folder, and remove files of these names that an earlier run wrote.

        Raises:
            MonitorError: the folder cannot be written to, or a result is not a finite number.
        """
        try:
            texts = {name: json.dumps(document, indent=4, allow_nan=False) for name, document in self.files.items()}
            local_values.put_in_place(folder)
        except ValueError:
            local_values.discard(folder)
            raise MonitorError(
                "a result is not a finite number: the data or the model's scores are too large"
            ) from None
        except OSError as error:
            raise MonitorError(f"cannot write to {str(folder)!r}: {error.strerror}") from None
        write_files(folder, texts, (ANALYSIS_FILE, VIOLATIONS_FILE))


@dataclass(frozen=True)
class Model:
    """A model that predicts, by one of these: ``invoke`` answers requests, ``score`` returns the scores of rows,
    ``booster`` is an XGBoost model. ``exact`` selects the exact SHAP values of its trees rather than KernelSHAP's.
    """

    invoke: Invoke | None = None
    score: Score | None = None
    booster: Any = None
    exact: bool = False

    def predictor(self, config: AnalysisConfig, features: Sequence[str]) -> Predicts | None:
        """Return the interface to the model; None if there is no model."""
        if self.score:
            return InProcess(self.score)
        if self.booster:
            return InProcess(scores(self.booster, features))
        if self.invoke is None:
            return None
        return Predictor.of(self.invoke, config.predictor, config.dataset_type, features)


def analyse(
    source: Path,
    config: AnalysisConfig,
    folder: Path,
    model: Model = Model(),
    constraints: Path | None = None,
    baseline: Path | None = None,
    on_progress: Progress = lambda done, total: None,
) -> Analysis:
    """Run the methods of the configuration.

    Args:
        source: the dataset: a file, or a folder of files.
        config: the methods, and the roles of the columns.
        folder: of the output: local SHAP values are written to a temporary folder in it; ``Analysis.write`` moves them.
        model: for methods that need predictions.
        constraints: an earlier analysis.json to compare with.
        baseline: rows for SHAP, if the configuration names a URI.
        on_progress: called with the number of parts that are done, and their total.

    Raises:
        MonitorError: the configuration does not fit the dataset, or the dataset or the model's answers cannot be used.
    """
    limits = load_constraints(constraints) if constraints else None
    try:
        return _analyse(source, config, folder, model, limits, baseline, on_progress)
    except BaseException:
        local_values.discard(folder)
        raise


def _analyse(
    source: Path,
    config: AnalysisConfig,
    folder: Path,
    model: Model,
    limits: Mapping[str, Any] | None,
    baseline: Path | None,
    on_progress: Progress,
) -> Analysis:
    table = Table.open(source, config)
    roles = Roles.of(table, config)
    predictor = model.predictor(config, roles.features) if config.needs_predictions else None
    if config.needs_predictions and predictor is None:
        raise MonitorError(f"{CONFIG_NAME} has methods that need a model's predictions, and there is no model")
    members: dict[str, Any] = {"version": "1.0"}
    rows, notes = 0, list[str]()
    if config.measures_bias:
        bias, rows, notes = Bias(config, table, roles, predictor).measure(on_progress)
        members |= bias
    if config.explains and predictor:
        trees = model.booster if model.exact else None
        explanations = Explanations(config, table, roles, ConsistentScore(predictor.scores), folder, baseline, trees)
        members["explanations"], rows = explanations.compute(on_progress)
        notes += explanations.notes
    document = {name: members[name] for name in MEMBERS if name in members}
    if limits is None:
        return Analysis(rows, document, None, notes)
    new_violations, incomparable = violations(document, limits)
    return Analysis(rows, document, new_violations, [*notes, *incomparable])

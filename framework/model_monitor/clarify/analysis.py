"""One run: a dataset, a configuration, and a model or none, to the files that Clarify writes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_monitor.clarify import local_values
from model_monitor.clarify.bias import Bias
from model_monitor.clarify.columns import Roles, Table
from model_monitor.clarify.config import WHERE, AnalysisConfig
from model_monitor.clarify.explain import Explanations, Steady
from model_monitor.clarify.violations import attributions, load, metrics, violations
from model_monitor.explanations.kernel_shap import Score
from model_monitor.explanations.trees import scores
from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.predictor import InProcess, Invoke, Predictor, Predicts
from model_monitor.result import VIOLATIONS, Progress, write

ANALYSIS = "analysis.json"
#: The order of the members.
MEMBERS = ("version", "explanations", "post_training_bias_metrics", "pre_training_bias_metrics")


@dataclass(frozen=True)
class Analysis:
    """What a run found; ``violations`` is None where nothing was compared, ``notes`` are for a person."""

    rows: int
    document: dict[str, Any]
    violations: list[dict[str, str]] | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def files(self) -> dict[str, dict[str, Any]]:
        """Name -> document. Without a violation Clarify writes no file of violations."""
        found = {ANALYSIS: self.document}
        return found | ({VIOLATIONS: {"version": "1.0", "violations": self.violations}} if self.violations else {})

    @property
    def metrics(self) -> dict[str, Any]:
        """The bias metrics: ``facet value metric`` -> its value, None where it is not defined."""
        return {f"{p.facet} {p.value} {p.metric}": value for p, value in metrics(self.document).items()}

    @property
    def attributions(self) -> dict[str, dict[str, float]]:
        """Label -> feature -> global SHAP value, the largest first."""
        found = attributions(self.document)
        return {label: dict(sorted(one.items(), key=lambda pair: -abs(pair[1]))) for label, one in found.items()}

    def write(self, folder: Path) -> None:
        """Write the documents into a folder, each at once; what an earlier run left under these names is gone.

        Raises:
            MonitorError: that cannot be written to.
        """
        try:
            texts = {name: json.dumps(document, indent=4, allow_nan=False) for name, document in self.files.items()}
            local_values.put_in_place(folder)
        except ValueError:
            local_values.discard(folder)
            raise MonitorError("a result is beyond any number: the data or the model's scores are too large") from None
        except OSError as error:
            raise MonitorError(f"cannot write to {str(folder)!r}: {error.strerror}") from None
        write(folder, texts, (ANALYSIS, VIOLATIONS))


@dataclass(frozen=True)
class Model:
    """What predicts; one of these: ``invoke`` answers requests, ``score`` gives the scores of rows, ``booster`` is an
    XGBoost model. ``exact`` asks for the SHAP values of the booster's trees, rather than KernelSHAP's.
    """

    invoke: Invoke | None = None
    score: Score | None = None
    booster: Any = None
    exact: bool = False

    def predictor(self, config: AnalysisConfig, features: Sequence[str]) -> Predicts | None:
        """The door to it; None where there is no model."""
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
    """Run what the configuration asks for.

    Args:
        source: the dataset: a file, or a folder of files.
        config: what to do.
        folder: of the output: local SHAP values are put aside there; ``Analysis.write`` puts all in place.
        model: for what needs predictions.
        constraints: an earlier analysis.json to compare with.
        baseline: rows for SHAP, where the configuration names a URI.
        on_progress: called with how much is done, and how much there is.

    Raises:
        MonitorError: the configuration does not fit the dataset, or the dataset or the model's answers cannot be used.
    """
    demanded = load(constraints) if constraints else None
    try:
        return _analysed(source, config, folder, model, demanded, baseline, on_progress)
    except BaseException:
        local_values.discard(folder)
        raise


def _analysed(
    source: Path,
    config: AnalysisConfig,
    folder: Path,
    model: Model,
    demanded: Mapping[str, Any] | None,
    baseline: Path | None,
    on_progress: Progress,
) -> Analysis:
    table = Table.open(source, config)
    roles = Roles.of(table, config)
    predictor = model.predictor(config, roles.features) if config.needs_predictions else None
    if config.needs_predictions and predictor is None:
        raise MonitorError(f"{WHERE} asks for what needs a model's predictions, and there is no model")
    found: dict[str, Any] = {"version": "1.0"}
    rows, notes = 0, list[str]()
    if config.measures_bias:
        bias, rows, notes = Bias(config, table, roles, predictor).measured(on_progress)
        found |= bias
    if config.explains and predictor:
        trees = model.booster if model.exact else None
        explanations = Explanations(config, table, roles, Steady(predictor.scores), folder, baseline, trees)
        found["explanations"], rows = explanations.made(on_progress)
        notes += explanations.notes
    document = {name: found[name] for name in MEMBERS if name in found}
    if demanded is None:
        return Analysis(rows, document, None, notes)
    violated, incomparable = violations(document, demanded)
    return Analysis(rows, document, violated, [*notes, *incomparable])

"""analysis_config.json as values. Standard library only, so that anything can look at one before it is used."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_monitor import json_files
from model_monitor.bias.names import POST_TRAINING_NAMES, PRE_TRAINING_NAMES
from model_monitor.clarify import config_members
from model_monitor.clarify.config_members import check_members
from model_monitor.monitor_error import MonitorError
from model_monitor.near_names import did_you_mean
from model_monitor.predictions.media_types import JSON_LINES

WHERE = "the analysis configuration"
PRE, POST, SHAP, PDP = "pre_training_bias", "post_training_bias", "shap", "pdp"
#: Clarify's default, of what becomes 1 of a score.
PROBABILITY_THRESHOLD = 0.5


@dataclass(frozen=True)
class AnalysisConfig:
    """What to analyse and how: the members of analysis_config.json, with their defaults where they have such.

    ``methods`` holds, for each method that is asked for, its parameters.
    """

    dataset_type: str
    methods: Mapping[str, Mapping[str, Any]]
    headers: Sequence[str] | None = None
    label: str | int | None = None
    predicted_label: str | int | None = None
    features: str | None = None
    label_values_or_threshold: Sequence[Any] = ()
    probability_threshold: float | None = None
    facet: Sequence[Mapping[str, Any]] = ()
    group_variable: str | int | None = None
    excluded_columns: Sequence[str | int] = ()
    joinsource_name_or_index: str | int | None = None
    predictor: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Any) -> AnalysisConfig:
        """The configuration that a JSON document holds.

        Raises:
            MonitorError: it has an unknown member or an impossible value, or lacks what its methods need.
        """
        try:
            json.dumps(given, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise MonitorError(f"{WHERE} holds {error.object[:60]!r}, which is no valid text") from None
        document = dict(check_members(given, config_members.ANALYSIS, WHERE))
        document.pop("version", None)
        for name in ("dataset_type", "methods"):
            if name not in document:
                raise MonitorError(f"{WHERE} has no {name}")
        config = cls(**document)
        config._check()
        return config

    @classmethod
    def load(cls, path: Path) -> AnalysisConfig:
        """The configuration in a file; see ``of``."""
        return cls.of(json_files.load(path, "analysis configuration"))

    def metrics(self, method: str) -> Sequence[str]:
        """The names of the metrics that a bias method computes."""
        asked = self.methods[method].get("methods", "all")
        every = {PRE: PRE_TRAINING_NAMES, POST: POST_TRAINING_NAMES}[method]
        return every if asked == "all" else [name for name in every if name in asked]

    @property
    def measures_bias(self) -> bool:
        """Whether a bias method is asked for."""
        return PRE in self.methods or POST in self.methods

    @property
    def explains(self) -> bool:
        """Whether SHAP values or partial dependence are asked for."""
        return SHAP in self.methods or PDP in self.methods

    @property
    def needs_predictions(self) -> bool:
        """Whether a model has to be asked."""
        return self.explains or (POST in self.methods and self.predicted_label is None)

    def _check(self) -> None:
        check_members(self.methods, config_members.METHODS, f"{WHERE}: methods")
        for name, parameters in self.methods.items():
            check_members(parameters, config_members.METHODS[name], f"{WHERE}: methods.{name}")
        check_members(self.predictor, config_members.PREDICTOR, f"{WHERE}: predictor")
        if not (self.measures_bias or self.explains):
            raise MonitorError(f"{WHERE} asks for no method; there are {PRE}, {POST}, {SHAP} and {PDP}")
        if twice := [name for name, count in Counter(self.headers or ()).items() if count > 1]:
            raise MonitorError(f"{WHERE}: two headers are {twice[0]!r}; give each column a name of its own")
        if self.measures_bias:
            self._check_bias()
        if PDP in self.methods and SHAP not in self.methods and not self.methods[PDP].get("features"):
            raise MonitorError(f"{WHERE}: methods.pdp needs features, as there is no shap to choose them by")
        if SHAP in self.methods and {"baseline", "num_clusters"} <= self.methods[SHAP].keys():
            raise MonitorError(f"{WHERE}: methods.shap has baseline and num_clusters; it must have one or the other")
        if self.dataset_type == JSON_LINES and not self.features:
            raise MonitorError(f"{WHERE}: {JSON_LINES} needs features, a JMESPath expression")

    def _check_bias(self) -> None:
        for name in ("label", "label_values_or_threshold", "facet"):
            if getattr(self, name) in (None, (), []):
                raise MonitorError(f"{WHERE} has no {name}, which bias is measured by")
        for number, facet in enumerate(self.facet):
            check_members(facet, config_members.FACET, f"{WHERE}: facet {number}")
            if "name_or_index" not in facet:
                raise MonitorError(f"{WHERE}: facet {number} has no name_or_index")
        for method, every in ((PRE, PRE_TRAINING_NAMES), (POST, POST_TRAINING_NAMES)):
            asked = self.methods.get(method, {}).get("methods", "all")
            for name in asked if asked != "all" else ():
                if name not in every:
                    hint = did_you_mean(name, every, 0.5)
                    raise MonitorError(
                        f"{WHERE}: methods.{method} has no metric {name!r}{hint} (there are: {', '.join(every)})"
                    )

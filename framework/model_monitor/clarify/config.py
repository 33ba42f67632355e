"""Reads and checks analysis_config.json. Standard library only, so that any code can check one before it is used."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model_monitor import json_files
from model_monitor.bias_metrics.names import POST_TRAINING_NAMES, PRE_TRAINING_NAMES
from model_monitor.clarify import config_members
from model_monitor.clarify.config_members import check_members
from model_monitor.monitor_error import MonitorError
from model_monitor.near_names import did_you_mean
from model_monitor.predictions.media_types import JSON_LINES

CONFIG_NAME = "the analysis configuration"
PRE, POST, SHAP, PDP = "pre_training_bias", "post_training_bias", "shap", "pdp"
#: Clarify's default: a score above this becomes the label 1.
PROBABILITY_THRESHOLD = 0.5


@dataclass(frozen=True)
class AnalysisConfig:
    """Describes an analysis: the members of analysis_config.json, with Clarify's defaults.

    ``methods`` holds the parameters of each requested method.
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
    def of(cls, content: Any) -> AnalysisConfig:
        """Return the configuration in a JSON document.

        Raises:
            MonitorError: it has an unknown member or an invalid value, or lacks what its methods need.
        """
        try:
            json.dumps(content, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise MonitorError(f"{CONFIG_NAME} holds {error.object[:60]!r}, which is not valid text") from None
        document = dict(check_members(content, config_members.ANALYSIS, CONFIG_NAME))
        document.pop("version", None)
        for name in ("dataset_type", "methods"):
            if name not in document:
                raise MonitorError(f"{CONFIG_NAME} has no {name}")
        config = cls(**document)
        config._check()
        return config

    @classmethod
    def load(cls, path: Path) -> AnalysisConfig:
        """Return the configuration in a file; see ``of``."""
        return cls.of(json_files.load(path, "analysis configuration"))

    def metrics(self, method: str) -> Sequence[str]:
        """Return the names of the metrics that a bias method computes."""
        requested = self.methods[method].get("methods", "all")
        names = {PRE: PRE_TRAINING_NAMES, POST: POST_TRAINING_NAMES}[method]
        return names if requested == "all" else [name for name in names if name in requested]

    @property
    def measures_bias(self) -> bool:
        """Whether a bias method is requested."""
        return PRE in self.methods or POST in self.methods

    @property
    def explains(self) -> bool:
        """Whether SHAP values or partial dependence are requested."""
        return SHAP in self.methods or PDP in self.methods

    @property
    def needs_predictions(self) -> bool:
        """Whether the methods need a model's predictions."""
        return self.explains or (POST in self.methods and self.predicted_label is None)

    def _check(self) -> None:
        check_members(self.methods, config_members.METHODS, f"{CONFIG_NAME}: methods")
        for name, parameters in self.methods.items():
            check_members(parameters, config_members.METHODS[name], f"{CONFIG_NAME}: methods.{name}")
        check_members(self.predictor, config_members.PREDICTOR, f"{CONFIG_NAME}: predictor")
        if not (self.measures_bias or self.explains):
            raise MonitorError(f"{CONFIG_NAME} has no method; there are {PRE}, {POST}, {SHAP} and {PDP}")
        if duplicates := [name for name, count in Counter(self.headers or ()).items() if count > 1]:
            raise MonitorError(f"{CONFIG_NAME}: two headers are {duplicates[0]!r}; give each column a name of its own")
        if self.measures_bias:
            self._check_bias()
        if PDP in self.methods and SHAP not in self.methods and not self.methods[PDP].get("features"):
            raise MonitorError(f"{CONFIG_NAME}: methods.pdp needs features, as there is no shap method to select them")
        if SHAP in self.methods and {"baseline", "num_clusters"} <= self.methods[SHAP].keys():
            raise MonitorError(f"{CONFIG_NAME}: methods.shap has baseline and num_clusters; give only one of them")
        if self.dataset_type == JSON_LINES and not self.features:
            raise MonitorError(f"{CONFIG_NAME}: {JSON_LINES} needs features, a JMESPath expression")

    def _check_bias(self) -> None:
        for name in ("label", "label_values_or_threshold", "facet"):
            if getattr(self, name) in (None, (), []):
                raise MonitorError(f"{CONFIG_NAME} has no {name}; the bias methods need it")
        for number, facet in enumerate(self.facet):
            check_members(facet, config_members.FACET, f"{CONFIG_NAME}: facet {number}")
            if "name_or_index" not in facet:
                raise MonitorError(f"{CONFIG_NAME}: facet {number} has no name_or_index")
        for method, known_names in ((PRE, PRE_TRAINING_NAMES), (POST, POST_TRAINING_NAMES)):
            requested = self.methods.get(method, {}).get("methods", "all")
            for name in requested if requested != "all" else ():
                if name not in known_names:
                    hint = did_you_mean(name, known_names, 0.5)
                    raise MonitorError(
                        f"{CONFIG_NAME}: methods.{method} has no metric {name!r}{hint} "
                        f"(there are: {', '.join(known_names)})"
                    )

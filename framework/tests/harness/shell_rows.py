"""Rows of shells with their rings, configurations of Clarify's for them, and an analysis of both."""

from __future__ import annotations

from model_monitor.clarify.analysis import Model, analyse
from model_monitor.clarify.config import AnalysisConfig

import numpy as np

NAMES = ["rings", "size", "weight", "sex_F", "sex_M"]
RANDOM = np.random.default_rng(0)
SEX = RANDOM.integers(0, 2, 300)
FEATURES = np.column_stack([RANDOM.normal(size=(300, 2)).round(3), SEX == 0, SEX == 1]).astype(float)
RINGS = (10 + 3 * FEATURES[:, 0] + 2 * SEX + RANDOM.normal(size=300)).round(1)
BIAS = {
    "dataset_type": "text/csv",
    "headers": NAMES,
    "label": "rings",
    "label_values_or_threshold": [11.0],
    "facet": [{"name_or_index": "sex_F", "value_or_threshold": [0.5]}],
    "methods": {"pre_training_bias": {"methods": "all"}},
}
SHAP = {
    "dataset_type": "text/csv",
    "headers": NAMES,
    "label": "rings",
    "methods": {"shap": {"baseline": [[0, 0, 1, 0]], "num_samples": 20, "seed": 1, "save_local_shap_values": True}},
    "predictor": {"content_type": "text/csv"},
}


def explain(shells, tmp_path, shap, model=lambda x: x[:, 0] * 3 + x[:, 1], **more):
    """The member explanations of an analysis in this process."""
    from model_monitor.explanations.trees import as_numbers

    config = AnalysisConfig.of(SHAP | {"methods": {"shap": shap} | more})
    score = Model(score=lambda rows: model(as_numbers(rows)).reshape(len(rows), -1))
    found = analyse(shells, config, tmp_path / "out", score)
    found.write(tmp_path / "out")
    return found.document["explanations"]

"""Rows of shells with their rings, Clarify configurations for them, and a function that runs an analysis."""

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


def explain(shells, tmp_path, shap, model=lambda x: x[:, 0] * 3 + x[:, 1], **members):
    """Run an analysis in this process; return the member ``explanations`` of its document."""
    from model_monitor.explanations.trees import as_numbers

    config = AnalysisConfig.of(SHAP | {"methods": {"shap": shap} | members})
    score = Model(score=lambda rows: model(as_numbers(rows)).reshape(len(rows), -1))
    result = analyse(shells, config, tmp_path / "out", score)
    result.write(tmp_path / "out")
    return result.document["explanations"]

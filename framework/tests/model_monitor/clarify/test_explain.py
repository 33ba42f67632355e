"""Tests SHAP values and partial dependence with various configurations."""

from __future__ import annotations

from model_monitor.clarify.analysis import Model, analyse
from model_monitor.clarify.config import AnalysisConfig
from model_monitor.monitor_error import MonitorError

import numpy as np
import pytest
from shell_rows import BIAS, FEATURES, NAMES, RINGS, SHAP, explain


def test_the_default_baseline_has_the_centres_of_clusters(shells, tmp_path):
    explanations = explain(shells, tmp_path, {"num_clusters": 2, "seed": 1, "num_samples": 30})

    lines = tmp_path.joinpath("out", "explanations_shap", "baseline.csv").read_text().splitlines()
    centres = np.array([line.split(",") for line in lines[1:]], float)
    assert centres.shape == (2, 4)
    assert sorted(centres[:, 2]) == pytest.approx([0, 1], abs=0.05), "the sexes are the clusters"
    assert explanations["kernel_shap"]["label0"]["expected_value"] == pytest.approx((centres @ [3, 1, 0, 0]).mean())
    explain(shells, tmp_path, {"seed": 1, "num_samples": 30})
    lines = tmp_path.joinpath("out", "explanations_shap", "baseline.csv").read_text().splitlines()
    assert 3 <= len(lines) <= 13, "from 2 to 12 clusters, if no number is configured"
    assert not tmp_path.joinpath("out", "explanations_shap", "out.csv").exists(), "it was not requested"


@pytest.mark.parametrize(
    ("method", "aggregate"),
    [
        ("mean_abs", lambda v: abs(v).mean(axis=0)),
        ("mean_sq", lambda v: (v**2).mean(axis=0)),
        ("median", lambda v: np.median(v, axis=0)),
    ],
)
def test_local_values_are_aggregated_by_the_configured_method(shells, tmp_path, method, aggregate):
    explanations = explain(shells, tmp_path, {"baseline": [[0, 0, 0, 0]], "agg_method": method, "num_samples": 30})

    local = FEATURES * [3, 1, 0, 0]
    assert list(explanations["kernel_shap"]["label0"]["global_shap_values"].values()) == pytest.approx(
        aggregate(local), abs=1e-9
    )


def test_partial_dependence_of_the_most_important_numeric_features(shells, tmp_path):
    entries = explain(
        shells,
        tmp_path,
        {"baseline": [[0, 0, 0, 0]], "num_samples": 30},
        pdp={"grid_resolution": 4, "top_k_features": 2},
    )["pdp"]

    assert [entry["feature_name"] for entry in entries] == ["size", "weight"]
    size = entries[0]
    low, high = FEATURES[:, 0].min(), FEATURES[:, 0].max()
    assert size["data_type"] == "numerical"
    assert size["feature_values"] == pytest.approx([low + (high - low) * (n + 0.5) / 4 for n in range(4)])
    assert size["data_distribution"] == pytest.approx((np.histogram(FEATURES[:, 0], 4)[0] / 300).tolist())
    assert size["label_headers"] == ["label0"]
    (dependence,) = size["model_predictions"]
    assert dependence == pytest.approx([3 * value + FEATURES[:, 1].mean() for value in size["feature_values"]])


def test_partial_dependence_of_texts(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("sex,size\n" + "F,1\nM,2\nF,3\n" * 10)
    config = {"dataset_type": "text/csv", "methods": {"pdp": {"features": ["sex"]}}, "predictor": {}}

    def score(rows):
        is_female = np.array([cell == "F" for cell in rows.column(0).to_pylist()], float)
        return (is_female + np.array(rows.column(1).to_pylist(), float))[:, None]

    document = analyse(path, AnalysisConfig.of(config), tmp_path / "out", Model(score=score)).document

    (sex,) = document["explanations"]["pdp"]
    assert (sex["data_type"], sex["feature_values"]) == ("categorical", ["F", "M"])
    assert sex["data_distribution"] == pytest.approx([2 / 3, 1 / 3])
    assert sex["model_predictions"] == [pytest.approx([3.0, 2.0])]


def test_a_model_with_other_features_is_refused(shells, tmp_path):
    xgboost = pytest.importorskip("xgboost")
    pandas = pytest.importorskip("pandas")
    config = AnalysisConfig.of(SHAP)
    few_features = xgboost.train({}, xgboost.DMatrix(FEATURES[:, :2], RINGS), 2)
    reversed_columns = pandas.DataFrame(FEATURES[:, ::-1], columns=NAMES[:0:-1])
    other_order = xgboost.train({}, xgboost.DMatrix(reversed_columns, RINGS), 2)

    with pytest.raises(MonitorError, match="the model has 2 features, and the dataset 4"):
        analyse(shells, config, tmp_path / "out", Model(booster=few_features))
    with pytest.raises(
        MonitorError, match="the model takes sex_M, sex_F, weight, size; the dataset has them in the order"
    ):
        analyse(shells, config, tmp_path / "out", Model(booster=other_order))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda x: np.full((len(x), 1 + (len(x) == 1)), 1.0), "scores per row at first"),
        (lambda x: np.full(len(x), 1e308) * np.sign(x[:, 0]), "a result is not a finite number"),
    ],
)
def test_a_model_with_inconsistent_or_infinite_scores_is_refused(shells, tmp_path, model, message):
    with pytest.raises(MonitorError, match=message), np.errstate(all="ignore"):
        explain(shells, tmp_path, {"baseline": [[0, 0, 0, 0]], "num_samples": 30}, model)

    assert not tmp_path.joinpath("out").exists()


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["1", "-inf", "2"], "holds numbers that are infinite, or too far apart"),
        (["1", "inf", "2"], "holds numbers that are infinite, or too far apart"),
        (["1e308", "-1e308"], "too far apart"),
        (["", "", ""], "has no value in any row"),
        ([f"name{n}" for n in range(1200)], "has over 1,000 distinct strings"),
    ],
)
def test_a_feature_that_cannot_be_plotted_is_refused(tmp_path, cells, message):
    path = tmp_path / "data.csv"
    path.write_text("a,b\n" + "".join(f"{cell},{n}\n" for n, cell in enumerate(cells)))
    config = {"dataset_type": "text/csv", "methods": {"pdp": {"features": [0]}}, "predictor": {}}

    with pytest.raises(MonitorError, match=message):
        analyse(
            path, AnalysisConfig.of(config), tmp_path / "out", Model(score=lambda rows: np.full((len(rows), 1), 1.0))
        )


def test_the_flip_test_and_clustering_refuse_infinite_cells(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(
        "y,p,s,x\n"
        + "".join(f"{'ab'[n % 2]},{'ab'[n % 3 % 2]},{'FM'[n % 2]},{n}\n" for n in range(40))
        + "a,a,F,1e400\n"
    )
    config = BIAS | {"headers": ["y", "p", "s", "x"], "label": "y", "predicted_label": "p"}
    config |= {"label_values_or_threshold": ["a"], "facet": [{"name_or_index": "s", "value_or_threshold": ["F"]}]}
    post = config | {"methods": {"post_training_bias": {"methods": ["FT"]}}}

    (entry,) = analyse(path, AnalysisConfig.of(post), tmp_path / "out").document["post_training_bias_metrics"][
        "facets"
    ]["s"]

    assert entry["metrics"][0]["error"] == "FlipTest does not support missing values"
    shap = {"dataset_type": "text/csv", "methods": {"shap": {}}, "predictor": {}}
    with pytest.raises(MonitorError, match="a feature holds an infinite number"):
        analyse(path, AnalysisConfig.of(shap), tmp_path / "out", Model(score=lambda rows: np.full((len(rows), 1), 1.0)))

"""Compares SHAP values with their definition, with the shap library and with each other."""

from __future__ import annotations

import subprocess
import sys
from itertools import permutations
from math import factorial

from model_monitor.clarify.violations import ndcg
from model_monitor.explanations.coalitions import Coalitions
from model_monitor.explanations.kernel_shap import KernelShap
from model_monitor.explanations.trees import as_numbers
from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.rows import Rows

import numpy as np
import pyarrow as pa
import pytest
from paths import ROOT


def to_rows(data):
    return Rows.of([pa.array([None if v != v else repr(float(v)) for v in column], pa.string()) for column in data.T])


def explain(function, data, baseline, samples=10_000, **settings):
    """Return the KernelSHAP values of a function of arrays, and the expected value."""
    both = to_rows(np.concatenate([data, baseline]))
    own, baseline_rows = both.slice(0, len(data)), both.slice(len(data), len(both))
    kernel = KernelShap(lambda rows: function(as_numbers(rows)).reshape(len(rows), -1), samples, **settings)
    return kernel.values(own, baseline_rows), kernel.expected_value(baseline_rows)


def shapley_values(function, row, baseline):
    """Return the mean, over all orders of the features, of what each adds at its turn."""
    values = np.zeros(len(row))
    for order in permutations(range(len(row))):
        rows = baseline.copy()
        before = function(rows).mean()
        for feature in order:
            rows[:, feature] = row[feature]
            now = function(rows).mean()
            values[feature] += now - before
            before = now
    return values / factorial(len(row))


def nonlinear(data):
    return 3 * data[:, 0] + data[:, 1] * data[:, 2] - np.sin(data[:, 3]) * data[:, 0] + 5


RANDOM = np.random.default_rng(0)
DATA, BASELINE = RANDOM.normal(size=(40, 5)), RANDOM.normal(size=(3, 5))


def test_with_all_coalitions_values_follow_the_definition():
    values, expected = explain(nonlinear, DATA[:6], BASELINE)

    assert expected == pytest.approx(nonlinear(BASELINE).mean())
    for row, row_values in zip(DATA[:6], values[:, :, 0], strict=True):
        assert row_values == pytest.approx(shapley_values(nonlinear, row, BASELINE), abs=1e-12)


@pytest.mark.parametrize("samples", [1, 2, 4, 9, 20, 30])
def test_values_and_the_expected_value_sum_to_the_prediction_for_any_number_of_samples(samples):
    values, expected = explain(nonlinear, DATA, BASELINE, samples, seed=7)

    assert values[:, :, 0].sum(axis=1) + expected == pytest.approx(nonlinear(DATA), abs=1e-12)


@pytest.mark.parametrize(
    ("features", "samples"), [(2, 5), (3, 3), (10, 100), (11, 4), (12, 300), (40, 2000), (69, 100)]
)
def test_coalitions_are_distinct_neither_empty_nor_complete_and_their_weights_sum_to_1(features, samples):
    coalitions = Coalitions.draw(features, samples, 1)

    sizes = coalitions.members.sum(axis=1)
    assert len(np.unique(coalitions.members, axis=0)) == len(sizes) <= min(samples, 2**features - 2)
    assert len(sizes) >= min(samples, 2**features - 2) - 1
    assert sizes.min() > 0 and sizes.max() < features
    assert coalitions.weights.sum() == pytest.approx(1)


def test_values_depend_on_the_seed():
    wide, baseline = RANDOM.normal(size=(3, 14)), np.zeros((1, 14))

    def product(data):
        return (data[:, :7] * data[:, 7:]).sum(axis=1) ** 2

    first, again, other_seed = (explain(product, wide, baseline, 100, seed=seed)[0] for seed in (1, 1, 2))

    assert (first == again).all()
    assert not np.allclose(first, other_seed)


def test_a_feature_with_the_baselines_value_has_the_shap_value_0():
    data = DATA[:5].copy()
    data[:, 1] = 0.0

    values, _ = explain(nonlinear, data, np.zeros((2, 5)), 12)

    assert (values[:, 1] == 0).all()
    assert (values[:, 4] != 0).any() or np.allclose(values[:, 4], 0)
    assert (values[:, 0] != 0).all()


def test_use_logit_explains_log_odds():
    def probability(data):
        return 1 / (1 + np.exp(-(data[:, 0] + 2 * data[:, 1])))

    values, expected = explain(probability, DATA[:4, :3], np.zeros((1, 3)), use_logit=True)

    assert expected == pytest.approx([0])
    assert values[:, :, 0] == pytest.approx(DATA[:4, :3] * [1, 2, 0], abs=1e-9)
    with pytest.raises(MonitorError, match="use_logit needs probabilities; the model returned"):
        explain(nonlinear, DATA[:4], BASELINE, use_logit=True)


def test_a_model_of_several_outputs_is_explained_output_by_output():
    def outputs(data):
        return np.stack([nonlinear(data), -2 * nonlinear(data)], axis=1)

    values, expected = explain(outputs, DATA[:4], BASELINE)

    assert values[:, :, 1] == pytest.approx(-2 * values[:, :, 0])
    assert expected[1] == pytest.approx(-2 * expected[0])


def test_text_features_are_explained():
    cells = [pa.array(["red", "blue", "green"]), pa.array(["1", "2", "3"])]
    rows = Rows.of(cells)

    def score(rows):
        is_red = np.array([cell == "red" for cell in rows.column(0).to_pylist()], float)
        return (10 * is_red + np.array([float(c) for c in rows.column(1).to_pylist()]))[:, None]

    values = KernelShap(score, 100).values(rows.slice(0, 2), rows.slice(2, 3))

    assert values[:, :, 0] == pytest.approx(np.array([[10, -2], [0, -1]]))


@pytest.fixture(scope="module")
def trained_trees():
    """A tree model trained on data with missing values, and those 32-bit rows."""
    xgboost = pytest.importorskip("xgboost", reason="the trees are XGBoost's")
    random = np.random.default_rng(3)
    data = random.normal(size=(2000, 8)).astype(np.float32)
    data[random.random(data.shape) < 0.05] = np.nan
    filled = np.nan_to_num(data)
    target = 2 * filled[:, 0] + filled[:, 1] * filled[:, 2] + np.sin(filled[:, 3]) + random.normal(0, 0.1, 2000)
    return xgboost.train({"max_depth": 5, "seed": 0}, xgboost.DMatrix(data, target), 20), data


def explain_trees(model, rows, baseline):
    from model_monitor.explanations import tree_shap
    from model_monitor.explanations.trees import Paths

    paths = Paths.of(model)
    return tree_shap.values(paths, rows, baseline), tree_shap.expected_value(paths, baseline)


def test_tree_shap_equals_kernel_shap_with_all_coalitions(trained_trees):
    model, data = trained_trees
    rows, baseline = data[:6], data[100:103]

    values, expected = explain_trees(model, rows, baseline)

    by_kernel, same = explain(lambda rows: model.inplace_predict(rows.astype(np.float32)), rows, baseline)
    assert values == pytest.approx(by_kernel[:, :, 0], abs=2e-5)  # XGBoost adds up in 32 bits
    assert expected == pytest.approx(same[0], abs=1e-5)
    assert values.sum(axis=1) + expected == pytest.approx(model.inplace_predict(rows), abs=1e-4)


def test_few_samples_suffice_to_rank_the_features(trained_trees):
    model, data = trained_trees
    rows, baseline = data[:100], data[100:102]

    exact = abs(explain_trees(model, rows, baseline)[0]).mean(axis=0)
    few, _ = explain(lambda rows: model.inplace_predict(rows.astype(np.float32)), rows, baseline, 60)

    assert ndcg(exact.tolist(), abs(few[:, :, 0]).mean(axis=0).tolist()) > 0.99


def test_without_numba_tree_shap_is_the_same(trained_trees, tmp_path):
    model, data = trained_trees
    model.save_model(tmp_path / "model.json")
    np.savez(tmp_path / "data.npz", rows=data[:4], baseline=data[50:52])
    code = f"""
import sys; sys.modules["numba"] = None
import numpy, xgboost
from model_monitor.explanations import tree_shap
from model_monitor.explanations.trees import Paths
model = xgboost.Booster(model_file={str(tmp_path / "model.json")!r})
with numpy.load({str(tmp_path / "data.npz")!r}) as data:
    numpy.save({str(tmp_path / "values.npy")!r}, tree_shap.values(Paths.of(model), data["rows"], data["baseline"]))
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)

    assert np.load(tmp_path / "values.npy") == pytest.approx(explain_trees(model, data[:4], data[50:52])[0], abs=1e-12)


@pytest.mark.parametrize(
    ("parameters", "labels", "message"),
    [
        ({"booster": "gblinear"}, 2, "a model of trees"),
        ({"objective": "multi:softprob", "num_class": 3}, 3, "models with one output"),
    ],
)
def test_tree_shap_refuses_other_models(trained_trees, parameters, labels, message):
    import xgboost

    data = np.nan_to_num(trained_trees[1][:50])
    model = xgboost.train(parameters, xgboost.DMatrix(data, np.arange(50) % labels), 2)

    with pytest.raises(MonitorError, match=message):
        explain_trees(model, data, data[:1])


@pytest.mark.parametrize("objective", ["binary:logitraw", "reg:absoluteerror"])
def test_the_expected_value_of_trees_is_the_models_mean_prediction(trained_trees, objective):
    import xgboost

    data = np.nan_to_num(trained_trees[1][:300])
    target = (data[:, 0] > 0.3).astype(float)
    model = xgboost.train({"objective": objective}, xgboost.DMatrix(data, target), 5)

    values, expected = explain_trees(model, data[:5], data[10:12])

    assert expected == pytest.approx(model.inplace_predict(data[10:12]).mean(), abs=1e-5)
    assert values.sum(axis=1) + expected == pytest.approx(model.inplace_predict(data[:5]), abs=1e-5)


@pytest.mark.oracle
def test_the_shap_library_gives_the_same_values(trained_trees):
    shap = pytest.importorskip("shap", reason="the oracle comes with the extra 'test'")
    model, data = trained_trees
    rows, baseline = data[:300], data[500:510]

    assert explain_trees(model, rows, baseline)[0] == pytest.approx(
        shap.TreeExplainer(model, shap.maskers.Independent(baseline, max_samples=10)).shap_values(rows), abs=1e-4
    )
    clean = np.nan_to_num(rows[:20])
    theirs = shap.KernelExplainer(lambda rows: model.inplace_predict(rows.astype(np.float32)), clean[:3])
    ours, _ = explain(lambda rows: model.inplace_predict(rows.astype(np.float32)), clean, clean[:3])
    assert ours[:, :, 0] == pytest.approx(theirs.shap_values(clean, nsamples=254, l1_reg=0, silent=True), abs=1e-4)


def test_ndcg_of_the_documentations_example():
    """Take the example of SAT score, GPA and class rank, whose attributions have reversed their order."""
    assert ndcg([0.70, 0.50, 0.05], [0.10, 0.20, 0.70]) == pytest.approx(0.69, abs=0.005)
    assert ndcg([0.3], [0.1]) == 1
    with pytest.raises(MonitorError, match="negative attributions"):
        ndcg([-0.1, 0.2], [0.1, 0.2])

"""SHAP values: against their definition, the shap library and each other."""

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


def rows_of(data):
    return Rows.of([pa.array([None if v != v else repr(float(v)) for v in column], pa.string()) for column in data.T])


def explained(function, data, baseline, samples=10_000, **settings):
    """SHAP values by KernelSHAP of a function of arrays, and what is expected."""
    both = rows_of(np.concatenate([data, baseline]))
    own, others = both.some(0, len(data)), both.some(len(data), len(both))
    kernel = KernelShap(lambda rows: function(as_numbers(rows)).reshape(len(rows), -1), samples, **settings)
    return kernel.values(own, others), kernel.expected(others)


def by_definition(function, row, baseline):
    """The mean, over all orders of the features, of what each adds when it comes."""
    found = np.zeros(len(row))
    for order in permutations(range(len(row))):
        some = baseline.copy()
        before = function(some).mean()
        for feature in order:
            some[:, feature] = row[feature]
            now = function(some).mean()
            found[feature] += now - before
            before = now
    return found / factorial(len(row))


def curved(data):
    return 3 * data[:, 0] + data[:, 1] * data[:, 2] - np.sin(data[:, 3]) * data[:, 0] + 5


RANDOM = np.random.default_rng(0)
DATA, BASELINE = RANDOM.normal(size=(40, 5)), RANDOM.normal(size=(3, 5))


def test_with_all_coalitions_values_are_those_of_the_definition():
    values, expected = explained(curved, DATA[:6], BASELINE)

    assert expected == pytest.approx(curved(BASELINE).mean())
    for row, found in zip(DATA[:6], values[:, :, 0], strict=True):
        assert found == pytest.approx(by_definition(curved, row, BASELINE), abs=1e-12)


@pytest.mark.parametrize("samples", [1, 2, 4, 9, 20, 30])
def test_values_and_the_expected_one_sum_to_the_prediction_however_few_are_drawn(samples):
    values, expected = explained(curved, DATA, BASELINE, samples, seed=7)

    assert values[:, :, 0].sum(axis=1) + expected == pytest.approx(curved(DATA), abs=1e-12)


@pytest.mark.parametrize(
    ("features", "samples"), [(2, 5), (3, 3), (10, 100), (11, 4), (12, 300), (40, 2000), (69, 100)]
)
def test_coalitions_are_different_neither_empty_nor_whole_and_weigh_1_together(features, samples):
    coalitions = Coalitions.drawn(features, samples, 1)

    sizes = coalitions.members.sum(axis=1)
    assert len(np.unique(coalitions.members, axis=0)) == len(sizes) <= min(samples, 2**features - 2)
    assert len(sizes) >= min(samples, 2**features - 2) - 1
    assert sizes.min() > 0 and sizes.max() < features
    assert coalitions.weights.sum() == pytest.approx(1)


def test_a_seed_gives_the_same_values_and_another_one_others():
    wide, baseline = RANDOM.normal(size=(3, 14)), np.zeros((1, 14))

    def product(data):
        return (data[:, :7] * data[:, 7:]).sum(axis=1) ** 2

    first, again, other = (explained(product, wide, baseline, 100, seed=seed)[0] for seed in (1, 1, 2))

    assert (first == again).all()
    assert not np.allclose(first, other)


def test_a_feature_that_is_as_in_the_baseline_has_exactly_no_part():
    data = DATA[:5].copy()
    data[:, 1] = 0.0

    values, _ = explained(curved, data, np.zeros((2, 5)), 12)

    assert (values[:, 1] == 0).all()
    assert (values[:, 4] != 0).any() or np.allclose(values[:, 4], 0)
    assert (values[:, 0] != 0).all()


def test_log_odds_are_explained_where_they_are_asked_for():
    def probability(data):
        return 1 / (1 + np.exp(-(data[:, 0] + 2 * data[:, 1])))

    values, expected = explained(probability, DATA[:4, :3], np.zeros((1, 3)), use_logit=True)

    assert expected == pytest.approx([0])
    assert values[:, :, 0] == pytest.approx(DATA[:4, :3] * [1, 2, 0], abs=1e-9)
    with pytest.raises(MonitorError, match="use_logit needs probabilities; the model answers"):
        explained(curved, DATA[:4], BASELINE, use_logit=True)


def test_a_model_of_several_outputs_is_explained_output_by_output():
    def outputs(data):
        return np.stack([curved(data), -2 * curved(data)], axis=1)

    values, expected = explained(outputs, DATA[:4], BASELINE)

    assert values[:, :, 1] == pytest.approx(-2 * values[:, :, 0])
    assert expected[1] == pytest.approx(-2 * expected[0])


def test_texts_are_explained_too():
    cells = [pa.array(["red", "blue", "green"]), pa.array(["1", "2", "3"])]
    rows = Rows.of(cells)

    def score(some):
        is_red = np.array([cell == "red" for cell in some.column(0).to_pylist()], float)
        return (10 * is_red + np.array([float(c) for c in some.column(1).to_pylist()]))[:, None]

    values = KernelShap(score, 100).values(rows.some(0, 2), rows.some(2, 3))

    assert values[:, :, 0] == pytest.approx(np.array([[10, -2], [0, -1]]))


@pytest.fixture(scope="module")
def boosted():
    """A model of trees, some of its data missing, and 32-bit rows for it."""
    xgboost = pytest.importorskip("xgboost", reason="the trees are XGBoost's")
    random = np.random.default_rng(3)
    data = random.normal(size=(2000, 8)).astype(np.float32)
    data[random.random(data.shape) < 0.05] = np.nan
    filled = np.nan_to_num(data)
    target = 2 * filled[:, 0] + filled[:, 1] * filled[:, 2] + np.sin(filled[:, 3]) + random.normal(0, 0.1, 2000)
    return xgboost.train({"max_depth": 5, "seed": 0}, xgboost.DMatrix(data, target), 20), data


def of_trees(model, rows, baseline):
    from model_monitor.explanations import tree_shap
    from model_monitor.explanations.trees import Paths

    paths = Paths.of(model)
    return tree_shap.values(paths, rows, baseline), tree_shap.expected(paths, baseline)


def test_tree_shap_is_kernel_shap_with_all_coalitions(boosted):
    model, data = boosted
    rows, baseline = data[:6], data[100:103]

    values, expected = of_trees(model, rows, baseline)

    by_kernel, same = explained(lambda some: model.inplace_predict(some.astype(np.float32)), rows, baseline)
    assert values == pytest.approx(by_kernel[:, :, 0], abs=2e-5)  # XGBoost adds up in 32 bits
    assert expected == pytest.approx(same[0], abs=1e-5)
    assert values.sum(axis=1) + expected == pytest.approx(model.inplace_predict(rows), abs=1e-4)


def test_few_samples_put_the_features_into_the_order_of_the_exact_values(boosted):
    model, data = boosted
    rows, baseline = data[:100], data[100:102]

    exact = abs(of_trees(model, rows, baseline)[0]).mean(axis=0)
    few, _ = explained(lambda some: model.inplace_predict(some.astype(np.float32)), rows, baseline, 60)

    assert ndcg(exact.tolist(), abs(few[:, :, 0]).mean(axis=0).tolist()) > 0.99


def test_without_numba_tree_shap_is_the_same(boosted, tmp_path):
    model, data = boosted
    model.save_model(tmp_path / "model.json")
    np.savez(tmp_path / "data.npz", rows=data[:4], baseline=data[50:52])
    code = f"""
import sys; sys.modules["numba"] = None
import numpy, xgboost
from model_monitor.explanations import tree_shap
from model_monitor.explanations.trees import Paths
model = xgboost.Booster(model_file={str(tmp_path / "model.json")!r})
with numpy.load({str(tmp_path / "data.npz")!r}) as given:
    numpy.save({str(tmp_path / "found.npy")!r}, tree_shap.values(Paths.of(model), given["rows"], given["baseline"]))
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)

    assert np.load(tmp_path / "found.npy") == pytest.approx(of_trees(model, data[:4], data[50:52])[0], abs=1e-12)


@pytest.mark.parametrize(
    ("parameters", "labels", "said"),
    [
        ({"booster": "gblinear"}, 2, "a model of trees"),
        ({"objective": "multi:softprob", "num_class": 3}, 3, "models with one output"),
    ],
)
def test_a_model_that_tree_shap_is_not_for_is_told(boosted, parameters, labels, said):
    import xgboost

    data = np.nan_to_num(boosted[1][:50])
    model = xgboost.train(parameters, xgboost.DMatrix(data, np.arange(50) % labels), 2)

    with pytest.raises(MonitorError, match=said):
        of_trees(model, data, data[:1])


@pytest.mark.parametrize("objective", ["binary:logitraw", "reg:absoluteerror"])
def test_what_is_expected_of_trees_is_what_the_model_says(boosted, objective):
    import xgboost

    data = np.nan_to_num(boosted[1][:300])
    target = (data[:, 0] > 0.3).astype(float)
    model = xgboost.train({"objective": objective}, xgboost.DMatrix(data, target), 5)

    values, expected = of_trees(model, data[:5], data[10:12])

    assert expected == pytest.approx(model.inplace_predict(data[10:12]).mean(), abs=1e-5)
    assert values.sum(axis=1) + expected == pytest.approx(model.inplace_predict(data[:5]), abs=1e-5)


@pytest.mark.oracle
def test_the_shap_library_gives_the_same_values(boosted):
    shap = pytest.importorskip("shap", reason="the oracle comes with the extra 'test'")
    model, data = boosted
    rows, baseline = data[:300], data[500:510]

    assert of_trees(model, rows, baseline)[0] == pytest.approx(
        shap.TreeExplainer(model, shap.maskers.Independent(baseline, max_samples=10)).shap_values(rows), abs=1e-4
    )
    clean = np.nan_to_num(rows[:20])
    theirs = shap.KernelExplainer(lambda some: model.inplace_predict(some.astype(np.float32)), clean[:3])
    ours, _ = explained(lambda some: model.inplace_predict(some.astype(np.float32)), clean, clean[:3])
    assert ours[:, :, 0] == pytest.approx(theirs.shap_values(clean, nsamples=254, l1_reg=0, silent=True), abs=1e-4)


def test_ndcg_is_that_of_the_documentation():
    """SAT score, GPA and class rank: the order of the attributions has reversed."""
    assert ndcg([0.70, 0.50, 0.05], [0.10, 0.20, 0.70]) == pytest.approx(0.69, abs=0.005)
    assert ndcg([0.3], [0.1]) == 1
    with pytest.raises(MonitorError, match="attributions below 0"):
        ndcg([-0.1, 0.2], [0.1, 0.2])

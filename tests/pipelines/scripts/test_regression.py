"""Test the metrics of a regression against scikit-learn, in one chunk and in several."""

from __future__ import annotations

from pipelines.scripts.regression import Regression

import numpy as np
import pytest
from sklearn import metrics


@pytest.mark.parametrize("pieces", [1, 3, 50])
@pytest.mark.parametrize("seed", range(5))
def test_metrics_are_those_of_scikit_learn(seed, pieces):
    generator = np.random.default_rng(seed)
    labels = generator.normal(10, 3, 1000)
    predictions = labels + generator.normal(0.3, 2, 1000)
    regression = Regression()

    for numbers in np.array_split(np.arange(1000), pieces):
        regression.update(labels[numbers], predictions[numbers])
    report = regression.report()

    assert report["mse"]["value"] == pytest.approx(metrics.mean_squared_error(labels, predictions), rel=1e-12)
    assert report["mse"]["standard_deviation"] == pytest.approx(np.std(labels - predictions), rel=1e-12)
    assert report["rmse"]["value"] == pytest.approx(metrics.root_mean_squared_error(labels, predictions), rel=1e-12)
    assert report["mae"]["value"] == pytest.approx(metrics.mean_absolute_error(labels, predictions), rel=1e-12)
    assert report["r2"]["value"] == pytest.approx(metrics.r2_score(labels, predictions), rel=1e-12)


def test_r2_is_left_out_if_it_is_not_defined():
    regression = Regression()
    regression.update(np.full(3, 5.0), np.array([4.0, 5.0, 6.0]))

    assert regression.report().keys() == {"mse", "rmse", "mae"}

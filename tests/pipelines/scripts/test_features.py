"""The featurizer against scikit-learn, and its treatment of what is missing, zero or unknown."""

from __future__ import annotations

import json
import math

from pipelines.scripts import features
from pipelines.scripts.container import InputError
from pipelines.scripts.features import Featurizer, Fit, Moments
from pipelines.scripts.schema import Schema

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

SCHEMA = Schema("y", ("a", "b", "c", "y"), {"c": ("x", "y", "z")}, frozenset({"b"}))


@pytest.fixture
def frame():
    generator = np.random.default_rng(1)
    rows = 1000
    a, b = generator.normal(50, 7, rows), generator.exponential(3, rows)
    a[generator.random(rows) < 0.1] = math.nan
    b[:20] = 0
    c = generator.choice(["x", "y", "z", "unknown", None], rows)
    return pd.DataFrame({"a": a, "b": b, "c": c, "y": generator.normal(10, 3, rows)})


def fitted(frame, pieces=1):
    fit = Fit(SCHEMA)
    draws = np.random.default_rng(2).random(len(frame))
    for numbers in np.array_split(np.arange(len(frame)), pieces):
        fit.update(frame.iloc[numbers], draws[numbers])
    return fit.finish()


def test_it_equals_scikit_learns_imputer_scaler_and_encoder(frame):
    oracle = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), ["a", "b"]),
            ("words", OneHotEncoder(categories=[["x", "y", "z"]], handle_unknown="ignore"), ["c"]),
        ],
        sparse_threshold=0,
    )
    zeros_missing = frame.assign(b=frame["b"].replace(0, math.nan))

    expected = oracle.fit_transform(zeros_missing)

    np.testing.assert_allclose(fitted(frame).transform(frame), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("pieces", [2, 3, 8])
def test_pieces_give_the_same_as_the_whole(frame, pieces):
    whole, merged = fitted(frame), fitted(frame, pieces)

    np.testing.assert_allclose(merged.transform(frame), whole.transform(frame), rtol=1e-12, atol=1e-12)


def test_it_survives_being_written_and_read(frame, tmp_path):
    before = fitted(frame)
    before.save(tmp_path / "featurizer.json")

    after = Featurizer.load(tmp_path / "featurizer.json")

    np.testing.assert_array_equal(after.transform(frame), before.transform(frame))
    assert after == before
    assert json.loads((tmp_path / "featurizer.json").read_text())["features"] == ["a", "b", "c_x", "c_y", "c_z"]


def test_missing_zero_and_unknown_have_their_stated_treatment(frame):
    featurizer = fitted(frame)
    rows = pd.DataFrame({"a": [math.nan], "b": [0.0], "c": ["unknown"]})

    a, b, *categories = featurizer.transform(rows)[0]

    numeric = featurizer.numeric
    assert a == (numeric["a"].median - numeric["a"].mean) / numeric["a"].scale
    assert b == (numeric["b"].median - numeric["b"].mean) / numeric["b"].scale
    assert categories == [0, 0, 0]


def test_a_batch_is_scaled_by_the_training_rows_not_by_itself(frame):
    featurizer = fitted(frame)
    shifted = frame.assign(a=frame["a"] + 100)

    difference = featurizer.transform(shifted)[:, 0] - featurizer.transform(frame)[:, 0]

    present = frame["a"].notna()
    np.testing.assert_allclose(difference[present], 100 / featurizer.numeric["a"].scale)


def test_a_column_that_does_not_vary_is_scaled_by_one(frame):
    featurizer = fitted(frame.assign(a=3.0))

    assert featurizer.numeric["a"].scale == 1
    assert not featurizer.transform(frame.assign(a=3.0))[:, 0].any()


def test_a_column_without_a_value_is_an_error(frame):
    with pytest.raises(InputError, match="column 'a' has no value in any of the 1000 training rows"):
        fitted(frame.assign(a=math.nan))


def test_a_featurizer_of_another_version_is_refused(tmp_path):
    path = tmp_path / "featurizer.json"
    path.write_text('{"version": 1}')

    with pytest.raises(InputError, match="of version 1, not 3"):
        Featurizer.load(path)


def test_the_median_of_many_rows_comes_from_a_uniform_sample(frame, monkeypatch):
    monkeypatch.setattr(features, "MEDIAN_ROWS", 200)
    ordered = frame.sort_values("a", ignore_index=True)

    sampled = fitted(ordered, pieces=10).numeric["a"].median

    assert abs(sampled - frame["a"].median()) < 2  # of a standard deviation of 7; the first 200 rows would be 9 below


def test_moments_merge_as_numpy_computes_them():
    values = np.random.default_rng(3).normal(1e6, 1, 10_000)
    parts = [Moments.of(part) for part in np.array_split(values, 7)]

    merged = Moments()
    for part in parts:
        merged = merged.merge(part)

    assert merged.count == len(values)
    assert merged.mean == pytest.approx(values.mean(), rel=1e-14)
    assert merged.scale == pytest.approx(values.std(), rel=1e-9)

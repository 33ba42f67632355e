"""Test the featurizer against scikit-learn, and its treatment of missing, zero and unknown values."""

from __future__ import annotations

import json
import math

from pipelines.scripts import fit
from pipelines.scripts.container import InputError
from pipelines.scripts.features import Featurizer
from pipelines.scripts.fit import Fit
from pipelines.scripts.moments import Moments
from pipelines.scripts.schema import Schema
from pipelines.scripts.spelling import Spelling

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


def fit_featurizer(frame, pieces=1):
    accumulator = Fit(SCHEMA)
    draws = np.random.default_rng(2).random(len(frame))
    for numbers in np.array_split(np.arange(len(frame)), pieces):
        accumulator.update(frame.iloc[numbers], draws[numbers])
    return accumulator.finish()


def test_the_featurizer_equals_scikit_learns_imputer_scaler_and_encoder(frame):
    oracle = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), ["a", "b"]),
            ("categories", OneHotEncoder(categories=[["x", "y", "z"]], handle_unknown="ignore"), ["c"]),
        ],
        sparse_threshold=0,
    )
    zeros_missing = frame.assign(b=frame["b"].replace(0, math.nan))

    expected = oracle.fit_transform(zeros_missing)

    np.testing.assert_allclose(fit_featurizer(frame).transform(frame), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("pieces", [2, 3, 8])
def test_chunks_give_the_same_as_one_pass(frame, pieces):
    one_pass, merged = fit_featurizer(frame), fit_featurizer(frame, pieces)

    np.testing.assert_allclose(merged.transform(frame), one_pass.transform(frame), rtol=1e-12, atol=1e-12)


def test_a_saved_featurizer_loads_unchanged(frame, tmp_path):
    saved = fit_featurizer(frame)
    saved.save(tmp_path / "featurizer.json")

    loaded = Featurizer.load(tmp_path / "featurizer.json")

    np.testing.assert_array_equal(loaded.transform(frame), saved.transform(frame))
    assert loaded == saved
    assert json.loads((tmp_path / "featurizer.json").read_text())["features"] == ["a", "b", "c_x", "c_y", "c_z"]


def test_missing_zero_and_unknown_are_treated_as_documented(frame):
    featurizer = fit_featurizer(frame)
    rows = pd.DataFrame({"a": [math.nan], "b": [0.0], "c": ["unknown"]})

    a, b, *categories = featurizer.transform(rows)[0]

    numeric = featurizer.numeric
    assert a == (numeric["a"].median - numeric["a"].mean) / numeric["a"].scale
    assert b == (numeric["b"].median - numeric["b"].mean) / numeric["b"].scale
    assert categories == [0, 0, 0]


def test_a_batch_is_scaled_by_the_training_rows_not_by_itself(frame):
    featurizer = fit_featurizer(frame)
    shifted = frame.assign(a=frame["a"] + 100)

    difference = featurizer.transform(shifted)[:, 0] - featurizer.transform(frame)[:, 0]

    present = frame["a"].notna()
    np.testing.assert_allclose(difference[present], 100 / featurizer.numeric["a"].scale)


def test_a_column_that_does_not_vary_is_scaled_by_one(frame):
    featurizer = fit_featurizer(frame.assign(a=3.0))

    assert featurizer.numeric["a"].scale == 1
    assert not featurizer.transform(frame.assign(a=3.0))[:, 0].any()


def test_a_column_without_a_value_is_an_error(frame):
    with pytest.raises(InputError, match="column 'a' has no value in any of the 1000 training rows"):
        fit_featurizer(frame.assign(a=math.nan))


def test_a_featurizer_of_another_version_is_refused(tmp_path):
    path = tmp_path / "featurizer.json"
    path.write_text('{"version": 1}')

    with pytest.raises(InputError, match="is version 1, not 4"):
        Featurizer.load(path)


def test_the_median_of_many_rows_comes_from_a_uniform_sample(frame, monkeypatch):
    monkeypatch.setattr(fit, "MEDIAN_ROWS", 200)
    ordered = frame.sort_values("a", ignore_index=True)

    sampled = fit_featurizer(ordered, pieces=10).numeric["a"].median

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


DATES = Schema("y", ("day", "at", "y"), dates={"day": "%d/%m/%Y", "at": "%Y-%m-%d %H:%M"})


def featurizer_of(schema, frame):
    accumulator = Fit(schema)
    accumulator.update(frame, np.linspace(0, 0.5, len(frame)))
    return accumulator.finish()


def test_a_date_becomes_its_parts_and_a_missing_one_the_median():
    frame = pd.DataFrame({
        "day": ["31/12/2019", "01/03/2021", None, "01/03/2021"],
        "at": ["2020-02-29 13:45"] * 4,
        "y": [1.0, 2.0, 3.0, 4.0],
    })  # fmt: skip
    featurizer = featurizer_of(DATES, frame)

    assert featurizer.names == [
        "day_year", "day_month", "day_weekday", "day_days", "at_year", "at_month", "at_weekday", "at_days", "at_hour",
    ]  # fmt: skip
    parts = DATES.numbers(frame)
    assert [parts[f"day_{part}"][0] for part in ("year", "month", "weekday", "days")] == [2019, 12, 1, 18261]
    assert parts["at_hour"].tolist() == [13.0] * 4
    features = featurizer.transform(frame)
    assert (features[2, :4] == features[1, :4]).all(), "the median is the most frequent day here"


def test_an_invalid_date_is_reported():
    frame = pd.DataFrame({"day": ["2019-12-31"], "at": [None], "y": [1.0]})

    with pytest.raises(InputError, match=r"column 'day': '2019-12-31' is not a date of the format %d/%m/%Y"):
        DATES.numbers(frame)


def test_many_categories_are_encoded_by_frequency():
    schema = Schema("y", ("city", "y"), {"city": ("Rome",)}, frequencies=("city",))
    frame = pd.DataFrame({"city": ["Rome"] * 6 + ["Bern"] * 3 + [None], "y": np.arange(10.0)})
    featurizer = featurizer_of(schema, frame)

    assert featurizer.names == ["city_frequency", "city_Rome"]
    assert dict(featurizer.frequencies["city"].shares) == {"Bern": 0.3, "Rome": 0.6}
    trained = featurizer.transform(frame)[:, 0]
    assert trained.mean() == pytest.approx(0)
    assert trained.std() == pytest.approx(1)
    unknown = featurizer.transform(pd.DataFrame({"city": pd.Categorical(["Oslo", "Rome", None])}))
    assert unknown[0, 0] == unknown[2, 0] < trained.min() + 1e-9
    assert unknown[1].tolist() == [trained[0], 1.0]


def test_every_fitted_value_is_loaded(tmp_path):
    schema = Schema(
        "y",
        ("city", "day", "a", "y"),
        {"city": ("Rome",)},
        classes=("no", "yes"),
        spellings={"a": Spelling(decimal=",", missing=("?",))},
        dates={"day": "%Y-%m-%d"},
        frequencies=("city",),
        rare_classes={"maybe": None, "yes!": "yes"},
    )
    frame = pd.DataFrame({
        "city": ["Rome", "Bern"] * 5, "day": ["2020-01-01"] * 10, "a": np.arange(10.0),
        "y": ["no", "yes"] * 4 + ["yes!", "no"],
    })  # fmt: skip
    featurizer = featurizer_of(schema, frame)
    featurizer.save(tmp_path / "featurizer.json")

    assert Featurizer.load(tmp_path / "featurizer.json") == featurizer


def test_a_featurizer_of_version_3_can_be_loaded(tmp_path):
    path = tmp_path / "featurizer.json"
    path.write_text(json.dumps({
        "version": 3, "rows": 5, "columns": ["a", "y"], "features": ["a"], "is_raw": False, "categorical": [],
        "label": {"name": "y", "naive": 2.0, "classes": [], "probability_threshold": 0.5},
        "numeric": [{"name": "a", "zero_is_missing": False, "median": 1.0, "mean": 2.0, "scale": 4.0}],
    }))  # fmt: skip

    featurizer = Featurizer.load(path)

    assert featurizer.transform(pd.DataFrame({"a": [6.0, np.nan]})).tolist() == [[1.0], [-0.25]]
    assert featurizer.median is None


def test_a_dropped_class_has_no_label_and_a_merged_class_another():
    schema = Schema("y", ("a", "y"), classes=("no", "yes"), rare_classes={"maybe": None, "sure": "yes"})
    labels = schema.labels(pd.DataFrame({"y": ["no", "sure", "maybe", None, "yes"]}))

    assert str(labels.tolist()) == "[0.0, 1.0, nan, nan, 1.0]"

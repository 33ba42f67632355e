"""Test the comparison of a model with the approved one, each with its own featurizer, on the same rows."""

from __future__ import annotations

import argparse
import csv

import pytest

pytest.importorskip("xgboost", reason="the scikit-learn image has none, and runs no evaluation")

from pipelines.scripts.champion import compare
from pipelines.scripts.container import InputError
from pipelines.scripts.features import Featurizer
from pipelines.scripts.preprocess import preprocess
from pipelines.scripts.schema import Schema

import numpy as np
import pandas as pd
import xgboost as xgb
from archives import archive_model

SCHEMA = Schema("y", ("a", "b", "kind", "y"), {"kind": ("x", "z")})
RANDOM = np.random.default_rng(4)


def rows(count, shift=0.0):
    a, b = RANDOM.normal(shift, 1 + shift, count), RANDOM.exponential(2, count)
    kind = RANDOM.choice(["x", "z"], count)
    noise = RANDOM.normal(0, 0.1, count)
    return list(zip(a, b, kind, 2 * a - b + (kind == "x") + noise, strict=True))


@pytest.fixture
def train(tmp_path):
    """Return a function that preprocesses rows and trains; it returns the folder and the model."""

    def run(name, table, rounds, seed=0):
        folder = tmp_path / name
        folder.mkdir()
        with folder.joinpath("rows.csv").open("w", newline="") as file:
            csv.writer(file).writerows(table)
        preprocess(folder / "rows.csv", folder, seed, SCHEMA, raw_test=True)
        train = np.loadtxt(folder / "train" / "train.csv", delimiter=",")
        booster = xgb.train({"max_depth": 3}, xgb.DMatrix(train[:, 1:], train[:, 0]), rounds)
        folder.joinpath("model").mkdir()
        folder.joinpath("model", "model.tar.gz").write_bytes(archive_model(booster))
        return folder, booster

    return run


def arguments(new, old, **overrides):
    return argparse.Namespace(
        **{
            "model": new / "model",
            "test": new / "test",
            "featurizer": new / "featurizer",
            "raw_test": new / "raw_test",
            "approved_model": old / "model",
            "approved_featurizer": old / "featurizer",
            "approved_version": 3,
            "output": new / "evaluation",
        }
        | overrides
    )


def test_each_model_is_measured_with_its_own_featurizer(train):
    (new, _), (old, booster) = train("new", rows(600), 20), train("old", rows(600, shift=3.0), 20, seed=1)

    report = compare(arguments(new, old))

    with new.joinpath("raw_test", "raw_test.csv").open() as file:
        header, *raw = csv.reader(file)
    assert header == ["a", "b", "kind"]
    frame = pd.DataFrame([(float(a), float(b), kind) for a, b, kind in raw], columns=header)
    labels = np.loadtxt(new / "test" / "test.csv", delimiter=",")[:, 0]
    fitted = Featurizer.load(old / "featurizer" / "featurizer.json")
    by_hand = np.mean((booster.inplace_predict(fitted.transform(frame)) - labels) ** 2)
    assert report["approved_model"]["version"] == 3
    assert report["approved_model"]["regression_metrics"]["mse"]["value"] == pytest.approx(by_hand)
    assert report["regression_metrics"]["mse"]["value"] != pytest.approx(by_hand)


def test_a_model_compared_with_itself_has_the_same_metrics(train):
    new, _ = train("new", rows(400), 10)

    report = compare(arguments(new, new))

    assert report["approved_model"]["regression_metrics"] == report["regression_metrics"]


def test_raw_rows_of_another_test_set_are_refused(train):
    (new, _), (old, _) = train("new", rows(400), 5), train("old", rows(300), 5)

    with pytest.raises(InputError, match="raw_test and the test set have different rows"):
        compare(arguments(new, old, raw_test=old / "raw_test"))

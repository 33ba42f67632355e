"""An XGBoost model is read in any of its formats, and a pickle runs nothing."""

from __future__ import annotations

import os
import pickle

from model_monitor.boosters import BoosterError, load_booster

import numpy as np
import pytest

xgb = pytest.importorskip("xgboost", reason="the model's own image has it")

ROWS = xgb.DMatrix(np.arange(40.0).reshape(20, 2), label=np.arange(20.0))


@pytest.fixture(scope="module")
def booster():
    return xgb.train({}, ROWS, 2)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_pickled_model_predicts_the_same(booster, protocol):
    model = load_booster(pickle.dumps(booster, protocol))

    assert model.predict(ROWS).tolist() == booster.predict(ROWS).tolist()


@pytest.mark.parametrize("text_format", ["ubj", "json"])
def test_a_saved_model_predicts_the_same(booster, text_format):
    model = load_booster(bytes(booster.save_raw(text_format)))

    assert model.predict(ROWS).tolist() == booster.predict(ROWS).tolist()


class Runs:
    """Would make a folder if it were unpickled."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def test_a_pickle_of_anything_else_is_refused_and_runs_nothing(tmp_path):
    folder = str(tmp_path / "made")

    with pytest.raises(BoosterError, match=r"is a pickle with posix\.mkdir, which is not loaded"):
        load_booster(pickle.dumps(Runs(folder)))
    assert not os.path.exists(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "is not an XGBoost model"),
        (pickle.dumps([1, 2]), "is a pickle, but not of an XGBoost model"),
        (pickle.dumps(bytearray(b"x")), "is a pickle, but not of an XGBoost model"),
        (b"\x80\x04no", "is a damaged pickle"),
    ],
)
def test_other_bytes_are_refused(content, message):
    with pytest.raises(BoosterError, match=message):
        load_booster(content)


def test_a_pickle_with_damaged_content_is_refused(booster):
    content = pickle.dumps(booster).replace(b"learner", b"lxarner")

    with pytest.raises(BoosterError, match=r"in a format that version .* does not read"):
        load_booster(content)

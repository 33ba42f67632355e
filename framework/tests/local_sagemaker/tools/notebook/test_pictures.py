"""Tests the content of pictures for notebook cells by their text."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("matplotlib", reason="of the extra 'notebook'")

from local_sagemaker.tools.notebook import pictures

import pandas as pd


def texts(picture):
    return re.findall(r"<text[^>]*>([^<]*)</text>", picture.data)


def numeric(name, counts, lower=0.0, width=1.0):
    buckets = [
        {"lower_bound": lower + width * n, "upper_bound": lower + width * (n + 1), "count": count}
        for n, count in enumerate(counts)
    ]
    return {"name": name, "numerical_statistics": {"distribution": {"kll": {"buckets": buckets}}}}


def categorical(name, **counts):
    buckets = [{"value": value, "count": count} for value, count in counts.items()]
    return {"name": name, "string_statistics": {"distribution": {"categorical": {"buckets": buckets}}}}


BASELINE = {"features": [numeric("length", [1, 5, 2]), categorical("sex", M=3, F=2), numeric("same", [7], width=0.0)]}
CURRENT = {"features": [numeric("length", [2, 2, 9], lower=1.0), categorical("sex", M=1, I=4)]}


def test_a_panel_for_each_column_with_violations_marked():
    labels = texts(pictures.columns(BASELINE, CURRENT, ["length"]))

    assert {"length (violation)", "sex", "same", "baseline", "now", "M", "F", "I"} <= set(labels)


def test_one_dataset_alone_is_the_baseline():
    labels = texts(pictures.columns(BASELINE))

    assert "baseline" in labels and "now" not in labels


def test_columns_of_another_type_or_without_statistics_are_drawn():
    current = {"features": [categorical("length", short=1), {"name": "sex", "inferred_type": "Unknown"}]}

    assert {"length", "sex"} <= set(texts(pictures.columns(BASELINE, current)))


def test_the_best_round_is_named():
    curves = pd.DataFrame({"train-rmse": [3.0, 2.0, 1.0], "validation-rmse": [3.0, 2.5, 2.75]}, index=[0, 1, 2])

    picture = pictures.learning_curves(curves)

    assert "validation-rmse: 2.75 in the last round, lowest in round 1" in texts(picture)
    assert "stroke-dasharray" in picture.data, "a dotted line at that round"


def test_a_new_category_is_drawn_among_many():
    many = categorical("state", **{f"S{number:02d}": 10 for number in range(40)})
    now = categorical("state", **{f"S{number:02d}": 10 for number in range(40)}, NEW=1)

    labels = texts(pictures.columns({"features": [many]}, {"features": [now]}))

    assert "NEW" in labels and "13 of 41 values" in labels


def test_few_numbers_are_drawn_by_value_with_the_share_of_missing_cells():
    few = numeric("calls", [1])
    few["numerical_statistics"]["distribution"]["kll"]["sketch"] = {"data": [[0.0, 1.0, 1.0], [10.0]]}
    few["numerical_statistics"]["common"] = {"num_present": 9, "num_missing": 1}

    labels = texts(pictures.columns({"features": [few]}))

    assert {"0", "1", "10", "calls", "10 % missing"} <= set(labels)


def test_statistics_without_a_column_are_refused():
    with pytest.raises(ValueError, match="the statistics have no column"):
        pictures.columns({"features": []})


def test_the_error_of_predictions_is_shown():
    predictions = pd.DataFrame({"true": [1.0, 2.0], "predicted": [1.0, 4.0]})

    assert "2 rows, mean squared error 2" in texts(pictures.predicted_against_true(predictions))


def test_bars_are_in_the_order_of_their_lengths():
    values = pd.DataFrame({"baseline": [0.1, -3.0], "now": [0.2, 1.0]}, index=["short", "long"])

    labels = texts(pictures.bars(values, "metres"))

    assert labels.index("short") < labels.index("long"), "from below"
    assert {"metres", "baseline", "now"} <= set(labels)


def test_the_same_numbers_give_the_same_bytes():
    assert pictures.columns(BASELINE, CURRENT).data == pictures.columns(BASELINE, CURRENT).data

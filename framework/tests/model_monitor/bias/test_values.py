"""Which values are positive, and which are of a facet: by value or by threshold, as the column's type has it."""

from __future__ import annotations

import json

from model_monitor.clarify.analysis import analyse
from model_monitor.clarify.config import AnalysisConfig
from model_monitor.monitor_error import MonitorError

import pytest


@pytest.fixture
def bias(tmp_path):
    """The bias members of an analysis of this text; ``settings`` change the configuration."""

    def run(text, facet, positive=(1,), **settings):
        path = tmp_path / "data.csv"
        path.write_text(text)
        config = {
            "dataset_type": "text/csv",
            "label": "label",
            "label_values_or_threshold": list(positive),
            "facet": [facet],
            "methods": {"pre_training_bias": {"methods": ["CI", "DPL"]}},
        } | settings
        return analyse(path, AnalysisConfig.of(config), tmp_path / "out").document["pre_training_bias_metrics"]

    return run


def table(rows):
    return "label,facet\n" + "".join(f"{label},{facet}\n" for label, facet in rows)


def value(found, name="DPL", part=0):
    (entries,) = found["facets"].values()
    return next(m["value"] for m in entries[part]["metrics"] if m["name"] == name)


AGES = [(n % 2, 20 + n) for n in range(40)]


@pytest.mark.parametrize("label", ["15", "15.0"])
def test_the_positive_class_of_rings_depends_on_the_point(bias, label):
    """Integers with few distinct values are categories; with a point they are compared with the threshold."""
    rows = [(label.replace("15", str(n)), "FM"[n % 2]) for n in (5, 10, 15, 20, 25) * 50]

    found = bias(table(rows), {"name_or_index": "facet", "value_or_threshold": ["F"]}, [15])

    is_category = "." not in label
    assert found["label_value_or_threshold"] == ("15" if is_category else "(15.0, 25.0]")
    # F has 10 and 20; of these 20 is above 15. M has 5, 15 and 25.
    assert value(found) == pytest.approx(1 / 3 - 0 if is_category else 1 / 3 - 1 / 2)


def test_integers_with_many_values_are_compared_with_a_threshold(bias):
    found = bias(table(AGES), {"name_or_index": "facet", "value_or_threshold": [39]})

    assert found["facets"]["facet"][0]["value_or_threshold"] == "(39, 59]"
    assert value(found, "CI") == 0


def test_each_value_is_a_facet_where_none_is_given(bias):
    rows = [(1, "F"), (0, "I"), (1, "M"), (0, "M")]

    found = bias(table(rows), {"name_or_index": "facet"})

    assert [entry["value_or_threshold"] for entry in found["facets"]["facet"]] == ["F", "I", "M"]
    assert [value(found, "CI", part) for part in range(3)] == [0.5, 0.5, 0.0]


def test_several_values_are_one_facet(bias):
    found = bias(
        table([(1, "F"), (0, "I"), (1, "M"), (0, "M")]), {"name_or_index": 1, "value_or_threshold": ["F", "I"]}
    )

    assert found["facets"]["facet"][0]["value_or_threshold"] == "F,I"
    assert value(found, "CI") == 0


@pytest.mark.parametrize("given", ["0", 0, 0.0])
def test_a_value_is_the_same_however_it_is_written(bias, given):
    rows = [(n % 2, n % 3 % 2) for n in range(60)]

    assert value(bias(table(rows), {"name_or_index": "facet", "value_or_threshold": [given]}), "CI") == pytest.approx(
        -1 / 3
    )


def test_a_facet_value_that_does_not_occur_is_told_by_each_metric(bias):
    found = bias(table([(1, "F"), (0, "M")]), {"name_or_index": "facet", "value_or_threshold": ["X"]})

    for metric in found["facets"]["facet"][0]["metrics"]:
        assert metric["value"] is None
        assert "facet set is empty" in metric["error"].lower()


def test_rows_without_a_value_do_not_have_it_and_that_is_said(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(table([(1, "F"), (0, ""), ("", "M"), (0, "M")]))
    config = {
        "dataset_type": "text/csv",
        "label": "label",
        "label_values_or_threshold": [0.5],
        "facet": [{"name_or_index": "facet", "value_or_threshold": ["F"]}],
        "methods": {"pre_training_bias": {"methods": ["CI"]}},
    }

    result = analyse(path, AnalysisConfig.of(config), tmp_path / "out")

    assert value(result.document["pre_training_bias_metrics"], "CI") == 0.5
    assert [note.split(";")[0] for note in result.notes] == ["1 rows have no label", "1 rows have no facet 'facet'"]


def test_parts_of_a_dataset_are_added_up(tmp_path, bias):
    rows = [(n % 2, "FIM"[n % 3]) for n in range(999)]
    whole = bias(table(rows), {"name_or_index": "facet"})
    folder = tmp_path / "parts"
    folder.mkdir()
    for number in range(3):
        folder.joinpath(f"{number}.csv").write_text(table(rows[333 * number : 333 * (number + 1)]))
    config = {
        "dataset_type": "text/csv",
        "label": 0,
        "label_values_or_threshold": [1],
        "facet": [{"name_or_index": 1}],
        "methods": {"pre_training_bias": {"methods": ["CI", "DPL"]}},
    }

    apart = analyse(folder, AnalysisConfig.of(config), tmp_path / "out")

    assert apart.rows == 999
    assert apart.document["pre_training_bias_metrics"] == whole


@pytest.mark.parametrize(
    ("facet", "positive", "said"),
    [
        ({"name_or_index": "sexx"}, [1], "there is no column 'sexx'; did you mean 'sex'?"),
        ({"name_or_index": 7}, [1], "facet is column 7; there are columns 0 to 2"),
        ({"name_or_index": "weight"}, [1], "column 'weight' is continuous; Clarify needs one threshold for it"),
        ({"name_or_index": "weight", "value_or_threshold": ["heavy"]}, [1], "'heavy' is no threshold"),
        ({"name_or_index": "weight", "value_or_threshold": [True]}, [1], "it must be a number"),
    ],
)
def test_a_facet_that_cannot_be_is_told(bias, facet, positive, said):
    text = "label,sex,weight\n" + "".join(f"{n % 2},{'FM'[n % 2]},{n / 7}\n" for n in range(30))

    with pytest.raises(MonitorError) as error:
        bias(text, facet, positive)

    assert said in str(error.value)


def test_a_facet_with_a_thousand_values_needs_a_choice(bias):
    text = table([(n % 2, f"name{n}") for n in range(1100)])

    with pytest.raises(MonitorError, match="facet 'facet' has more than 1,000 values; say with value_or_threshold"):
        bias(text, {"name_or_index": "facet"})


def test_the_files_of_aws_own_container_are_met_to_the_byte(shared, tmp_path):
    real = shared / "fixtures" / "data_bias"
    config = {
        "dataset_type": "text/csv",
        "headers": ["Label", "F1", "F2", "F3", "F4"],
        "label": "Label",
        "label_values_or_threshold": [1],
        "facet": [{"name_or_index": "F1", "value_or_threshold": [0.5]}],
        "group_variable": "F2",
        "methods": {"pre_training_bias": {"methods": "all"}, "report": {"name": "report", "title": "Analysis Report"}},
    }

    good, bad = (
        analyse(real / "dataset.csv", AnalysisConfig.of(config), tmp_path, constraints=real / f"analysis_{name}.json")
        for name in ("good", "bad")
    )

    assert json.dumps(good.document, indent=4) == (real / "analysis_good.json").read_text()
    assert good.violations == []
    assert bad.violations == [
        {
            "facet": "F1",
            "facet_value": "(0.5, 0.9936148802477393]",
            "metric_name": "KS",
            "constraint_check_type": "bias_drift_check",
            "description": "Metric value 0.015297906602254496 doesn't meet the baseline constraint requirement "
            "7.906602254496e-06",
        }
    ]

"""Tests which values are positive or belong to a facet: by value or by threshold, depending on the column's type."""

from __future__ import annotations

import json

from model_monitor.clarify.analysis import analyse
from model_monitor.clarify.config import AnalysisConfig
from model_monitor.monitor_error import MonitorError

import pytest


@pytest.fixture
def bias(tmp_path):
    """A function that returns the bias members of an analysis of a text; ``settings`` change the configuration."""

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


def to_csv(rows):
    return "label,facet\n" + "".join(f"{label},{facet}\n" for label, facet in rows)


def metric_value(report, name="DPL", part=0):
    (entries,) = report["facets"].values()
    return next(m["value"] for m in entries[part]["metrics"] if m["name"] == name)


AGES = [(n % 2, 20 + n) for n in range(40)]


@pytest.mark.parametrize("label", ["15", "15.0"])
def test_numbers_are_categories_or_quantities_depending_on_the_decimal_point(bias, label):
    """Check that integers with few distinct values are categories; with a point, a threshold applies."""
    rows = [(label.replace("15", str(n)), "FM"[n % 2]) for n in (5, 10, 15, 20, 25) * 50]

    report = bias(to_csv(rows), {"name_or_index": "facet", "value_or_threshold": ["F"]}, [15])

    is_category = "." not in label
    assert report["label_value_or_threshold"] == ("15" if is_category else "(15.0, 25.0]")
    # F has 10 and 20; of these 20 is above 15. M has 5, 15 and 25.
    assert metric_value(report) == pytest.approx(1 / 3 - 0 if is_category else 1 / 3 - 1 / 2)


def test_integers_with_many_values_are_compared_with_a_threshold(bias):
    report = bias(to_csv(AGES), {"name_or_index": "facet", "value_or_threshold": [39]})

    assert report["facets"]["facet"][0]["value_or_threshold"] == "(39, 59]"
    assert metric_value(report, "CI") == 0


def test_each_value_is_a_facet_if_none_is_configured(bias):
    rows = [(1, "F"), (0, "I"), (1, "M"), (0, "M")]

    report = bias(to_csv(rows), {"name_or_index": "facet"})

    assert [entry["value_or_threshold"] for entry in report["facets"]["facet"]] == ["F", "I", "M"]
    assert [metric_value(report, "CI", part) for part in range(3)] == [0.5, 0.5, 0.0]


def test_several_values_are_one_facet(bias):
    report = bias(
        to_csv([(1, "F"), (0, "I"), (1, "M"), (0, "M")]), {"name_or_index": 1, "value_or_threshold": ["F", "I"]}
    )

    assert report["facets"]["facet"][0]["value_or_threshold"] == "F,I"
    assert metric_value(report, "CI") == 0


@pytest.mark.parametrize("configured", ["0", 0, 0.0])
def test_equal_values_may_be_written_differently(bias, configured):
    rows = [(n % 2, n % 3 % 2) for n in range(60)]

    report = bias(to_csv(rows), {"name_or_index": "facet", "value_or_threshold": [configured]})

    assert metric_value(report, "CI") == pytest.approx(-1 / 3)


def test_each_metric_of_a_facet_value_that_does_not_occur_has_an_error(bias):
    report = bias(to_csv([(1, "F"), (0, "M")]), {"name_or_index": "facet", "value_or_threshold": ["X"]})

    for metric in report["facets"]["facet"][0]["metrics"]:
        assert metric["value"] is None
        assert "facet set is empty" in metric["error"].lower()


def test_rows_without_a_value_are_counted_and_noted(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(to_csv([(1, "F"), (0, ""), ("", "M"), (0, "M")]))
    config = {
        "dataset_type": "text/csv",
        "label": "label",
        "label_values_or_threshold": [0.5],
        "facet": [{"name_or_index": "facet", "value_or_threshold": ["F"]}],
        "methods": {"pre_training_bias": {"methods": ["CI"]}},
    }

    result = analyse(path, AnalysisConfig.of(config), tmp_path / "out")

    assert metric_value(result.document["pre_training_bias_metrics"], "CI") == 0.5
    assert [note.split(";")[0] for note in result.notes] == ["1 rows have no label", "1 rows have no facet 'facet'"]


def test_the_files_of_a_folder_are_analysed_together(tmp_path, bias):
    rows = [(n % 2, "FIM"[n % 3]) for n in range(999)]
    report = bias(to_csv(rows), {"name_or_index": "facet"})
    folder = tmp_path / "parts"
    folder.mkdir()
    for number in range(3):
        folder.joinpath(f"{number}.csv").write_text(to_csv(rows[333 * number : 333 * (number + 1)]))
    config = {
        "dataset_type": "text/csv",
        "label": 0,
        "label_values_or_threshold": [1],
        "facet": [{"name_or_index": 1}],
        "methods": {"pre_training_bias": {"methods": ["CI", "DPL"]}},
    }

    result = analyse(folder, AnalysisConfig.of(config), tmp_path / "out")

    assert result.rows == 999
    assert result.document["pre_training_bias_metrics"] == report


@pytest.mark.parametrize(
    ("facet", "positive", "message"),
    [
        ({"name_or_index": "sexx"}, [1], "there is no column 'sexx'; did you mean 'sex'?"),
        ({"name_or_index": 7}, [1], "facet is column 7; there are columns 0 to 2"),
        ({"name_or_index": "weight"}, [1], "column 'weight' is continuous; Clarify needs one threshold for it"),
        ({"name_or_index": "weight", "value_or_threshold": ["heavy"]}, [1], "'heavy' is not a threshold"),
        ({"name_or_index": "weight", "value_or_threshold": [True]}, [1], "it must be a number"),
    ],
)
def test_an_invalid_facet_is_refused(bias, facet, positive, message):
    text = "label,sex,weight\n" + "".join(f"{n % 2},{'FM'[n % 2]},{n / 7}\n" for n in range(30))

    with pytest.raises(MonitorError) as error:
        bias(text, facet, positive)

    assert message in str(error.value)


def test_a_facet_with_a_thousand_values_needs_value_or_threshold(bias):
    text = to_csv([(n % 2, f"name{n}") for n in range(1100)])

    with pytest.raises(MonitorError, match="facet 'facet' has more than 1,000 values; set value_or_threshold"):
        bias(text, {"name_or_index": "facet"})


def test_documents_equal_those_of_awss_container_to_the_byte(shared_folder, tmp_path):
    real = shared_folder / "fixtures" / "data_bias"
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

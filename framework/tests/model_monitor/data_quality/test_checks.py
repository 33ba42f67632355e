"""Test each check of data quality: when it is violated, with which text, and what disables it."""

from __future__ import annotations

import json
import random

from model_monitor.data_quality.analysis import analyse
from model_monitor.data_quality.baseline import Baseline
from model_monitor.monitor_error import MonitorError
from model_monitor.tables.dataset import Dataset

import pytest

HEAD = "age,sex,weight\n"
GOOD = HEAD + "".join(f"{20 + n % 30},{'FM'[n % 2]},{60 + n % 7}.5\n" for n in range(100))


def violations_of(result):
    return [(v["feature_name"], v["constraint_check_type"], v["description"]) for v in result.violations]


def test_data_do_not_violate_their_own_baseline(csv, baseline_of):
    data = csv(GOOD)

    assert analyse(data, baseline_of(data)).violations == []


@pytest.mark.parametrize(
    ("columns", "feature", "check"),
    [("a,b,c,d", "Extra columns", "extra_column_check"), ("a,b", "Missing columns", "missing_column_check")],
)
def test_a_different_number_of_columns_is_the_only_violation(csv, baseline_of, tmp_path, columns, feature, check):
    baseline = baseline_of(csv(GOOD))
    count = columns.count(",") + 1

    result = analyse(csv(f"{columns}\n{columns}\n", "other.csv"), baseline)
    result.write(tmp_path / "out")

    columns_text = feature.lower()
    description = (
        f"There are {columns_text} in current dataset. Number of columns in current dataset: {count}, "
        "Number of columns in baseline constraints: 3"
    )
    assert violations_of(result) == [(feature, check, description)]
    assert [p.name for p in tmp_path.joinpath("out").iterdir()] == ["constraint_violations.json"]


def test_a_value_must_be_of_the_type_by_itself(csv, baseline_of):
    baseline = baseline_of(csv(GOOD))

    result = analyse(csv(GOOD.replace("20,F,60.5", "old,F,60", 1), "other.csv"), baseline)

    expected = "Data type match requirement is not met. Expected data type: {0}, Expected match: 100.0%. "
    observed = "Observed: Only 99.0% of data is {0}."
    assert violations_of(result) == [
        ("age", "data_type_check", (expected + observed).format("Integral")),
        ("weight", "data_type_check", (expected + observed).format("Fractional")),  # an integer is not Fractional
    ]
    assert result.notes == [
        "column 'age' is String because of 1 of its 100 values; the first is 'old' (other.csv, row 1)",
        "1 Fractional columns hold integers too ('weight'), which AWS's data_type_check does not count as such: "
        "compare data like these with a datatype_check_threshold of at most 0.99",
        "drift of 'age' was not checked: its type was Integral, and is now String",
    ]


def test_missing_values_lower_completeness(csv, baseline_of):
    baseline = baseline_of(csv(GOOD))

    result = analyse(csv(GOOD.replace(",F,", ",,", 3), "other.csv"), baseline)

    description = "Data completeness requirement is not met. Expected: 100.0%. Observed: Only 97.0%."
    assert ("sex", "completeness_check", description) in violations_of(result)


def test_unknown_categories_are_violations_and_missing_values_are_not(csv, baseline_of):
    baseline = baseline_of(csv(GOOD), lambda c: c["features"][1].update(completeness=0.5))

    result = analyse(csv(GOOD.replace(",F,", ",X,", 2).replace(",M,", ",,", 1), "other.csv"), baseline)

    description = (
        "Categorical values requirement is not met. Expected match: 100.0%. "
        "Observed: Only 98.0% of data is among the baseline's values."
    )
    assert violations_of(result) == [("sex", "categorical_values_check", description)]


def test_allowed_categories_are_counted_even_if_there_are_too_many_to_list(csv, baseline_of):
    baseline = baseline_of(csv(GOOD))
    many = HEAD + "".join(f"{20 + n % 30},{'F' if n % 4 else f'id-{n}'},60.5\n" for n in range(8000))

    result = analyse(csv(many, "many.csv"), baseline)

    assert "Only 75.0% of data" in dict((v[1], v[2]) for v in violations_of(result))["categorical_values_check"]


def shift_weights(text, by):
    rows = [row.split(",") for row in text.splitlines()[1:]]
    return HEAD + "".join(f"{row[0]},{row[1]},{float(row[2]) + by}\n" for row in rows)


@pytest.fixture
def many_values():
    rng = random.Random(3)
    return HEAD + "".join(f"{rng.randrange(20, 50)},{rng.choice('FM')},{rng.gauss(70, 10):.6f}\n" for _ in range(2000))


def test_a_shifted_distribution_drifts(csv, baseline_of, many_values):
    baseline = baseline_of(csv(many_values))

    ((feature, check, description),) = violations_of(
        analyse(csv(shift_weights(many_values, 10), "other.csv"), baseline)
    )

    assert (feature, check) == ("weight", "baseline_drift_check")
    distance = float(description.removeprefix("Baseline drift distance: ").removesuffix(" exceeds threshold: 0.1"))
    assert distance == pytest.approx(0.38 - 1.8 * (4000 / 2000**2) ** 0.5, abs=0.03)


def test_categories_drift_too(csv, baseline_of, many_values):
    baseline = baseline_of(csv(many_values))

    result = analyse(csv(many_values.replace(",M,", ",F,", 700), "other.csv"), baseline)

    assert [violation[:2] for violation in violations_of(result)] == [("sex", "baseline_drift_check")]


def test_few_distinct_values_drift_only_with_the_exact_method(csv, baseline_of):
    text = HEAD + "".join(f"{n % 2},F,{n % 3}.5\n" for n in range(3000))
    baseline = baseline_of(csv(text))
    changed = csv(text.replace("1,F", "0,F", 1200), "other.csv")

    assert analyse(changed, baseline, method="compat").violations == []
    assert [v[0] for v in violations_of(analyse(changed, baseline, method="exact"))] == ["age"]


def test_a_column_whose_type_has_changed_is_not_compared(csv, baseline_of, many_values):
    baseline = baseline_of(csv(many_values))
    lines = shift_weights(many_values, 30).splitlines()
    lines[1] = lines[1].rpartition(",")[0] + ",heavy"

    checks = {
        v[1] for v in violations_of(analyse(csv("\n".join(lines) + "\n", "other.csv"), baseline)) if v[0] == "weight"
    }

    assert checks == {"data_type_check"}


#: A string, a blank, an unknown category, and different numbers.
BAD = HEAD + "old,X,\n" + "".join(f"{n},X,{n}.25\n" for n in range(1000))
ALL = {"data_type_check", "completeness_check", "categorical_values_check", "baseline_drift_check"}


@pytest.mark.parametrize(
    ("change", "off"),
    [
        ({}, set()),
        ({"evaluate_constraints": "Disabled"}, ALL - {"baseline_drift_check"}),
        ({"distribution_constraints": {"perform_comparison": "Disabled"}}, {"baseline_drift_check"}),
        (
            {"distribution_constraints": {"comparison_threshold": 1.0, "categorical_comparison_threshold": 1.0}},
            {"baseline_drift_check"},
        ),
        (
            {"datatype_check_threshold": 0.9, "domain_content_threshold": 0.0},
            {"data_type_check", "categorical_values_check"},
        ),
    ],
)
def test_the_monitoring_config_is_honoured(csv, baseline_of, many_values, change, off):
    baseline = baseline_of(csv(many_values), lambda c: c["monitoring_config"].update(change))

    assert {v[1] for v in violations_of(analyse(csv(BAD, "other.csv"), baseline))} == ALL - off


@pytest.mark.parametrize(
    "override",
    [
        {"monitoringConfigOverrides": {"evaluate_constraints": "Disabled"}},
        {"string_constraints": {"domains": ["F"], "monitoring_config_overrides": {"evaluate_constraints": "Disabled"}}},
    ],
)
def test_a_feature_may_disable_its_checks(csv, baseline_of, override):
    baseline = baseline_of(csv(GOOD), lambda c: c["features"][1].update(override))

    violated = {v[0] for v in violations_of(analyse(csv(BAD, "other.csv"), baseline)) if v[1] != "baseline_drift_check"}

    assert violated == {"age", "weight"}


def test_a_simple_comparison_subtracts_nothing_for_chance(csv, baseline_of):
    few = HEAD + "".join(f"{n},F,{n}.5\n" for n in range(20))
    changed = csv(shift_weights(few, 10), "other.csv")

    robust = baseline_of(csv(few))
    assert analyse(changed, robust).violations == []
    simple = {"distribution_constraints": {"comparison_method": "Simple"}}
    baseline = baseline_of(csv(few), lambda c: c["monitoring_config"].update(simple))
    ((feature, _, description),) = violations_of(analyse(changed, baseline))
    assert (feature, description) == ("weight", "Baseline drift distance: 0.5 exceeds threshold: 0.1")


@pytest.mark.parametrize(("count", "violated"), [(10, False), (400, True)])
def test_chi_squared_reports_a_small_p_value(csv, baseline_of, count, violated):
    text = HEAD + "".join(f"1,{'FM'[n % 2]},1.5\n" for n in range(2000))
    method = {"distribution_constraints": {"categorical_drift_method": "ChiSquared"}}
    baseline = baseline_of(csv(text), lambda c: c["monitoring_config"].update(method))

    result = violations_of(analyse(csv(text.replace(",M,", ",F,", count), "other.csv"), baseline))

    assert bool(result) == violated
    if violated:
        assert result[0][2].startswith("Baseline drift p-value: ")


def test_constraints_alone_are_checked_without_drift(csv, baseline_of, many_values):
    baseline = Baseline(baseline_of(csv(many_values)).constraints)

    assert {v[1] for v in violations_of(analyse(csv(BAD, "other.csv"), baseline))} == ALL - {"baseline_drift_check"}


def test_columns_with_different_names_are_an_error(csv, baseline_of):
    baseline = baseline_of(csv(GOOD))

    with pytest.raises(MonitorError, match="column 2 is 'gender', but the baseline has 'sex'"):
        analyse(csv(GOOD.replace("sex", "gender"), "other.csv"), baseline)
    with pytest.raises(MonitorError, match="column 1 is 'sex', but the baseline has 'age'"):
        analyse(csv(GOOD.replace("age,sex", "sex,age"), "other.csv"), baseline)


def test_rows_without_a_header_are_matched_by_position(csv, baseline_of):
    baseline = baseline_of(csv(GOOD))

    result = analyse(csv(GOOD.partition("\n")[2], "other.csv", header=False), baseline)

    assert result.violations == []
    assert [f["name"] for f in result.documents["statistics.json"]["features"]] == ["age", "sex", "weight"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "mine.json is not a valid constraints file"),
        ("[]", "'features' must be a list of objects, each with a name"),
        ('{"features": [{"name": "a", "inferred_type": "Whole"}]}', r"features\[0\]: inferred_type is 'Whole'"),
        (
            '{"features": [{"name": "a", "inferred_type": "String", "completeness": 2}]}',
            "completeness is 2; it must be a number from 0 to 1",
        ),
        ('{"features": [{"name": "a"}, {"name": "b"}, {"name": "a"}]}', "two features are named 'a'"),
        (
            '{"features": [], "monitoring_config": {"datatype_check_threshold": "all"}}',
            "datatype_check_threshold is 'all'; it must be a number from 0 to 1",
        ),
        ('{"features": [], "monitoring_config": "off"}', "monitoring_config must be an object; it is 'off'"),
        ('{"features": [], "monitoring_config": {"distribution_constraints": "Disabled"}}', "must be an object"),
        (
            '{"features": [], "monitoring_config": {"datatype_check_treshold": 1}}',
            "no member 'datatype_check_treshold'; did you mean 'datatype_check_threshold'",
        ),
        ('{"features": [], "monitoring_config": {"datatype_check_threshold": NaN}}', "is nan; it must be a number"),
        ('{"features": [{"name": "a", "inferred_type": "String", "string_constraints": "x"}]}', "must be an object"),
        (
            '{"features": [{"name": "a", "inferred_type": "String", "monitoring_config_overrides": "Disabled"}]}',
            "monitoring_config_overrides must be an object",
        ),
        (
            '{"features": [], "monitoring_config": {"distribution_constraints": {"comparison_method": "Rough"}}}',
            "comparison_method is 'Rough'; it must be one of Robust, Simple",
        ),
        (
            '{"features": [{"name": "a", "inferred_type": "String", "string_constraints": {"domains": "F"}}]}',
            "domains must be a list of strings",
        ),
    ],
)
def test_an_invalid_constraints_file_is_an_error_that_names_the_problem(tmp_path, text, message):
    path = tmp_path / "mine.json"
    path.write_text(text)

    with pytest.raises(MonitorError, match=message):
        Baseline.load(path)


@pytest.mark.parametrize("data", [["x"], [], [[]], [1, 2], [[1.0, None]], [[[1.0]]]])
def test_invalid_statistics_are_an_error(tmp_path, csv, baseline_of, data):
    baseline_of(csv(GOOD))
    path = tmp_path / "baseline" / "statistics.json"
    document = json.loads(path.read_text())
    document["features"][0]["numerical_statistics"]["distribution"]["kll"]["sketch"]["data"] = data
    path.write_text(json.dumps(document))

    with pytest.raises(MonitorError, match=r"the distribution of 'age' has neither a sketch nor counts of categories"):
        Baseline.load(tmp_path / "baseline" / "constraints.json", path)


def test_a_feature_may_override_thresholds(csv, baseline_of, many_values):
    own = {"monitoring_config_overrides": {"distribution_constraints": {"comparison_threshold": 0.9}}}
    baseline = baseline_of(csv(many_values), lambda c: c["features"][2].update(own))

    assert analyse(csv(shift_weights(many_values, 10), "other.csv"), baseline).violations == []


def test_extra_and_missing_columns_are_named_in_a_note(csv, baseline_of):
    baseline = baseline_of(csv(GOOD))

    result = analyse(csv("age,sex,height,weight\n1,F,2,3.5\n", "other.csv"), baseline)

    assert result.rows is None
    assert result.notes == ["not in the baseline: height; not in the data: none"]


def test_named_columns_of_captured_json_are_matched_by_their_names(csv, baseline_of, tmp_path):
    baseline = baseline_of(csv("b,a\n" + "".join(f"{n}.5,{n}\n" for n in range(50))))
    path = tmp_path / "capture.jsonl"
    path.write_text("".join(
        json.dumps({"captureData": {
            "endpointOutput": {"data": json.dumps({"b": n + 0.5}), "encoding": "JSON"},
            "endpointInput": {"data": json.dumps({"a": n}), "encoding": "JSON"},
        }}) + "\n" for n in range(50)
    ))  # fmt: skip

    assert analyse(Dataset(path, {"sagemakerCaptureJson": {}}), baseline).violations == []
    with pytest.raises(MonitorError, match="column 1 is 'a', but the baseline has 'b'"):
        analyse(Dataset(path, {"sagemakerCaptureJson": {"output_columns_position": "END"}}), baseline)


def test_drift_that_was_not_checked_is_noted(csv, baseline_of, many_values, tmp_path):
    baseline = baseline_of(csv(many_values))
    constraints_only = Baseline(baseline.constraints)
    without_age = Baseline(baseline.constraints, {n: d for n, d in baseline.distributions.items() if n != "age"})

    assert analyse(csv(many_values), constraints_only).notes == [
        "there are no baseline statistics, so drift was not checked"
    ]
    assert analyse(csv(many_values), without_age).notes == [
        "drift of 'age' was not checked: the baseline statistics do not have it"
    ]

"""Test what a batch from the same source may contain by chance, and what it may not."""

from __future__ import annotations

import json

from model_monitor.data_quality.analysis import analyse
from model_monitor.data_quality.baseline import Baseline
from model_monitor.data_quality.tolerance import relax

import numpy as np
import pytest

COMMON = ["red", "blue", "3+", "1", "2"]


def rows(draw, count, gaps=0.3, rare=0.0005):
    """Return numbers with gaps, and categories of which some look like numbers, and a few are rare."""
    categories = draw.choice([*COMMON, "odd"], count, p=[0.2 - rare / 5] * 5 + [rare])
    numbers = [
        f"{value:.3f}" if there else ""
        for value, there in zip(draw.normal(size=count), draw.random(count) > gaps, strict=True)
    ]
    return "\n".join(["n,kind", *map(",".join, zip(numbers, categories, strict=True))]) + "\n"


@pytest.fixture
def violations(csv, tmp_path):
    """Return what a batch violates of the constraints that other rows suggest."""
    base = analyse(csv(rows(np.random.default_rng(0), 1500, rare=0.0), "base.csv"))
    base.write(tmp_path)
    documents = [json.loads((tmp_path / f"{name}.json").read_text()) for name in ("constraints", "statistics")]

    def check(text, deviations):
        count = text.count("\n") - 1
        (tmp_path / "relaxed.json").write_text(json.dumps(relax(*documents, count, deviations)))
        baseline = Baseline.load(tmp_path / "relaxed.json", tmp_path / "statistics.json")
        return {
            (violation["feature_name"], violation["constraint_check_type"])
            for violation in analyse(csv(text), baseline).violations
        }

    return check


@pytest.mark.parametrize("count", [60, 400, 5000])
def test_rows_of_the_same_source_raise_no_alarm(violations, count):
    alarms = [violations(rows(np.random.default_rng(seed), count), 4.0) for seed in range(1, 31)]

    assert not any(alarms)


def test_rows_of_the_same_source_raise_alarms_without_a_tolerance(violations):
    alarms = [violations(rows(np.random.default_rng(seed), 400), 0.0) for seed in range(1, 31)]

    assert sum(map(bool, alarms)) == 30, "categories that look like numbers are not strings"
    assert sum(("n", "completeness_check") in alarm for alarm in alarms) > 5


def test_twice_the_gaps_raise_an_alarm(violations):
    assert violations(rows(np.random.default_rng(1), 300, gaps=0.6), 4.0) == {("n", "completeness_check")}


def test_a_new_word_in_many_rows_raises_an_alarm(violations):
    violated = violations(rows(np.random.default_rng(1), 300, rare=0.1), 4.0)

    assert ("kind", "categorical_values_check") in violated


def test_a_numeric_column_that_becomes_strings_raises_an_alarm(violations):
    text = rows(np.random.default_rng(1), 300)
    prefixed = "\n".join(["n,kind", *(f"x{line}" for line in text.splitlines()[1:])]) + "\n"

    assert ("n", "data_type_check") in violations(prefixed, 4.0)


def test_without_a_tolerance_nothing_changes_and_documents_are_never_modified(csv, tmp_path):
    analyse(csv(rows(np.random.default_rng(0), 200))).write(tmp_path)
    constraints, statistics = (json.loads((tmp_path / f"{n}.json").read_text()) for n in ("constraints", "statistics"))
    before = json.dumps(constraints)

    assert relax(constraints, statistics, 100, 0.0) == constraints
    assert relax(constraints, statistics, 100, 4.0) != constraints
    assert json.dumps(constraints) == before


def test_more_rows_have_a_smaller_tolerance(csv, tmp_path):
    analyse(csv(rows(np.random.default_rng(0), 2000))).write(tmp_path)
    documents = [json.loads((tmp_path / f"{name}.json").read_text()) for name in ("constraints", "statistics")]

    shares = [relax(*documents, count, 4.0)["features"][0]["completeness"] for count in (50, 500, 50_000)]

    assert shares == sorted(shares)
    assert shares[-1] < documents[0]["features"][0]["completeness"]

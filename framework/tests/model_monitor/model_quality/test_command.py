"""python -m model_monitor model-quality and merge: from files to files, violations in AWS's words, bad input told."""

from __future__ import annotations

import json
import re

from model_monitor.__main__ import main

import numpy as np
import pytest

REGRESSION = [
    "--problem-type",
    "Regression",
    "--inference-attribute",
    "prediction",
    "--ground-truth-attribute",
    "label",
]
BINARY = [
    "--problem-type", "BinaryClassification", "--probability-attribute", "score", "--inference-attribute", "prediction",
    "--ground-truth-attribute", "label",
]  # fmt: skip


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command in the test's folder: its exit code, its result and what it said."""
    monkeypatch.chdir(tmp_path)

    def call(*words):
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out else None, said.err

    return call


def write(path, header, rows):
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path.name


def classified(seed, noise, rows=500):
    random = np.random.default_rng(seed)
    truth = random.integers(0, 2, rows)
    score = np.clip(truth * 0.6 + 0.2 + random.normal(0, noise, rows), 0, 1).round(4)
    return list(zip(truth, (score > 0.5).astype(int), score, strict=True))


def test_what_is_worse_than_the_baseline_is_told_in_awss_order_and_words(run, tmp_path):
    good = write(tmp_path / "good.csv", "label,prediction,score", classified(0, 0.1))
    bad = write(tmp_path / "bad.csv", "label,prediction,score", classified(1, 0.6))

    first, baseline, _ = run("model-quality", good, *BINARY, "--output", "base")
    code, found, _ = run("model-quality", bad, *BINARY, "--baseline", "base", "--output", "now")

    assert (first, code) == (0, 3)
    assert baseline["violations"] is None
    assert [v["metric_name"] for v in found["violations"]] == [
        "auc", "precision", "truePositiveRate", "f1", "accuracy", "falsePositiveRate", "trueNegativeRate",
        "falseNegativeRate", "recall", "f2",
    ]  # fmt: skip
    words = r"Metric auc with 0\.\d+ \+/- [\d.E-]+ was LessThanThreshold '0\.\d+'"
    assert re.fullmatch(words, found["violations"][0]["description"])
    assert list(found["violations"][0]) == ["constraint_check_type", "description", "metric_name"]
    assert (
        json.loads((tmp_path / "now" / "constraint_violations.json").read_text())["violations"] == found["violations"]
    )


def test_what_is_as_good_as_the_baseline_violates_nothing(run, tmp_path):
    data = write(tmp_path / "good.csv", "label,prediction,score", classified(0, 0.1))
    run("model-quality", data, *BINARY, "--output", "base")

    code, found, _ = run("model-quality", data, *BINARY, "--baseline", "base", "--output", "now")

    assert (code, found["violations"]) == (0, [])


def test_f0_5_is_reported_where_it_is_asked_for(run, tmp_path):
    good = write(tmp_path / "good.csv", "label,prediction,score", classified(0, 0.1))
    bad = write(tmp_path / "bad.csv", "label,prediction,score", classified(1, 0.6))
    run("model-quality", good, *BINARY, "--output", "base")

    _, found, _ = run("model-quality", bad, *BINARY, "--baseline", "base", "--output", "now", "--method", "exact")

    assert found["violations"][-1]["metric_name"] == "f05"


def test_without_enough_rows_violations_have_no_deviation(run, tmp_path):
    good = write(tmp_path / "good.csv", "label,prediction", [(n, n) for n in range(10)])
    bad = write(tmp_path / "bad.csv", "label,prediction", [(n, n + 1) for n in range(10)])
    run("model-quality", good, *REGRESSION, "--output", "base")

    _, found, _ = run("model-quality", bad, *REGRESSION, "--baseline", "base", "--output", "now")

    assert found["violations"][0]["description"] == "Metric mae with 1.0 was GreaterThanThreshold '0.0'"


def test_a_threshold_of_null_leaves_a_metric_out(run, tmp_path):
    data = write(tmp_path / "data.csv", "label,prediction", [(1, 3), (2, 1)])
    members = {"mae": {"threshold": None, "comparison_operator": "GreaterThanThreshold"}}
    tmp_path.joinpath("c.json").write_text(json.dumps({"regression_constraints": members}))

    assert run("model-quality", data, *REGRESSION, "--constraints", "c.json")[0] == 0


@pytest.mark.parametrize(
    ("rows", "words", "message"),
    [
        ([(1, 2)], ["--problem-type", "regresion"], "problem type 'regresion' is none of .*did you mean 'Regression'"),
        ([(1, 2)], ["--inference-attribute", "predicton"], "no column 'predicton'; did you mean 'prediction'"),
        ([(1, 2)], ["--inference-attribute", "label"], "two attributes name the same column"),
        ([(1, "nan")], [], r"data.csv, row 1, column 'prediction': nan is no finite number"),
        ([(1, 2), (1, "inf")], [], r"data.csv, row 2, column 'prediction': inf is no finite number"),
        ([(1, 2), (1, "two")], [], r"data.csv, row 2, column 'prediction': 'two' is no number"),
        ([(1, "")], [], "has no rows: all 1 lack a prediction or the ground truth"),
        ([(1, 2, 3)], [], "3 columns where 2 belong"),
        ([(1, 2)], ["--baseline", "nowhere"], "there is no constraints file"),
        ([(1, 2)], ["--baseline", "model-quality"], "is where the baseline is"),
        ([(1, 2)], ["--output", "data.csv"], "is where the data are"),
        ([(1, 2)], ["--postprocessor", "nowhere.py"], "there is no script 'nowhere.py'"),
        ([(1, 2)], ["--probability-threshold-attribute", "nan"], "the probability threshold is nan"),
        ([("1e160", 1), (2, 3)], [], "is beyond any number: the numbers are too large to square"),
        (
            [(1, 0.7)],
            ["--problem-type", "BinaryClassification"],
            "the inference '0.7' is neither 0 nor 1; give a probability as the probability attribute",
        ),
        (
            [(n, n / 7) for n in range(1200)],
            ["--problem-type", "MulticlassClassification"],
            "more than 1000 classes.*is the inference attribute a probability",
        ),
    ],
)
def test_bad_input_is_told_and_nothing_written(run, tmp_path, rows, words, message):
    data = write(tmp_path / "data.csv", "label,prediction", rows)

    code, _, said = run("model-quality", data, *REGRESSION, *words)

    assert code == 2
    assert re.search(message, said), said
    assert not tmp_path.joinpath("model-quality").exists()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "is no constraints file"),
        ("[]", "has no regression_constraints: it has none"),
        ('{"binary_classification_constraints": {}}', "it has binary_classification_constraints"),
        ('{"regression_constraints": {"msee": {}}}', "msee is no metric; did you mean 'mse'"),
        ('{"regression_constraints": {"mse": {"threshold": 1}}}', "comparison_operator is None; it must be one of"),
        (
            '{"regression_constraints": {"mse": {"threshold": "1", "comparison_operator": "LessThanThreshold"}}}',
            "threshold is '1'; it must be a number",
        ),
    ],
)
def test_constraints_that_are_none_are_told(run, tmp_path, document, message):
    data = write(tmp_path / "data.csv", "label,prediction", [(1, 2)])
    tmp_path.joinpath("mine.json").write_text(document)

    code, _, said = run("model-quality", data, *REGRESSION, "--constraints", "mine.json")

    assert code == 2
    assert re.search(message, said), said


def captured(number, score, event=None, inference=None):
    metadata = {"eventId": event or f"e{number}"} | ({"inferenceId": inference} if inference else {})
    part = {"data": str(score), "encoding": "CSV"}
    return {"captureData": {"endpointOutput": part}, "eventMetadata": metadata, "eventVersion": "0"}


def truth(event, value):
    return {"groundTruthData": {"data": str(value), "encoding": "CSV"}, "eventMetadata": {"eventId": event}}


def lines(path, records):
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    return path.name


def test_predictions_meet_the_truth_by_inference_id_else_by_event_id(run, tmp_path):
    one = lines(tmp_path / "captured.jsonl", [captured(1, 5, inference="mine"), captured(2, 7), captured(3, 9)])
    other = lines(tmp_path / "truth.jsonl", [truth("e2", 8), truth("mine", 6), truth("e2", 8), truth("e1", 0)])

    code, found, said = run("merge", one, other, "--output", "merged.jsonl")

    assert (code, found["predictions"], found["truths"], found["met"]) == (0, 3, 3, 2)
    assert "1 predictions have no truth yet" in said
    arguments = [*REGRESSION[:2], "--inference-attribute", "0", "--ground-truth-attribute", "groundTruthData"]
    _, measured, _ = run("model-quality", "merged.jsonl", "--format", "merged", *arguments)
    assert measured["rows"] == 2
    assert measured["metrics"]["mae"]["value"] == 1.0


@pytest.mark.parametrize(
    ("predictions", "truths", "message"),
    [
        ([captured(1, 5)], [truth("e9", 1)], "none of 1 predictions meets one of 1 truths"),
        ([captured(1, 5)], [{"eventMetadata": {"eventId": "e1"}}], "truth.jsonl, line 1: no ground truth record"),
        ([captured(1, 5)], [truth(None, 1)], "truth.jsonl, line 1: eventMetadata has neither"),
        ([{"no": 1}], [truth("e1", 1)], "captured.jsonl, line 1: no capture record"),
        ([captured(1, 5)], [truth("e1", 1), truth("e1", 2)], "line 2: there are two truths for 'e1', '1' and '2'"),
    ],
)
def test_records_that_do_not_meet_are_told_and_nothing_written(run, tmp_path, predictions, truths, message):
    one, other = lines(tmp_path / "captured.jsonl", predictions), lines(tmp_path / "truth.jsonl", truths)

    code, _, said = run("merge", one, other, "--output", "merged.jsonl")

    assert code == 2
    assert message in said
    assert {path.name for path in tmp_path.iterdir()} == {"captured.jsonl", "truth.jsonl"}


def test_a_truth_with_other_rows_than_its_prediction_is_told(run, tmp_path):
    one = lines(tmp_path / "captured.jsonl", [captured(1, "5\n6")])
    other = lines(tmp_path / "truth.jsonl", [truth("e1", 5)])
    run("merge", one, other, "--output", "merged.jsonl")

    arguments = [*REGRESSION[:2], "--inference-attribute", "0", "--ground-truth-attribute", "groundTruthData"]
    code, _, said = run("model-quality", "merged.jsonl", "--format", "merged", *arguments)

    assert code == 2
    assert "1 lines of groundTruthData, and 2 of endpointOutput" in said


def test_a_truth_of_false_is_a_truth(run, tmp_path):
    one = lines(tmp_path / "captured.jsonl", [captured(1, 0), captured(2, 1)])
    falses = [
        {"groundTruthData": {"data": data, "encoding": "JSON"}, "eventMetadata": {"eventId": event}}
        for event, data in (("e1", '{"label": false}'), ("e2", '{"label": true}'))
    ]
    run("merge", one, lines(tmp_path / "truth.jsonl", falses), "--output", "merged.jsonl")

    arguments = ["--inference-attribute", "_c0", "--ground-truth-attribute", "groundTruthData", "--format", "merged"]
    _, found, _ = run("model-quality", "merged.jsonl", "--problem-type", "BinaryClassification", *arguments)

    assert (found["rows"], found["metrics"]["accuracy"]["value"]) == (2, 1.0)


@pytest.mark.parametrize("output", ["captured.jsonl", "truth/merged.jsonl"])
def test_a_merge_overwrites_nothing_that_it_reads(run, tmp_path, output):
    tmp_path.joinpath("truth").mkdir()
    one = lines(tmp_path / "captured.jsonl", [captured(1, 5)])
    lines(tmp_path / "truth" / "truth.jsonl", [truth("e1", 1)])

    code, _, said = run("merge", one, "truth", "--output", output)

    assert code == 2
    assert "which is read; name another" in said


def test_numbers_may_have_blanks_around_them_and_an_empty_text_is_missing(run, tmp_path):
    rows = [{"label": " 1.5", "prediction": 1}, {"label": "", "prediction": 2}, {"label": 3, "prediction": "3 "}]
    data = lines(tmp_path / "data.jsonl", rows)

    code, found, said = run("model-quality", data, *REGRESSION)

    assert (code, found["rows"], found["metrics"]["mae"]["value"]) == (0, 2, 0.25)
    assert "1 rows lack" in said
    bad = lines(tmp_path / "bad.jsonl", [{"label": 1, "prediction": 1}, {"label": 1, "prediction": "1_000"}])
    assert "bad.jsonl, row 2, column 'prediction': '1_000' is no number" in run("model-quality", bad, *REGRESSION)[2]


def test_a_column_may_come_late(run, tmp_path):
    tmp_path.joinpath("rows").mkdir()
    lines(tmp_path / "rows" / "a.jsonl", [{"prediction": 1}])
    lines(tmp_path / "rows" / "b.jsonl", [{"prediction": 2, "label": 3}])

    code, found, _ = run("model-quality", "rows", *REGRESSION)

    assert (code, found["rows"]) == (0, 1)


@pytest.mark.parametrize("output", [".", "merged.jsonl.gz"])
def test_a_merge_writes_a_plain_file(run, tmp_path, output):
    tmp_path.joinpath("in").mkdir()
    lines(tmp_path / "in" / "captured.jsonl", [captured(1, 5)])
    lines(tmp_path / "in" / "truth.jsonl", [truth("e1", 1)])

    code, _, said = run("merge", "in/captured.jsonl", "in/truth.jsonl", "--output", output)

    assert code == 2
    assert "must be a file, and not a packed one" in said


def test_awss_own_records_meet(run, shared):
    folder = shared / "fixtures" / "capture"

    code, found, _ = run("merge", folder / "capture.jsonl", folder / "actuals.jsonl", "--output", "merged.jsonl")

    assert (code, found["met"], found["truths"]) == (0, 44, 44)

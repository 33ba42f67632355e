"""Test the subcommands model-quality and merge: files in, files out, AWS's violations, and invalid input."""

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
    """Run a command in the test's folder; return its exit code, its result and its messages."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        code = main([str(argument) for argument in arguments])
        output = capsys.readouterr()
        return code, json.loads(output.out) if output.out else None, output.err

    return call


def write(path, header, rows):
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path.name


def classify(seed, noise, rows=500):
    random = np.random.default_rng(seed)
    ground_truth = random.integers(0, 2, rows)
    score = np.clip(ground_truth * 0.6 + 0.2 + random.normal(0, noise, rows), 0, 1).round(4)
    return list(zip(ground_truth, (score > 0.5).astype(int), score, strict=True))


def test_metrics_worse_than_the_baseline_are_violations_in_awss_order_and_text(run, tmp_path):
    good = write(tmp_path / "good.csv", "label,prediction,score", classify(0, 0.1))
    bad = write(tmp_path / "bad.csv", "label,prediction,score", classify(1, 0.6))

    first, baseline, _ = run("model-quality", good, *BINARY, "--output", "base")
    code, result, _ = run("model-quality", bad, *BINARY, "--baseline", "base", "--output", "now")

    assert (first, code) == (0, 3)
    assert baseline["violations"] is None
    assert [v["metric_name"] for v in result["violations"]] == [
        "auc", "precision", "truePositiveRate", "f1", "accuracy", "falsePositiveRate", "trueNegativeRate",
        "falseNegativeRate", "recall", "f2",
    ]  # fmt: skip
    pattern = r"Metric auc with 0\.\d+ \+/- [\d.E-]+ was LessThanThreshold '0\.\d+'"
    assert re.fullmatch(pattern, result["violations"][0]["description"])
    assert list(result["violations"][0]) == ["constraint_check_type", "description", "metric_name"]
    assert (
        json.loads((tmp_path / "now" / "constraint_violations.json").read_text())["violations"] == result["violations"]
    )


def test_metrics_as_good_as_the_baseline_violate_nothing(run, tmp_path):
    data = write(tmp_path / "good.csv", "label,prediction,score", classify(0, 0.1))
    run("model-quality", data, *BINARY, "--output", "base")

    code, result, _ = run("model-quality", data, *BINARY, "--baseline", "base", "--output", "now")

    assert (code, result["violations"]) == (0, [])


def test_f0_5_is_reported_on_request(run, tmp_path):
    good = write(tmp_path / "good.csv", "label,prediction,score", classify(0, 0.1))
    bad = write(tmp_path / "bad.csv", "label,prediction,score", classify(1, 0.6))
    run("model-quality", good, *BINARY, "--output", "base")

    _, result, _ = run("model-quality", bad, *BINARY, "--baseline", "base", "--output", "now", "--method", "exact")

    assert result["violations"][-1]["metric_name"] == "f05"


def test_without_enough_rows_violations_have_no_deviation(run, tmp_path):
    good = write(tmp_path / "good.csv", "label,prediction", [(n, n) for n in range(10)])
    bad = write(tmp_path / "bad.csv", "label,prediction", [(n, n + 1) for n in range(10)])
    run("model-quality", good, *REGRESSION, "--output", "base")

    _, result, _ = run("model-quality", bad, *REGRESSION, "--baseline", "base", "--output", "now")

    assert result["violations"][0]["description"] == "Metric mae with 1.0 was GreaterThanThreshold '0.0'"


def test_a_threshold_of_null_skips_a_metric(run, tmp_path):
    data = write(tmp_path / "data.csv", "label,prediction", [(1, 3), (2, 1)])
    members = {"mae": {"threshold": None, "comparison_operator": "GreaterThanThreshold"}}
    tmp_path.joinpath("c.json").write_text(json.dumps({"regression_constraints": members}))

    assert run("model-quality", data, *REGRESSION, "--constraints", "c.json")[0] == 0


@pytest.mark.parametrize(
    ("rows", "arguments", "message"),
    [
        (
            [(1, 2)],
            ["--problem-type", "regresion"],
            "problem type 'regresion' is not one of .*did you mean 'Regression'",
        ),
        ([(1, 2)], ["--inference-attribute", "predicton"], "no column 'predicton'; did you mean 'prediction'"),
        ([(1, "nan")], [], r"data.csv, row 1, column 'prediction': nan is not a finite number"),
        ([(1, 2), (1, "inf")], [], r"data.csv, row 2, column 'prediction': inf is not a finite number"),
        ([(1, 2), (1, "two")], [], r"data.csv, row 2, column 'prediction': 'two' is not a number"),
        ([(1, "")], [], "has no complete rows: all 1 rows lack a prediction or the ground truth"),
        ([(1, 2, 3)], [], "3 columns instead of 2"),
        ([(1, 2)], ["--baseline", "nowhere"], "there is no constraints file"),
        ([(1, 2)], ["--baseline", "model-quality"], "is where the baseline is"),
        ([(1, 2)], ["--output", "data.csv"], "is where the data are"),
        ([(1, 2)], ["--postprocessor", "nowhere.py"], "there is no script 'nowhere.py'"),
        ([(1, 2)], ["--probability-threshold-attribute", "nan"], "the probability threshold is nan"),
        ([("1e160", 1), (2, 3)], [], "is infinite: the numbers are too large to square"),
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
def test_invalid_input_is_an_error_and_nothing_is_written(run, tmp_path, rows, arguments, message):
    data = write(tmp_path / "data.csv", "label,prediction", rows)

    code, _, stderr = run("model-quality", data, *REGRESSION, *arguments)

    assert code == 2
    assert re.search(message, stderr), stderr
    assert not tmp_path.joinpath("model-quality").exists()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "is not a valid constraints file"),
        ("[]", "has no regression_constraints: it has none"),
        ('{"binary_classification_constraints": {}}', "it has binary_classification_constraints"),
        ('{"regression_constraints": {"msee": {}}}', "msee is not a metric; did you mean 'mse'"),
        ('{"regression_constraints": {"mse": {"threshold": 1}}}', "comparison_operator is None; it must be one of"),
        (
            '{"regression_constraints": {"mse": {"threshold": "1", "comparison_operator": "LessThanThreshold"}}}',
            "threshold is '1'; it must be a number",
        ),
    ],
)
def test_invalid_constraints_are_an_error(run, tmp_path, document, message):
    data = write(tmp_path / "data.csv", "label,prediction", [(1, 2)])
    tmp_path.joinpath("mine.json").write_text(document)

    code, _, stderr = run("model-quality", data, *REGRESSION, "--constraints", "mine.json")

    assert code == 2
    assert re.search(message, stderr), stderr


def capture_record(number, score, event=None, inference=None):
    metadata = {"eventId": event or f"e{number}"} | ({"inferenceId": inference} if inference else {})
    part = {"data": str(score), "encoding": "CSV"}
    return {"captureData": {"endpointOutput": part}, "eventMetadata": metadata, "eventVersion": "0"}


def truth_record(event, value):
    return {"groundTruthData": {"data": str(value), "encoding": "CSV"}, "eventMetadata": {"eventId": event}}


def write_lines(path, records):
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    return path.name


def test_predictions_match_the_ground_truth_by_inference_id_else_by_event_id(run, tmp_path):
    predictions_file = write_lines(
        tmp_path / "captured.jsonl",
        [capture_record(1, 5, inference="mine"), capture_record(2, 7), capture_record(3, 9)],
    )
    truth_file = write_lines(
        tmp_path / "ground_truth.jsonl",
        [truth_record("e2", 8), truth_record("mine", 6), truth_record("e2", 8), truth_record("e1", 0)],
    )

    code, result, stderr = run("merge", predictions_file, truth_file, "--output", "merged.jsonl")

    assert (code, result["predictions"], result["truths"], result["met"]) == (0, 3, 3, 2)
    assert "1 predictions have no ground truth yet" in stderr
    arguments = [*REGRESSION[:2], "--inference-attribute", "0", "--ground-truth-attribute", "groundTruthData"]
    _, measured, _ = run("model-quality", "merged.jsonl", "--format", "merged", *arguments)
    assert measured["rows"] == 2
    assert measured["metrics"]["mae"]["value"] == 1.0


@pytest.mark.parametrize(
    ("predictions", "ground_truths", "message"),
    [
        (
            [capture_record(1, 5)],
            [truth_record("e9", 1)],
            "none of 1 predictions matches any of 1 ground truth records",
        ),
        (
            [capture_record(1, 5)],
            [{"eventMetadata": {"eventId": "e1"}}],
            "ground_truth.jsonl, line 1: not a ground truth record",
        ),
        ([capture_record(1, 5)], [truth_record(None, 1)], "ground_truth.jsonl, line 1: eventMetadata has neither"),
        ([{"no": 1}], [truth_record("e1", 1)], "captured.jsonl, line 1: not a capture record"),
        (
            [capture_record(1, 5)],
            [truth_record("e1", 1), truth_record("e1", 2)],
            "line 2: there are two ground truths for 'e1', '1' and '2'",
        ),
    ],
)
def test_records_without_a_match_are_an_error_and_nothing_is_written(
    run, tmp_path, predictions, ground_truths, message
):
    predictions_file, truth_file = (
        write_lines(tmp_path / "captured.jsonl", predictions),
        write_lines(tmp_path / "ground_truth.jsonl", ground_truths),
    )

    code, _, stderr = run("merge", predictions_file, truth_file, "--output", "merged.jsonl")

    assert code == 2
    assert message in stderr
    assert {path.name for path in tmp_path.iterdir()} == {"captured.jsonl", "ground_truth.jsonl"}


def test_a_ground_truth_with_a_different_number_of_rows_is_an_error(run, tmp_path):
    predictions_file = write_lines(tmp_path / "captured.jsonl", [capture_record(1, "5\n6")])
    truth_file = write_lines(tmp_path / "ground_truth.jsonl", [truth_record("e1", 5)])
    run("merge", predictions_file, truth_file, "--output", "merged.jsonl")

    arguments = [*REGRESSION[:2], "--inference-attribute", "0", "--ground-truth-attribute", "groundTruthData"]
    code, _, stderr = run("model-quality", "merged.jsonl", "--format", "merged", *arguments)

    assert code == 2
    assert "1 lines of groundTruthData, and 2 of endpointOutput" in stderr


def test_false_is_a_valid_ground_truth(run, tmp_path):
    predictions_file = write_lines(tmp_path / "captured.jsonl", [capture_record(1, 0), capture_record(2, 1)])
    falses = [
        {"groundTruthData": {"data": data, "encoding": "JSON"}, "eventMetadata": {"eventId": event}}
        for event, data in (("e1", '{"label": false}'), ("e2", '{"label": true}'))
    ]
    run("merge", predictions_file, write_lines(tmp_path / "ground_truth.jsonl", falses), "--output", "merged.jsonl")

    arguments = ["--inference-attribute", "_c0", "--ground-truth-attribute", "groundTruthData", "--format", "merged"]
    _, result, _ = run("model-quality", "merged.jsonl", "--problem-type", "BinaryClassification", *arguments)

    assert (result["rows"], result["metrics"]["accuracy"]["value"]) == (2, 1.0)


@pytest.mark.parametrize("output", ["captured.jsonl", "ground_truth/merged.jsonl"])
def test_a_merge_never_overwrites_its_inputs(run, tmp_path, output):
    tmp_path.joinpath("ground_truth").mkdir()
    predictions_file = write_lines(tmp_path / "captured.jsonl", [capture_record(1, 5)])
    write_lines(tmp_path / "ground_truth" / "ground_truth.jsonl", [truth_record("e1", 1)])

    code, _, stderr = run("merge", predictions_file, "ground_truth", "--output", output)

    assert code == 2
    assert "or is inside it; give another file" in stderr


def test_numbers_may_have_blanks_around_them_and_an_empty_string_is_missing(run, tmp_path):
    rows = [{"label": " 1.5", "prediction": 1}, {"label": "", "prediction": 2}, {"label": 3, "prediction": "3 "}]
    data = write_lines(tmp_path / "data.jsonl", rows)

    code, result, stderr = run("model-quality", data, *REGRESSION)

    assert (code, result["rows"], result["metrics"]["mae"]["value"]) == (0, 2, 0.25)
    assert "1 rows lack" in stderr
    bad = write_lines(tmp_path / "bad.jsonl", [{"label": 1, "prediction": 1}, {"label": 1, "prediction": "1_000"}])
    assert "bad.jsonl, row 2, column 'prediction': '1_000' is not a number" in run("model-quality", bad, *REGRESSION)[2]


def test_a_column_may_first_occur_late(run, tmp_path):
    tmp_path.joinpath("rows").mkdir()
    write_lines(tmp_path / "rows" / "a.jsonl", [{"prediction": 1}])
    write_lines(tmp_path / "rows" / "b.jsonl", [{"prediction": 2, "label": 3}])

    code, result, _ = run("model-quality", "rows", *REGRESSION)

    assert (code, result["rows"]) == (0, 1)


@pytest.mark.parametrize("output", [".", "merged.jsonl.gz"])
def test_a_merge_writes_a_plain_file(run, tmp_path, output):
    tmp_path.joinpath("in").mkdir()
    write_lines(tmp_path / "in" / "captured.jsonl", [capture_record(1, 5)])
    write_lines(tmp_path / "in" / "ground_truth.jsonl", [truth_record("e1", 1)])

    code, _, stderr = run("merge", "in/captured.jsonl", "in/ground_truth.jsonl", "--output", output)

    assert code == 2
    assert "must name an uncompressed file, not a folder" in stderr


def test_awss_own_records_match(run, shared_folder):
    folder = shared_folder / "fixtures" / "capture"

    code, result, _ = run("merge", folder / "capture.jsonl", folder / "actuals.jsonl", "--output", "merged.jsonl")

    assert (code, result["met"], result["truths"]) == (0, 44, 44)

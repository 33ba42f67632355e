"""Test scores against the ground truth that arrives later."""

from __future__ import annotations

import json

import pytest
from batch_scripts import run_script

CONSTRAINTS = {
    "version": 0.0,
    "regression_constraints": {
        "mae": {"threshold": 1.0, "comparison_operator": "GreaterThanThreshold"},
        "r2": {"threshold": 0.5, "comparison_operator": "LessThanThreshold"},
    },
}


@pytest.fixture
def quality(fitted_folder, tmp_path):
    """Return a function that compares scores with ground truth; it returns the process and the report."""

    def run(scores, ground_truth, *arguments, constraints=CONSTRAINTS):
        inputs = {"scores": scores, "truth": ground_truth, "constraints": json.dumps(constraints)}
        for name, text in inputs.items():
            folder = tmp_path / name
            folder.mkdir(exist_ok=True)
            folder.joinpath("constraints.json" if name == "constraints" else f"{name}.csv").write_bytes(
                text.encode(errors="surrogateescape")
            )
        folders = [argument for name in inputs for argument in (f"--{name}", tmp_path / name)]
        options = (
            "--featurizer",
            fitted_folder / "featurizer",
            "--output",
            tmp_path / "out",
            "--problem-type",
            "Regression",
        )
        process = run_script("quality", *folders, *options, *arguments)
        report = tmp_path / "out" / "model_quality.json"
        return process, json.loads(report.read_text()) if report.is_file() else None

    return run


SCORES = "".join(f"s{n},{n}.0\n" for n in range(10))


def test_scores_near_the_ground_truth_have_no_violation(quality, tmp_path):
    process, report = quality(SCORES, "id,rings\n" + "".join(f"s{n},{n + 0.5}\n" for n in range(10)))

    assert process.returncode == 0, process.stderr
    assert (report["violations"], report["violated"]) == (0, "none")
    assert report["metrics"]["mae"] == 0.5
    assert report["rows"] == {
        "scores": 10, "truths": 10, "joined": 10, "without_truth": 0, "without_score": 0, "repeated": 0,
        "repeated_scores": 0,
    }  # fmt: skip
    assert {path.name for path in tmp_path.joinpath("out").iterdir()} == {
        "statistics.json", "constraints.json", "constraint_violations.json", "model_quality.json",
    }  # fmt: skip


def test_scores_far_from_the_ground_truth_are_reported_without_an_error(quality):
    process, report = quality(SCORES, "".join(f"s{n},{9 - n}\n" for n in range(10)))

    assert process.returncode == 0, process.stderr
    assert (report["violations"], report["violated"]) == (2, "mae, r2")


@pytest.mark.parametrize(("tolerance", "violations"), [("0", 1), ("0.4", 1), ("0.6", 0)])
def test_a_tolerance_moves_the_registered_thresholds(quality, tolerance, violations):
    ground_truth = "".join(f"s{n},{n + 1.5}\n" for n in range(10))
    only_mae = {"regression_constraints": {"mae": CONSTRAINTS["regression_constraints"]["mae"]}}

    _, report = quality(SCORES, ground_truth, "--tolerance", tolerance, constraints=only_mae)

    assert report["violations"] == violations


def test_missing_unknown_and_repeated_ground_truth_is_counted(quality):
    ground_truth = "id,rings\ns1,1\n s2 ,2\ns2,2.0\ns3,\ns4,NA\n,4\nnobody,5\n"

    _, report = quality(f"{SCORES}s1,7\n", ground_truth)

    assert report["rows"] == {
        "scores": 11, "truths": 4, "joined": 3, "without_truth": 8, "without_score": 1, "repeated": 1,
        "repeated_scores": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("scores", "ground_truth", "message"),
    [
        (SCORES, "id,rings\ns1,1\ns1,2\n", "the ground truth of 's1' is both '1.0' and '2.0'"),
        (SCORES, "id,rings\nx1,1\n", "none of 10 scores has one of 1 ground-truth values: no 'id' is the same in both"),
        (SCORES, "", "there are no ground-truth values to compare"),
        ("", "id,rings\ns1,1\n", "there are no scores to compare"),
        (SCORES, "ID,RINGS\ns1,1\n", "a header with id and rings, or no header"),
        (SCORES, "id,rings,id\ns1,1,s1\n", "a header with id and rings, or no header"),
        (SCORES, "id,rings\ns1,\udcff\n", "truth.csv cannot be read as CSV in UTF-8"),
        (SCORES, "id,age\ns1,1\n", "a header with id and rings, or no header"),
        (SCORES, "s1,1,2\n", "its first row is s1, 1, 2"),
        (SCORES, "id,rings\ns1\n", "truth.csv, row 2: 1 cells instead of 2"),
        (SCORES, "id,rings\ns1,many\n", "truth.csv, row 2: the ground truth 'many' is not a number"),
        ("s1,1,2\n", "id,rings\ns1,1\n", "scores.csv, row 1: 3 cells instead of an id and a score"),
    ],
)
def test_invalid_ground_truth_is_refused(quality, scores, ground_truth, message):
    process, report = quality(scores, ground_truth)

    assert process.returncode == 1
    assert message in process.stderr
    assert "Traceback" not in process.stderr
    assert report is None


def test_ground_truth_can_have_more_columns_and_several_files(quality, tmp_path):
    tmp_path.joinpath("truth").mkdir()
    tmp_path.joinpath("truth", "more.csv").write_text("s3,3\ns4,4\n")

    _, report = quality(SCORES, "rings,keeper,id\n1,Jo,s1\n2,Jo,s2\n")

    assert report["rows"]["joined"] == 4

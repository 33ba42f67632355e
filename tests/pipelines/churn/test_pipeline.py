"""Run the churn use case: the commands on its page, and the real file if it is available."""

from __future__ import annotations

import csv
import json
import re

import pytest
from paths import ROOT, SHARED
from shells import shell_in

PAGE = (ROOT / "pipelines" / "churn" / "README.md").read_text()
REAL_FILE = SHARED / "data" / "churn.csv"
TRAIN = "run-pipeline -n pipelines.churn.pipeline --local --parameters InputDataUrl=churn.csv"


def violations(process):
    """Return column -> descriptions of violations, of the check that failed."""
    (step,) = [step for step in json.loads(process.stdout)["steps"] if step.get("violated")]
    return step["violated"]


def test_the_commands_do_what_the_page_says(tmp_path):
    shell = shell_in(tmp_path)
    commands = re.search(r"^```\n(python.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)[1].splitlines()
    *good, blanks, lengthen, longer = commands
    for line in good:
        process = shell(line)
        assert process.returncode == 0, process.stderr
        if line == TRAIN:
            (package,) = json.loads(process.stdout)["model_packages"]
            assert package["value"] > 0.5

    process = shell(blanks)

    assert process.returncode == 3
    assert violations(process).keys() == {"State", "Day Mins"}
    assert all("completeness" in text for texts in violations(process).values() for text in texts)
    assert shell(lengthen).returncode == 0
    process = shell(longer)
    assert process.returncode == 3
    assert violations(process).keys() == {"Day Mins"}


@pytest.fixture
def trained_shell(tmp_path):
    """A shell whose account has an approved model, trained on a sample."""
    shell = shell_in(tmp_path)
    for line in (
        "python -m pipelines.churn.sample 800 > churn.csv",
        TRAIN,
        "pipelines approve ChurnPackageGroup --local",
    ):
        process = shell(line)
        assert process.returncode == 0, process.stderr
    return shell


def test_scores_are_probabilities_and_the_ground_truth_is_a_class(trained_shell, tmp_path):
    trained_shell("python -m pipelines.churn.sample 300 --seed 7 > batch.csv")
    with tmp_path.joinpath("batch.csv").open() as file:
        labels = [row["Churn?"] for row in csv.DictReader(file)]
    opposite = {"True.": "False.", "False.": "True."}
    for name, values in {"right": labels, "wrong": map(opposite.get, labels)}.items():
        rows = [f"batch.csv:{line},{value}\n" for line, value in enumerate(values, 2)]
        tmp_path.joinpath(f"{name}.csv").write_text("id,Churn?\n" + "".join(rows))
    score = (
        """run-pipeline -n pipelines.batch_inference.pipeline --kwargs '{"use_case": "Churn"}' --local """
        "--parameters InputDataUrl=batch.csv GroundTruthAvailable=true GroundTruthUrl="
    )

    good, bad = trained_shell(f"{score}right.csv"), trained_shell(f"{score}wrong.csv")

    assert good.returncode == 0, good.stderr
    (prefix,) = json.loads(good.stdout)["scores"]
    file = tmp_path / ".local-sagemaker" / "s3" / prefix.removeprefix("s3://") / "batch.csv.out"
    scores = [float(row.split(",")[1]) for row in file.read_text().splitlines()]
    hits = [(score > 0.5) == (value == "True.") for score, value in zip(scores, labels, strict=True)]
    assert all(0 < score < 1 for score in scores)
    assert sum(hits) / len(hits) > 0.8
    assert bad.returncode == 3
    assert [s["name"] for s in json.loads(bad.stdout)["steps"] if s["status"] == "Failed"] == ["ModelQualityLost"]


def test_a_model_that_predicts_at_random_is_not_registered(tmp_path):
    shell = shell_in(tmp_path)
    shell("python -m pipelines.churn.sample 800 > sample.csv")
    with tmp_path.joinpath("sample.csv").open() as file:
        header, *rows = csv.reader(file)
    with tmp_path.joinpath("churn.csv").open("w", newline="") as file:
        # Each row gets the label of another customer, which does not depend on the row's columns.
        csv.writer(file).writerows([header, *([*row[:-1], rows[n - 1][-1]] for n, row in enumerate(rows))])

    process = shell(TRAIN)

    assert process.returncode == 1
    assert "is below SkillThreshold 0.5" in process.stderr
    assert json.loads(process.stdout)["model_packages"] == []


@pytest.mark.skipif(not REAL_FILE.is_file(), reason="the churn file of amazon-sagemaker-mlops-batch is not available")
def test_on_the_real_file(tmp_path):
    process = shell_in(tmp_path)(f"{TRAIN.partition('churn.csv')[0]}{REAL_FILE}")

    assert process.returncode == 0, process.stderr
    (package,) = json.loads(process.stdout)["model_packages"]
    metrics = package["evaluation"]["binary_classification_metrics"]
    assert metrics["accuracy"]["value"] > 0.9
    assert metrics["auc"]["value"] > 0.95

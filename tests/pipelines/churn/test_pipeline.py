"""The churn use case: its page's commands, and the real file where it is at hand."""

from __future__ import annotations

import csv
import json
import re

import pytest
from paths import ROOT, SHARED
from shells import shell_in

TEXT = (ROOT / "pipelines" / "churn" / "README.md").read_text()
REAL = SHARED / "data" / "churn.csv"
TRAIN = "run-pipeline -n pipelines.churn.pipeline --local --parameters InputDataUrl=churn.csv"


def violated(done):
    """Column -> what was found, of the check that failed."""
    (step,) = [step for step in json.loads(done.stdout)["steps"] if step.get("violated")]
    return step["violated"]


def test_the_commands_do_what_the_page_says(tmp_path):
    shell = shell_in(tmp_path)
    *good, blanks, making, longer = re.search(r"^```\n(python.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)[1].splitlines()
    for line in good:
        done = shell(line)
        assert done.returncode == 0, done.stderr
        if line == TRAIN:
            (package,) = json.loads(done.stdout)["model_packages"]
            assert package["value"] > 0.5

    done = shell(blanks)

    assert done.returncode == 3
    assert violated(done).keys() == {"State", "Day Mins"}
    assert all("completeness" in words for found in violated(done).values() for words in found)
    assert shell(making).returncode == 0
    done = shell(longer)
    assert done.returncode == 3
    assert violated(done).keys() == {"Day Mins"}


@pytest.fixture
def trained(tmp_path):
    """A shell in whose account a model of a sample is approved."""
    shell = shell_in(tmp_path)
    for line in (
        "python -m pipelines.churn.sample 800 > churn.csv",
        TRAIN,
        "pipelines approve ChurnPackageGroup --local",
    ):
        done = shell(line)
        assert done.returncode == 0, done.stderr
    return shell


def test_scores_are_probabilities_and_truth_is_a_class(trained, tmp_path):
    trained("python -m pipelines.churn.sample 300 --seed 7 > batch.csv")
    with tmp_path.joinpath("batch.csv").open() as file:
        truth = [row["Churn?"] for row in csv.DictReader(file)]
    opposite = {"True.": "False.", "False.": "True."}
    for name, values in {"truth": truth, "wrong": map(opposite.get, truth)}.items():
        rows = [f"batch.csv:{line},{value}\n" for line, value in enumerate(values, 2)]
        tmp_path.joinpath(f"{name}.csv").write_text("id,Churn?\n" + "".join(rows))
    score = (
        """run-pipeline -n pipelines.batch_inference.pipeline --kwargs '{"use_case": "Churn"}' --local """
        "--parameters InputDataUrl=batch.csv GroundTruthAvailable=true GroundTruthUrl="
    )

    good, lost = trained(f"{score}truth.csv"), trained(f"{score}wrong.csv")

    assert good.returncode == 0, good.stderr
    (prefix,) = json.loads(good.stdout)["scores"]
    file = tmp_path / ".local-sagemaker" / "s3" / prefix.removeprefix("s3://") / "batch.csv.out"
    scores = [float(row.split(",")[1]) for row in file.read_text().splitlines()]
    hits = [(score > 0.5) == (value == "True.") for score, value in zip(scores, truth, strict=True)]
    assert all(0 < score < 1 for score in scores)
    assert sum(hits) / len(hits) > 0.8
    assert lost.returncode == 3
    assert [s["name"] for s in json.loads(lost.stdout)["steps"] if s["status"] == "Failed"] == ["ModelQualityLost"]


def test_a_coin_is_not_registered(tmp_path):
    shell = shell_in(tmp_path)
    shell("python -m pipelines.churn.sample 800 > sample.csv")
    with tmp_path.joinpath("sample.csv").open() as file:
        header, *rows = csv.reader(file)
    with tmp_path.joinpath("churn.csv").open("w", newline="") as file:
        # The label of another customer has nothing to do with one's own columns.
        csv.writer(file).writerows([header, *([*row[:-1], rows[n - 1][-1]] for n, row in enumerate(rows))])

    done = shell(TRAIN)

    assert done.returncode == 1
    assert "is below SkillThreshold 0.5" in done.stderr
    assert json.loads(done.stdout)["model_packages"] == []


@pytest.mark.skipif(not REAL.is_file(), reason="the churn file of amazon-sagemaker-mlops-batch is not at hand")
def test_on_the_real_file(tmp_path):
    done = shell_in(tmp_path)(f"{TRAIN.partition('churn.csv')[0]}{REAL}")

    assert done.returncode == 0, done.stderr
    (package,) = json.loads(done.stdout)["model_packages"]
    metrics = package["evaluation"]["binary_classification_metrics"]
    assert metrics["accuracy"]["value"] > 0.9
    assert metrics["auc"]["value"] > 0.95

"""Test data quality at the command line on the real data, from the first run to an edited baseline."""

from __future__ import annotations

import json
import random
import re

import pytest
from paths import ROOT

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

import local_sagemaker.session

import stories
from shells import shell_in

GROUP = "AbalonePackageGroup"
FIRST_RUN = "SkipDataQualityCheck=True RegisterNewDataQualityBaseline=True"


@pytest.fixture
def shell(tmp_path):
    """Return a function that runs a line in a shell that has the commands, in its own folder."""
    return shell_in(tmp_path)


@pytest.fixture
def client(tmp_path):
    """Return a function that opens a client of the test's root folder."""
    return lambda: local_sagemaker.session.open(tmp_path / ".local-sagemaker").client("sagemaker")


def read_documented_commands():
    """Return the commands of docs/checks.md for an edited baseline."""
    text = (ROOT / "docs" / "checks.md").read_text()
    return re.search(r"^```\n(pipelines baseline .*?)^```$", text, re.DOTALL | re.MULTILINE)[1]


def test_from_the_first_run_to_an_edited_baseline(trained, compared, shell, client, heavier_file, tmp_path):
    first, second = stories.last_result(trained), stories.begin(compared, tmp_path)
    assert first.returncode == 0, first.stderr
    assert FIRST_RUN in first.stderr
    baseline_uris = first.result["model_packages"][0]["baselines"]["DATA_QUALITY"]
    columns = [f["name"] for f in json.loads(_read_object(tmp_path, baseline_uris["statistics"]))["features"]]
    assert columns[:2] == ["sex", "length"], "the raw columns, by their names"
    assert "rings" not in columns

    assert second.returncode == 0, second.stderr
    assert FIRST_RUN not in second.stderr
    second_baselines = second.result["model_packages"][0]["baselines"]
    assert second_baselines["DATA_QUALITY"] == baseline_uris
    assert second_baselines["MODEL_QUALITY"] == first.result["model_packages"][0]["baselines"]["MODEL_QUALITY"]
    for uri in second_baselines["MODEL_QUALITY"].values():
        assert "regression_" in _read_object(tmp_path, uri)

    third = shell(f"{stories.TRAIN} --parameters InputDataUrl={heavier_file}")
    assert third.returncode == 3
    result = json.loads(third.stdout)
    steps = {step["name"]: step for step in result["steps"]}
    assert set(steps) == {"PreprocessAbaloneData", "DataQualityCheckStep", "DataBiasCheckStep"}
    ((column, (descriptions,)),) = steps["DataQualityCheckStep"]["violated"].items()
    assert (column, descriptions[:25]) == ("whole_weight", "Baseline drift distance: ")
    assert len(client().list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]) == 2

    completed = shell(read_documented_commands())
    assert completed.returncode == 0, completed.stderr
    approved = json.loads(completed.stdout.splitlines()[-1])
    assert (approved["version"], approved["approval_status"]) == (3, "Approved")
    edited_uris = approved["baselines"]["DATA_QUALITY"]
    assert edited_uris["statistics"] == baseline_uris["statistics"]
    assert '"comparison_threshold" : 0.6' in _read_object(tmp_path, edited_uris["constraints"])
    assert shell(f"{stories.TRAIN} --parameters InputDataUrl={heavier_file}").returncode == 0


@pytest.fixture
def permuted_csv(abalone_csv, tmp_path):
    """Write the real data with the rings shuffled across rows; return the file's name in the test's folder."""
    rows = [line.rpartition(",") for line in abalone_csv.read_text().splitlines()]
    rings = [row[2] for row in rows]
    random.Random(0).shuffle(rings)
    lines = [f"{measured},{ring}\n" for (measured, _, _), ring in zip(rows, rings, strict=True)]
    tmp_path.joinpath("permuted.csv").write_text("".join(lines))
    return "permuted.csv"


def test_a_model_without_skill_is_not_registered(trained, shell, client, permuted_csv, tmp_path):
    stories.begin(trained, tmp_path)
    assert shell(stories.APPROVE).returncode == 0

    default_threshold = shell(f"{stories.TRAIN} --parameters InputDataUrl={permuted_csv}")
    high_threshold = shell(f"{stories.TRAIN} --parameters InputDataUrl={permuted_csv} MseThreshold=100")

    assert default_threshold.returncode in (1, 3)
    assert high_threshold.returncode == 3, high_threshold.stderr
    result = json.loads(high_threshold.stdout)
    check = next(step for step in result["steps"] if step["name"] == "ModelQualityCheckStep")
    assert set(check["violated"]) == {"mae", "mse", "rmse", "r2"}
    assert check["violated"]["r2"][0].startswith("Metric r2 with ")
    assert len(client().list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]) == 1


def _read_object(folder, uri):
    return folder.joinpath(".local-sagemaker", "s3", uri.removeprefix("s3://")).read_text()

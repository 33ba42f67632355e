"""Data quality from the first run to an edited baseline, at the command line, on the real data."""

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
    """Run a line in a shell that knows the commands, in a folder of its own."""
    return shell_in(tmp_path)


@pytest.fixture
def client(tmp_path):
    return lambda: local_sagemaker.session.open(tmp_path / ".local-sagemaker").client("sagemaker")


def documented():
    """The commands that docs/checks.md has for an edited baseline."""
    text = (ROOT / "docs" / "checks.md").read_text()
    return re.search(r"^```\n(pipelines baseline .*?)^```$", text, re.DOTALL | re.MULTILINE)[1]


def test_from_the_first_run_to_an_edited_baseline(trained, compared, shell, client, heavier, tmp_path):
    first, second = stories.last_result(trained), stories.begin(compared, tmp_path)
    assert first.returncode == 0, first.stderr
    assert FIRST_RUN in first.stderr
    carried = first.result["model_packages"][0]["baselines"]["DATA_QUALITY"]
    columns = [f["name"] for f in json.loads(_file(tmp_path, carried["statistics"]))["features"]]
    assert columns[:2] == ["sex", "length"], "the raw columns, by their names"
    assert "rings" not in columns

    assert second.returncode == 0, second.stderr
    assert FIRST_RUN not in second.stderr
    again = second.result["model_packages"][0]["baselines"]
    assert again["DATA_QUALITY"] == carried
    assert again["MODEL_QUALITY"] == first.result["model_packages"][0]["baselines"]["MODEL_QUALITY"]
    for uri in again["MODEL_QUALITY"].values():
        assert "regression_" in _file(tmp_path, uri)

    third = shell(f"{stories.TRAIN} --parameters InputDataUrl={heavier}")
    assert third.returncode == 3
    result = json.loads(third.stdout)
    steps = {step["name"]: step for step in result["steps"]}
    assert set(steps) == {"PreprocessAbaloneData", "DataQualityCheckStep", "DataBiasCheckStep"}
    ((column, (words,)),) = steps["DataQualityCheckStep"]["violated"].items()
    assert (column, words[:25]) == ("whole_weight", "Baseline drift distance: ")
    assert len(client().list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]) == 2

    edited = shell(documented())
    assert edited.returncode == 0, edited.stderr
    approved = json.loads(edited.stdout.splitlines()[-1])
    assert (approved["version"], approved["approval_status"]) == (3, "Approved")
    mine = approved["baselines"]["DATA_QUALITY"]
    assert mine["statistics"] == carried["statistics"]
    assert '"comparison_threshold" : 0.6' in _file(tmp_path, mine["constraints"])
    assert shell(f"{stories.TRAIN} --parameters InputDataUrl={heavier}").returncode == 0


@pytest.fixture
def permuted(abalone_csv, tmp_path):
    """The name of a file in the test's folder: the real data, each shell with the rings of another one."""
    rows = [line.rpartition(",") for line in abalone_csv.read_text().splitlines()]
    rings = [row[2] for row in rows]
    random.Random(0).shuffle(rings)
    lines = [f"{measured},{ring}\n" for (measured, _, _), ring in zip(rows, rings, strict=True)]
    tmp_path.joinpath("permuted.csv").write_text("".join(lines))
    return "permuted.csv"


def test_a_model_that_has_learnt_nothing_is_not_registered(trained, shell, client, permuted, tmp_path):
    stories.begin(trained, tmp_path)
    assert shell(stories.APPROVE).returncode == 0

    at_the_gate = shell(f"{stories.TRAIN} --parameters InputDataUrl={permuted}")
    beyond_it = shell(f"{stories.TRAIN} --parameters InputDataUrl={permuted} MseThreshold=100")

    assert at_the_gate.returncode in (1, 3)
    assert beyond_it.returncode == 3, beyond_it.stderr
    result = json.loads(beyond_it.stdout)
    check = next(step for step in result["steps"] if step["name"] == "ModelQualityCheckStep")
    assert set(check["violated"]) == {"mae", "mse", "rmse", "r2"}
    assert check["violated"]["r2"][0].startswith("Metric r2 with ")
    assert len(client().list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]) == 1


def _file(folder, uri):
    return folder.joinpath(".local-sagemaker", "s3", uri.removeprefix("s3://")).read_text()

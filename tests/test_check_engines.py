"""The same pipeline with SageMaker's checks and with the project's own: the same files, to the byte, the same words."""

from __future__ import annotations

import json
import re

import pytest
from paths import ROOT

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

import stories
from shells import shell_in

pytestmark = pytest.mark.long
FAMILIES = {"DATA_QUALITY", "MODEL_QUALITY", "DATA_BIAS", "MODEL_BIAS", "MODEL_EXPLAINABILITY"}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A shell in which pipelines have the project's own checks; exit code, result, stderr."""
    monkeypatch.setenv("CHECK_ENGINE", "project")
    shell = shell_in(tmp_path)

    def call(line):
        done = shell(line)
        return done.returncode, json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout, done.stderr

    return call


def baselines(folder, model):
    """What a version carries: check and kind -> the file's bytes. Statistics of model quality tell the time."""
    root = folder / ".local-sagemaker" / "s3"
    return {
        (check, kind): root.joinpath(uri.removeprefix("s3://")).read_bytes()
        for check, files in model["baselines"].items()
        for kind, uri in files.items()
        if uri and (check, kind) != ("MODEL_QUALITY", "statistics")
    }


def test_three_runs_with_the_projects_own_checks(run, trained, heavier, tmp_path):
    code, first, err = run(stories.TRAIN)
    assert code == 0, err
    theirs = stories.begin(trained, tmp_path / "theirs")
    (of_sagemaker,) = theirs.result["model_packages"]
    (model,) = first["model_packages"]
    assert set(model["baselines"]) == FAMILIES
    assert baselines(tmp_path, model) == baselines(tmp_path / "theirs", of_sagemaker)

    assert run(stories.APPROVE)[0] == 0
    code, second, err = run(stories.TRAIN)
    assert (code, second["status"]) == (0, "Succeeded"), err
    (again,) = second["model_packages"]
    assert baselines(tmp_path, again) == baselines(tmp_path, model), "what was compared with is carried on"

    code, third, err = run(f"{stories.TRAIN} --parameters InputDataUrl={heavier}")
    assert code == 3, err
    (failed,) = [step for step in third["steps"] if step["status"] == "Failed"]
    assert failed["name"] == "DataQualityCheckStep"
    assert failed["failure_reason"].startswith("AlgorithmError: CompletedWithViolations")
    assert failed["violated"].keys() == {"whole_weight"}
    assert "TrainAbaloneModel" not in [step["name"] for step in third["steps"]], "nothing is trained on such data"
    code, shown, _ = run("pipelines show --local --violations")
    assert (code, [one["column"] for one in shown["violations"]]) == (3, ["whole_weight"])


def test_a_model_that_was_registered_with_sagemakers_checks_is_compared_with_by_the_projects(run, trained, tmp_path):
    stories.begin(trained, tmp_path)
    assert run(stories.APPROVE)[0] == 0

    code, result, err = run(stories.TRAIN)

    assert (code, result["status"]) == (0, "Succeeded"), err
    resolved = tmp_path.glob(
        ".local-sagemaker/s3/*/AbalonePipeline/*/ResolveBaselines/output/baselines/*/manifest.json"
    )
    manifests = [json.loads(path.read_text()) for path in resolved]
    assert {one["check_type"]: one["source"] for one in manifests} == dict.fromkeys(FAMILIES, "registered")


def test_the_commands_of_the_page_do_what_it_says(run, trained, tmp_path):
    page = (ROOT / "docs" / "check-engines.md").read_text()
    (to_switch, of_schedules) = re.findall(r"^```\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    stories.begin(trained, tmp_path)
    assert run(stories.APPROVE)[0] == 0

    for line in to_switch.splitlines():
        code, _, err = run(line)
        assert code == 0, err
    assert run("pipelines baseline AbalonePackageGroup --local")[0] == 0
    code, result, err = run(of_schedules)

    assert (code, result["status"]) == (0, "Succeeded"), err
    root = tmp_path / ".local-sagemaker" / "s3"
    manifest = root.glob("*/AbalonePipeline/*/ResolveBaselines/output/baselines/DATA_QUALITY/manifest.json")
    assert {json.loads(path.read_text())["source"] for path in manifest} == {"registered", "supplied"}


def test_a_model_that_was_registered_with_the_projects_checks_is_compared_with_by_sagemakers(run):
    assert run(stories.TRAIN)[0] == 0
    assert run(stories.APPROVE)[0] == 0

    code, result, err = run(f"CHECK_ENGINE=sagemaker {stories.TRAIN}")

    assert (code, result["status"]) == (0, "Succeeded"), err
    assert "ResolveBaselines" not in [step["name"] for step in result["steps"]]

"""Tests that SageMaker's checks and the project's own write the same files, to the byte, and the same messages."""

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
    """Return a function that runs a line with the project's own checks; it returns exit code, result and stderr."""
    monkeypatch.setenv("CHECK_ENGINE", "project")
    shell = shell_in(tmp_path)

    def call(line):
        process = shell(line)
        return (
            process.returncode,
            json.loads(process.stdout) if process.stdout.startswith("{") else process.stdout,
            process.stderr,
        )

    return call


def baselines(folder, model):
    """Return a version's baselines, check and document -> bytes, but for a document that contains the time."""
    root = folder / ".local-sagemaker" / "s3"
    return {
        (check, document): root.joinpath(uri.removeprefix("s3://")).read_bytes()
        for check, files in model["baselines"].items()
        for document, uri in files.items()
        if uri and (check, document) != ("MODEL_QUALITY", "statistics")
    }


def test_three_runs_with_the_projects_own_checks(run, trained, heavier_file, tmp_path):
    code, first, err = run(stories.TRAIN)
    assert code == 0, err
    sagemaker = stories.begin(trained, tmp_path / "sagemaker")
    (sagemaker_model,) = sagemaker.result["model_packages"]
    (model,) = first["model_packages"]
    assert set(model["baselines"]) == FAMILIES
    assert baselines(tmp_path, model) == baselines(tmp_path / "sagemaker", sagemaker_model)

    assert run(stories.APPROVE)[0] == 0
    code, second, err = run(stories.TRAIN)
    assert (code, second["status"]) == (0, "Succeeded"), err
    (again,) = second["model_packages"]
    assert baselines(tmp_path, again) == baselines(tmp_path, model), "the new version has the baselines of the check"

    code, third, err = run(f"{stories.TRAIN} --parameters InputDataUrl={heavier_file}")
    assert code == 3, err
    (failed,) = [step for step in third["steps"] if step["status"] == "Failed"]
    assert failed["name"] == "DataQualityCheckStep"
    assert failed["failure_reason"].startswith("ClientError: AlgorithmError: CompletedWithViolations")
    assert failed["violated"].keys() == {"whole_weight"}
    assert "TrainAbaloneModel" not in [step["name"] for step in third["steps"]], "nothing is trained on such data"
    code, report, _ = run("pipelines show --local --violations")
    assert (code, [violation["column"] for violation in report["violations"]]) == (3, ["whole_weight"])


def test_the_projects_checks_compare_with_a_model_that_was_registered_with_sagemakers(run, trained, tmp_path):
    stories.begin(trained, tmp_path)
    assert run(stories.APPROVE)[0] == 0

    code, result, err = run(stories.TRAIN)

    assert (code, result["status"]) == (0, "Succeeded"), err
    files = tmp_path.glob(".local-sagemaker/s3/*/AbalonePipeline/*/ResolveBaselines/output/baselines/*/manifest.json")
    manifests = [json.loads(path.read_text()) for path in files]
    assert {manifest["check_type"]: manifest["source"] for manifest in manifests} == dict.fromkeys(
        FAMILIES, "registered"
    )


def test_the_commands_of_the_page_do_what_it_says(run, trained, tmp_path):
    page = (ROOT / "docs" / "check-engines.md").read_text()
    (switch_commands, schedule_command) = re.findall(r"^```\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    stories.begin(trained, tmp_path)
    assert run(stories.APPROVE)[0] == 0

    for line in switch_commands.splitlines():
        code, _, err = run(line)
        assert code == 0, err
    assert run("pipelines baseline AbalonePackageGroup --local")[0] == 0
    code, result, err = run(schedule_command)

    assert (code, result["status"]) == (0, "Succeeded"), err
    root = tmp_path / ".local-sagemaker" / "s3"
    manifest = root.glob("*/AbalonePipeline/*/ResolveBaselines/output/baselines/DATA_QUALITY/manifest.json")
    assert {json.loads(path.read_text())["source"] for path in manifest} == {"registered", "supplied"}


def test_sagemakers_checks_compare_with_a_model_that_was_registered_with_the_projects(run):
    assert run(stories.TRAIN)[0] == 0
    assert run(stories.APPROVE)[0] == 0

    code, result, err = run(f"CHECK_ENGINE=sagemaker {stories.TRAIN}")

    assert (code, result["status"]) == (0, "Succeeded"), err
    assert "ResolveBaselines" not in [step["name"] for step in result["steps"]]

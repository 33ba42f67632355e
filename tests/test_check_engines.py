"""The same pipeline with SageMaker's checks and with the project's own: the same files, to the byte, the same words."""

from __future__ import annotations

import json

import pytest

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

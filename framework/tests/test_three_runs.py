"""Run the story of docs/checks.md, command by command, on the real data; its picture is in the README."""

from __future__ import annotations

import json
import re

import pictures
import pytest
import stories
from paths import ROOT
from shells import shell_in

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

PICTURE = ROOT / "docs" / "three-runs.svg"


def read_story():
    """Return the lines of the story; those that only write files are combined into one."""
    text = (ROOT / "docs" / "checks.md").read_text()
    block = re.search(r"^## Three runs$.*?^```\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)[1]
    before, making, after = re.fullmatch(
        r"(.*?)^(data=.*> others\.csv\n)(.*)", block, re.DOTALL | re.MULTILINE
    ).groups()
    return [*before.splitlines(), making, *after.splitlines()]


@pytest.fixture
def shell(tmp_path):
    """Return a function that runs a line in its own folder, and returns its exit code and its JSON."""
    run = shell_in(tmp_path)

    def run_checked(line):
        completed = run(line)
        assert "Traceback" not in completed.stderr, completed.stderr
        return completed.returncode, json.loads(completed.stdout or "{}")

    return run_checked


def list_violated(result):
    """Return the violations of each check step."""
    return {step["name"]: step["violated"] for step in result["steps"] if step.get("violated")}


def analysis(folder, execution, step):
    path = folder / ".local-sagemaker" / "s3" / "sagemaker-us-east-1-000000000000" / "Abalone" / execution
    return json.loads((path / step.lower() / "analysis.json").read_text())


def attributions(document):
    return document["explanations"]["kernel_shap"]["label0"]["global_shap_values"]


def differences(document):
    """Return DPPL of each facet: the share of shells predicted to be old among the others, less that in the facet."""
    facets = document["post_training_bias_metrics"]["facets"]
    return {
        name: next(m["value"] for m in reports[0]["metrics"] if m["name"] == "DPPL") for name, reports in facets.items()
    }


def test_three_runs(trained, compared, shell, tmp_path, request):
    first, approve, second, making, shifted, trained_on_shifted, unrelated = read_story()

    assert (first, approve, second) == (stories.TRAIN, stories.APPROVE, stories.TRAIN)
    result, completed = stories.last_result(trained).result, stories.begin(compared, tmp_path)
    approved = result["execution_arn"].rpartition("/")[2]
    assert set(result["model_packages"][0]["baselines"]) == {
        "DATA_QUALITY", "DATA_BIAS", "MODEL_QUALITY", "MODEL_BIAS", "MODEL_EXPLAINABILITY",
    }  # fmt: skip
    assert completed.returncode == 0, completed.stderr
    second_result = completed.result
    assert second_result["model_packages"][0]["baselines"] == result["model_packages"][0]["baselines"]
    assert not list_violated(second_result)

    assert shell(making)[0] == 0
    code, result = shell(shifted)
    assert code == 3
    assert set(list_violated(result)) == {"DataBiasCheckStep"}
    assert "TrainAbaloneModel" not in [step["name"] for step in result["steps"]]

    code, result = shell(trained_on_shifted)
    assert code == 3
    assert {"sex_F (0.5, 1.0] DPPL", "sex_M (0.5, 1.0] DPPL"} <= set(list_violated(result)["ModelBiasCheckStep"])
    assert not result["model_packages"]
    biased = result["execution_arn"].rpartition("/")[2]

    code, result = shell(unrelated)
    assert code == 3
    ((description,),) = list_violated(result)["ModelExplainabilityCheckStep"].values()
    assert re.fullmatch(r"Feature attribution drift 0\.\d+ exceeds threshold 0\.9", description)
    unrelated_run = result["execution_arn"].rpartition("/")[2]

    picture = _draw_picture(
        {step: [analysis(tmp_path, run, step) for run in (approved, failed_run)] for step, failed_run in
         (("ModelExplainabilityCheckStep", unrelated_run), ("ModelBiasCheckStep", biased))}
    )  # fmt: skip
    if request.config.getoption("--rewrite-golden"):
        PICTURE.write_text(picture)
    assert _values(picture) == pytest.approx(_values(PICTURE.read_text()), abs=0.05)


def _draw_picture(documents):
    """Return the picture: the features' attributions and the bias of the predictions, before and after."""
    before, after = map(attributions, documents["ModelExplainabilityCheckStep"])
    explained = {name: (before[name], after[name]) for name in sorted(before, key=lambda n: -before[n])}
    before, after = map(differences, documents["ModelBiasCheckStep"])
    biased = {name: (before[name], after[name]) for name in before}
    middle = pictures.height(len(explained))
    attribution_title, bias_title = (
        "What predictions come from (mean |SHAP|, in rings)",
        "Bias of the predictions (DPPL)",
    )
    panels = [
        *pictures.bars(attribution_title, ("approved", "shell_weight of others"), explained, 0),
        *pictures.bars(bias_title, ("approved", "females 8 rings older"), biased, middle),
    ]
    return pictures.picture(iter(panels), middle + pictures.height(len(biased)))


def _values(picture):
    return [float(value) for value in re.findall(r">(-?\d+\.\d\d)</text>", picture)]

"""The story of docs/checks.md, command by command, on the real data; its picture is in the README."""

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


def documented():
    """The lines of the story; those that only make files are one."""
    text = (ROOT / "docs" / "checks.md").read_text()
    block = re.search(r"^## Three runs$.*?^```\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)[1]
    before, making, after = re.fullmatch(
        r"(.*?)^(data=.*> others\.csv\n)(.*)", block, re.DOTALL | re.MULTILINE
    ).groups()
    return [*before.splitlines(), making, *after.splitlines()]


@pytest.fixture
def shell(tmp_path):
    """Run a line in a folder of its own; its exit code and its JSON."""
    run = shell_in(tmp_path)

    def answered(line):
        done = run(line)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, json.loads(done.stdout or "{}")

    return answered


def violated(result):
    """Check step -> what it found."""
    return {step["name"]: step["violated"] for step in result["steps"] if step.get("violated")}


def analysis(folder, execution, step):
    path = folder / ".local-sagemaker" / "s3" / "sagemaker-us-east-1-000000000000" / "Abalone" / execution
    return json.loads((path / step.lower() / "analysis.json").read_text())


def attributions(document):
    return document["explanations"]["kernel_shap"]["label0"]["global_shap_values"]


def differences(document):
    """Facet -> DPPL: the others' share of shells that are predicted to be old, less its own."""
    facets = document["post_training_bias_metrics"]["facets"]
    return {name: next(m["value"] for m in one[0]["metrics"] if m["name"] == "DPPL") for name, one in facets.items()}


def test_three_runs(trained, compared, shell, tmp_path, request):
    first, approve, second, making, shifted, trained_on_shifted, unrelated = documented()

    assert (first, approve, second) == (stories.TRAIN, stories.APPROVE, stories.TRAIN)
    result, done = stories.last_result(trained).result, stories.begin(compared, tmp_path)
    approved = result["execution_arn"].rpartition("/")[2]
    assert set(result["model_packages"][0]["baselines"]) == {
        "DATA_QUALITY", "DATA_BIAS", "MODEL_QUALITY", "MODEL_BIAS", "MODEL_EXPLAINABILITY",
    }  # fmt: skip
    assert done.returncode == 0, done.stderr
    again = done.result
    assert again["model_packages"][0]["baselines"] == result["model_packages"][0]["baselines"]
    assert not violated(again)

    assert shell(making)[0] == 0
    code, result = shell(shifted)
    assert code == 3
    assert set(violated(result)) == {"DataBiasCheckStep"}
    assert "TrainAbaloneModel" not in [step["name"] for step in result["steps"]]

    code, result = shell(trained_on_shifted)
    assert code == 3
    assert {"sex_F (0.5, 1.0] DPPL", "sex_M (0.5, 1.0] DPPL"} <= set(violated(result)["ModelBiasCheckStep"])
    assert not result["model_packages"]
    biased = result["execution_arn"].rpartition("/")[2]

    code, result = shell(unrelated)
    assert code == 3
    ((words,),) = violated(result)["ModelExplainabilityCheckStep"].values()
    assert re.fullmatch(r"Feature attribution drift 0\.\d+ exceeds threshold 0\.9", words)
    unrelated_run = result["execution_arn"].rpartition("/")[2]

    found = _pictured(
        {step: [analysis(tmp_path, run, step) for run in (approved, other)] for step, other in
         (("ModelExplainabilityCheckStep", unrelated_run), ("ModelBiasCheckStep", biased))}
    )  # fmt: skip
    if request.config.getoption("--rewrite-golden"):
        PICTURE.write_text(found)
    assert _values(found) == pytest.approx(_values(PICTURE.read_text()), abs=0.05)


def _pictured(documents):
    """What the picture shows: the features' attributions and the bias of the predictions, before and after."""
    before, after = map(attributions, documents["ModelExplainabilityCheckStep"])
    explained = {name: (before[name], after[name]) for name in sorted(before, key=lambda n: -before[n])}
    before, after = map(differences, documents["ModelBiasCheckStep"])
    biased = {name: (before[name], after[name]) for name in before}
    middle = pictures.height(len(explained))
    what, bias = "What predictions come from (mean |SHAP|, in rings)", "Bias of the predictions (DPPL)"
    panels = [
        *pictures.bars(what, ("approved", "shell_weight of others"), explained, 0),
        *pictures.bars(bias, ("approved", "females 8 rings older"), biased, middle),
    ]
    return pictures.picture(iter(panels), middle + pictures.height(len(biased)))


def _values(picture):
    return [float(value) for value in re.findall(r">(-?\d+\.\d\d)</text>", picture)]

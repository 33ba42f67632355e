"""Tests ``python -m model_monitor clarify``, which computes bias and explanations from files."""

from __future__ import annotations

import json
import re

from model_monitor.clarify.analysis import Model, analyse
from model_monitor.clarify.config import AnalysisConfig
from model_monitor.explanations.trees import booster
from model_monitor.monitor_error import MonitorError

import numpy as np
import pytest
from shell_rows import BIAS, FEATURES, NAMES, RINGS, SEX, SHAP


def test_bias_of_the_labels_and_then_a_comparison(clarify, shells, tmp_path):
    first = clarify(shells, BIAS, "--output", "january")

    assert first.returncode == 0, first.stderr
    result = json.loads(first.stdout)
    assert result["rows"] == 300
    assert result["violations"] is None
    assert result["files"] == ["january/analysis.json"]
    document = json.loads(tmp_path.joinpath("january", "analysis.json").read_text())
    (entry,) = document["pre_training_bias_metrics"]["facets"]["sex_F"]
    assert entry["value_or_threshold"] == "(0.5, 1.0]"
    assert result["bias"]["sex_F (0.5, 1.0] DPL"] == next(m["value"] for m in entry["metrics"] if m["name"] == "DPL")

    shifted = tmp_path / "shifted.csv"
    np.savetxt(shifted, np.column_stack([RINGS - 4 * (SEX == 0), FEATURES]), delimiter=",", fmt="%s")
    second = clarify(shifted, BIAS, "--baseline", "january", "--output", "february")

    assert second.returncode == 3, second.stderr
    violations = json.loads(second.stdout)["violations"]
    assert {v["metric_name"] for v in violations} == {"DPL", "JS", "KL", "KS", "LP", "TVD"}
    written = json.loads(tmp_path.joinpath("february", "constraint_violations.json").read_text())
    assert written == {"version": "1.0", "violations": violations}
    assert clarify(shells, BIAS, "--baseline", "january", "--output", "february").returncode == 0
    assert not tmp_path.joinpath("february", "constraint_violations.json").exists(), "without a violation there is none"


def test_predictions_come_from_a_model(clarify, shells, model):
    post = BIAS | {"methods": {"post_training_bias": {"methods": "all"}}, "predictor": {"content_type": "text/csv"}}

    done = clarify(shells, post, "--model", model, "--output", "out")

    assert done.returncode == 0, done.stderr
    bias = json.loads(done.stdout)["bias"]
    assert bias["sex_F (0.5, 1.0] DPPL"] > 0.2
    assert bias["sex_F (0.5, 1.0] FT"] < 0


def test_shap_values_are_exact_with_the_models_trees(clarify, shells, model, tmp_path):
    kernel = clarify(shells, SHAP, "--model", model, "--output", "kernel")
    exact = clarify(shells, SHAP, "--model", model, "--method", "exact", "--output", "exact", "--baseline", "kernel")

    assert kernel.returncode == exact.returncode == 0, exact.stderr
    by_kernel, by_trees = (json.loads(done.stdout)["attributions"]["label0"] for done in (kernel, exact))
    assert by_kernel == pytest.approx(by_trees, abs=1e-4)  # there are only 14 coalitions
    assert next(iter(by_kernel)) == "size"
    local = tmp_path.joinpath("kernel", "explanations_shap", "out.csv").read_text().splitlines()
    assert local[0] == "size_label0,weight_label0,sex_F_label0,sex_M_label0"
    assert len(local) == 301
    values = np.array([line.split(",") for line in local[1:]], float)
    assert abs(values).mean(axis=0).tolist() == pytest.approx([by_kernel[n] for n in NAMES[1:]])
    assert (
        tmp_path.joinpath("kernel", "explanations_shap", "baseline.csv").read_text()
        == "size,weight,sex_F,sex_M\n0,0,1,0\n"
    )


BAD_CONFIGS = {
    "no JSON": ("{", "config.json is not a valid analysis configuration: "),
    "no object": ("[]", "the analysis configuration must be an object"),
    "unknown key": (BIAS | {"lable": "x"}, "has no member 'lable'; did you mean 'label'?"),
    "unknown in a method": (
        BIAS | {"methods": {"shap": {"samples": 3}}},
        "has no member 'samples'; did you mean 'num_samples'?",
    ),
    "unknown metric": (
        BIAS | {"methods": {"pre_training_bias": {"methods": ["DPPL"]}}},
        "has no metric 'DPPL'; did you mean 'DPL'?",
    ),
    "no method": (BIAS | {"methods": {"report": {}}}, "has no method"),
    "no label": ({k: v for k, v in BIAS.items() if k != "label"}, "has no label; the bias methods need it"),
    "facet without a name": (BIAS | {"facet": [{}]}, "facet 0 has no name_or_index"),
    "wrong type": (BIAS | {"label_values_or_threshold": 15}, "it must be a list of values, or of one threshold"),
    "images": (BIAS | {"dataset_type": "application/x-image"}, "it must be one of text/csv, application/jsonlines"),
    "not here": (BIAS | {"facet_dataset_uri": "s3://b/k"}, "facet_dataset_uri is not supported here; leave it out"),
    "headers": (BIAS | {"headers": ["a", "b"]}, "there are 2 headers (a, b), and shells.csv has 5 columns"),
    "twice": (BIAS | {"headers": ["a", "b", "a", "c", "d"]}, "two headers are 'a'"),
    "label's name": (BIAS | {"label": "ring"}, "there is no column 'ring'; did you mean 'rings'?"),
    "baseline's width": (
        SHAP | {"methods": {"shap": {"baseline": [[0, 0]]}}},
        "row 0 of the SHAP baseline has 2 values, and there are 4",
    ),
    "baseline's values": (
        SHAP | {"methods": {"shap": {"baseline": [[0, 0, 1, [1]]]}}},
        "which is neither a string nor a number",
    ),
    "baseline's file": (
        SHAP | {"methods": {"shap": {"baseline": "nowhere.csv"}}},
        "there is no SHAP baseline 'nowhere.csv'",
    ),
    "text for a number": (
        SHAP | {"methods": {"shap": {"baseline": [["x", 0, 1, 0]]}}},
        "the model takes numbers, and a feature holds 'x'",
    ),
    "pdp of nothing": (
        SHAP | {"methods": {"pdp": {"features": ["rings"]}}},
        "'rings' is not a feature of the model",
    ),
}


@pytest.mark.parametrize(("config", "message"), BAD_CONFIGS.values(), ids=BAD_CONFIGS.keys())
def test_an_invalid_configuration_is_refused_and_nothing_is_written(shells, model, tmp_path, config, message):
    path = tmp_path / "config.json"
    path.write_text(config if isinstance(config, str) else json.dumps(config))

    with pytest.raises(MonitorError) as error:
        analyse(shells, AnalysisConfig.load(path), tmp_path / "out", Model(booster=booster(model)))

    assert message in str(error.value)
    assert not [path for path in tmp_path.joinpath("out").rglob("*") if path.is_file()]


def test_an_error_is_one_line_and_exit_code_2(clarify, shells, model, tmp_path):
    done = clarify(shells, BIAS | {"lable": "x"}, "--model", model, "--output", "out")

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert not done.stdout
    assert not tmp_path.joinpath("out").exists()


BAD_USES = {
    "the data's own file": (BIAS, ["--output", "."], "would overwrite the input analysis.json; give another folder"),
    "a blank": (SHAP, ["--endpoint", " "], "'' is not the URL of a served model"),
    "no URL": (SHAP, ["--endpoint", "http://[::1"], "is not the URL of a served model"),
    "a long name": (BIAS, ["--constraints", "x" * 300], "File name too long"),
    "no model": (SHAP, [], "has methods that need a model's predictions, and there is no model"),
    "no file": (SHAP, ["--model", "nowhere"], "there is no model 'nowhere'"),
    "no model's file": (SHAP, ["--model", "config.json"], "config.json is not an XGBoost model"),
    "exact without trees": (
        SHAP,
        ["--method", "exact", "--endpoint", "http://127.0.0.1:9"],
        "--method exact needs --model",
    ),
    "both": (SHAP, ["--model", "m", "--endpoint", "http://127.0.0.1:9"], "give one"),
    "no server": (SHAP, ["--endpoint", "http://127.0.0.1:9"], "does not answer"),
    "no constraints": (BIAS, ["--constraints", "nowhere.json"], "there is no constraints file 'nowhere.json'"),
    "other constraints": (BIAS, ["--constraints", "config.json"], "config.json is not an analysis.json"),
    "the baseline's folder": (BIAS, ["--baseline", "out"], "is where the baseline is; give another folder"),
}


@pytest.mark.parametrize(("config", "options", "message"), BAD_USES.values(), ids=BAD_USES.keys())
def test_wrong_use_is_reported(clarify, shells, config, options, message):
    pytest.importorskip("xgboost")

    data = shells.rename(shells.with_name("analysis.json")) if "--output" in options else shells
    done = clarify(data, config, "--output", "out", *options)

    assert done.returncode == 2
    assert message in done.stderr


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["pre_training_bias_metrics"].update(facets={"age": []}), "the two have no metric in common"),
        (
            lambda d: d["pre_training_bias_metrics"]["facets"]["sex_F"][0].pop("metrics"),
            "is not an analysis.json: KeyError",
        ),
        (
            lambda d: d["pre_training_bias_metrics"]["facets"]["sex_F"][0]["metrics"][1].update(value="?"),
            "is not an analysis.json",
        ),
    ],
)
def test_constraints_that_do_not_fit_are_refused(clarify, shells, tmp_path, change, message):
    clarify(shells, BIAS, "--output", "old")
    document = json.loads(tmp_path.joinpath("old", "analysis.json").read_text())
    change(document)
    tmp_path.joinpath("mine.json").write_text(json.dumps(document))

    done = clarify(shells, BIAS, "--constraints", "mine.json", "--output", "new")

    assert done.returncode == 2
    assert message in done.stderr


def test_a_metric_that_is_not_defined_is_not_compared_and_noted(clarify, shells, tmp_path):
    clarify(shells, BIAS, "--output", "old")

    done = clarify(shells, BIAS, "--baseline", "old", "--output", "new")

    assert re.search(r"^note: CDDL of sex_F \(0.5, 1.0\] is not defined for the constraints", done.stderr, re.MULTILINE)


def test_a_failed_run_does_not_change_earlier_files(clarify, shells, model, tmp_path):
    clarify(shells, SHAP, "--model", model, "--output", "out")
    before = {path: path.read_bytes() for path in tmp_path.joinpath("out").rglob("*") if path.is_file()}
    document = json.loads(tmp_path.joinpath("out", "analysis.json").read_text())
    document["explanations"]["kernel_shap"]["label0"]["global_shap_values"] = {"z": 1.0}
    tmp_path.joinpath("mine.json").write_text(json.dumps(document))

    failed = clarify(shells, SHAP, "--model", model, "--output", "out", "--constraints", "mine.json")
    without_output = clarify(shells, SHAP, "--model", model, "--output", "new", "--constraints", "mine.json")

    assert failed.returncode == without_output.returncode == 2
    assert "data and constraints have different features" in failed.stderr
    assert {path: path.read_bytes() for path in tmp_path.joinpath("out").rglob("*") if path.is_file()} == before
    assert not tmp_path.joinpath("new").exists()


def test_a_facet_may_occur_twice_and_values_of_different_types_differ(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("y,s\n" + "".join(f"{'ab'[n % 2]},{('True', 'False', '1')[n % 3]}\n" for n in range(90)))
    config = BIAS | {"headers": ["y", "s"], "label": "y", "label_values_or_threshold": ["a"]}

    def imbalance(*facets):
        members = [{"name_or_index": "s", "value_or_threshold": [value]} for value in facets]
        document = analyse(path, AnalysisConfig.of(config | {"facet": members}), tmp_path / "out").document
        entries = document["pre_training_bias_metrics"]["facets"]["s"]
        return [next(m["value"] for m in entry["metrics"] if m["name"] == "CI") for entry in entries]

    assert imbalance("True", "True") == imbalance("True") * 2
    assert imbalance(True, 1, "False") == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize(
    ("spellings", "positive"),
    [
        (("True", "False"), 1),
        (("true", "false"), 1),
        (("TRUE", "FALSE"), True),
        (("True", "False"), True),
        (("1", "0"), 1),
    ],
)
def test_booleans_are_read_as_1_and_0_as_by_pandas(tmp_path, spellings, positive):
    labels = [1, 0, 0, 1, 1, 1, 0, 1] * 10
    answers = [1, 0, 1, 1, 0, 1, 0, 0] * 10
    rows = [
        f"{'fm'[n % 2]},{spellings[1 - y]},{spellings[1 - p]}"
        for n, (y, p) in enumerate(zip(labels, answers, strict=True))
    ]
    (tmp_path / "data.csv").write_text("sex,label,prediction\n" + "\n".join(rows) + "\n")
    config = BIAS | {
        "headers": ["sex", "label", "prediction"], "label": "label", "label_values_or_threshold": [positive],
        "predicted_label": "prediction",
        "facet": [{"name_or_index": "sex", "value_or_threshold": ["f"]}],
        "methods": {"pre_training_bias": {"methods": ["DPL"]}, "post_training_bias": {"methods": ["DPPL", "AD"]}},
    }  # fmt: skip
    document = analyse(tmp_path / "data.csv", AnalysisConfig.of(config), tmp_path / "out").document

    values = {
        metric["name"]: metric["value"]
        for stage in ("pre_training_bias_metrics", "post_training_bias_metrics")
        for metric in document[stage]["facets"]["sex"][0]["metrics"]
    }
    women, men = (slice(0, None, 2), slice(1, None, 2))

    def mean(values, rows):
        return sum(values[rows]) / len(values[rows])

    is_correct = [int(y == p) for y, p in zip(labels, answers, strict=True)]
    assert values["DPL"] == pytest.approx(mean(labels, men) - mean(labels, women))
    assert values["DPPL"] == pytest.approx(mean(answers, men) - mean(answers, women))
    assert values["AD"] == pytest.approx(mean(is_correct, men) - mean(is_correct, women))


def test_a_facet_of_booleans_has_two_parts(tmp_path):
    rows = [f"{n % 3 % 2},{n % 2 == 0}" for n in range(60)]
    (tmp_path / "data.csv").write_text("y,new\n" + "\n".join(rows) + "\n")
    config = BIAS | {"headers": ["y", "new"], "label": "y", "label_values_or_threshold": [1]}
    config["facet"] = [{"name_or_index": "new"}]

    document = analyse(tmp_path / "data.csv", AnalysisConfig.of(config), tmp_path / "out").document

    entries = document["pre_training_bias_metrics"]["facets"]["new"]
    assert [entry["value_or_threshold"] for entry in entries] == ["True", "False"]


def test_the_option_shap_baseline_takes_precedence(clarify, shells, model, tmp_path):
    tmp_path.joinpath("rows.csv").write_text("1,1,0,1\n")

    clarify(shells, SHAP, "--model", model, "--shap-baseline", "rows.csv", "--output", "out")

    baseline = tmp_path.joinpath("out", "explanations_shap", "baseline.csv").read_text()
    assert baseline.splitlines()[1:] == ["1,1,0,1"]

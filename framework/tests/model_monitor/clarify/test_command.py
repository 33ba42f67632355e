"""``python -m model_monitor clarify``: bias and explanations for anyone with a file, a configuration and a model."""

from __future__ import annotations

import json
import os
import re
import subprocess

from model_monitor.clarify.analysis import Model, analyse
from model_monitor.clarify.config import AnalysisConfig
from model_monitor.errors import MonitorError
from model_monitor.explanations.trees import booster

import numpy as np
import pytest
from paths import PYTHONPATH
from warm import program

NAMES = ["rings", "size", "weight", "sex_F", "sex_M"]
RANDOM = np.random.default_rng(0)
SEX = RANDOM.integers(0, 2, 300)
FEATURES = np.column_stack([RANDOM.normal(size=(300, 2)).round(3), SEX == 0, SEX == 1]).astype(float)
RINGS = (10 + 3 * FEATURES[:, 0] + 2 * SEX + RANDOM.normal(size=300)).round(1)
BIAS = {
    "dataset_type": "text/csv",
    "headers": NAMES,
    "label": "rings",
    "label_values_or_threshold": [11.0],
    "facet": [{"name_or_index": "sex_F", "value_or_threshold": [0.5]}],
    "methods": {"pre_training_bias": {"methods": "all"}},
}
SHAP = {
    "dataset_type": "text/csv",
    "headers": NAMES,
    "label": "rings",
    "methods": {"shap": {"baseline": [[0, 0, 1, 0]], "num_samples": 20, "seed": 1, "save_local_shap_values": True}},
    "predictor": {"content_type": "text/csv"},
}


@pytest.fixture
def clarify(tmp_path):
    """Run the command; a configuration that is given as an object is written first."""

    def run(data, config, *words):
        path = tmp_path / "config.json"
        path.write_text(config if isinstance(config, str) else json.dumps(config))
        return subprocess.run(
            [*program("model_monitor"), "clarify", str(data), "--config", str(path), *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": PYTHONPATH},
        )

    return run


@pytest.fixture
def shells(tmp_path):
    path = tmp_path / "shells.csv"
    np.savetxt(path, np.column_stack([RINGS, FEATURES]), delimiter=",", fmt="%s")
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    xgboost = pytest.importorskip("xgboost", reason="the model is XGBoost's")
    path = tmp_path_factory.mktemp("model") / "xgboost-model.json"
    xgboost.train({"max_depth": 3}, xgboost.DMatrix(FEATURES, RINGS), 20).save_model(path)
    return path


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


def test_shap_values_are_exact_with_the_trees_themselves(clarify, shells, model, tmp_path):
    kernel = clarify(shells, SHAP, "--model", model, "--output", "kernel")
    exact = clarify(shells, SHAP, "--model", model, "--method", "exact", "--output", "exact", "--baseline", "kernel")

    assert kernel.returncode == exact.returncode == 0, exact.stderr
    by_kernel, by_trees = (json.loads(done.stdout)["attributions"]["label0"] for done in (kernel, exact))
    assert by_kernel == pytest.approx(by_trees, abs=1e-4)  # 14 coalitions are all that there are
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


def explained(shells, tmp_path, shap, model=lambda x: x[:, 0] * 3 + x[:, 1], **more):
    """The member explanations of an analysis in this process."""
    from model_monitor.explanations.trees import as_numbers

    config = AnalysisConfig.of(SHAP | {"methods": {"shap": shap} | more})
    score = Model(score=lambda rows: model(as_numbers(rows)).reshape(len(rows), -1))
    found = analyse(shells, config, tmp_path / "out", score)
    found.write(tmp_path / "out")
    return found.document["explanations"]


def test_without_a_baseline_it_is_the_centres_of_clusters(shells, tmp_path):
    found = explained(shells, tmp_path, {"num_clusters": 2, "seed": 1, "num_samples": 30})

    lines = tmp_path.joinpath("out", "explanations_shap", "baseline.csv").read_text().splitlines()
    centres = np.array([line.split(",") for line in lines[1:]], float)
    assert centres.shape == (2, 4)
    assert sorted(centres[:, 2]) == pytest.approx([0, 1], abs=0.05), "the sexes are the clusters"
    assert found["kernel_shap"]["label0"]["expected_value"] == pytest.approx((centres @ [3, 1, 0, 0]).mean())
    explained(shells, tmp_path, {"seed": 1, "num_samples": 30})
    lines = tmp_path.joinpath("out", "explanations_shap", "baseline.csv").read_text().splitlines()
    assert 3 <= len(lines) <= 13, "from 2 to 12 clusters, where nobody says how many"
    assert not tmp_path.joinpath("out", "explanations_shap", "out.csv").exists(), "not asked for"


@pytest.mark.parametrize(
    ("method", "aggregate"),
    [
        ("mean_abs", lambda v: abs(v).mean(axis=0)),
        ("mean_sq", lambda v: (v**2).mean(axis=0)),
        ("median", lambda v: np.median(v, axis=0)),
    ],
)
def test_local_values_are_aggregated_as_asked(shells, tmp_path, method, aggregate):
    found = explained(shells, tmp_path, {"baseline": [[0, 0, 0, 0]], "agg_method": method, "num_samples": 30})

    local = FEATURES * [3, 1, 0, 0]
    assert list(found["kernel_shap"]["label0"]["global_shap_values"].values()) == pytest.approx(
        aggregate(local), abs=1e-9
    )


def test_partial_dependence_of_numbers_and_of_the_features_that_matter_most(shells, tmp_path):
    found = explained(
        shells,
        tmp_path,
        {"baseline": [[0, 0, 0, 0]], "num_samples": 30},
        pdp={"grid_resolution": 4, "top_k_features": 2},
    )["pdp"]

    assert [one["feature_name"] for one in found] == ["size", "weight"]
    size = found[0]
    low, high = FEATURES[:, 0].min(), FEATURES[:, 0].max()
    assert size["data_type"] == "numerical"
    assert size["feature_values"] == pytest.approx([low + (high - low) * (n + 0.5) / 4 for n in range(4)])
    assert size["data_distribution"] == pytest.approx((np.histogram(FEATURES[:, 0], 4)[0] / 300).tolist())
    assert size["label_headers"] == ["label0"]
    (dependence,) = size["model_predictions"]
    assert dependence == pytest.approx([3 * value + FEATURES[:, 1].mean() for value in size["feature_values"]])


def test_partial_dependence_of_texts(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("sex,size\n" + "F,1\nM,2\nF,3\n" * 10)
    config = {"dataset_type": "text/csv", "methods": {"pdp": {"features": ["sex"]}}, "predictor": {}}

    def score(rows):
        is_female = np.array([cell == "F" for cell in rows.column(0).to_pylist()], float)
        return (is_female + np.array(rows.column(1).to_pylist(), float))[:, None]

    found = analyse(path, AnalysisConfig.of(config), tmp_path / "out", Model(score=score)).document

    (sex,) = found["explanations"]["pdp"]
    assert (sex["data_type"], sex["feature_values"]) == ("categorical", ["F", "M"])
    assert sex["data_distribution"] == pytest.approx([2 / 3, 1 / 3])
    assert sex["model_predictions"] == [pytest.approx([3.0, 2.0])]


def test_json_lines_are_read_by_expressions(tmp_path):
    path = tmp_path / "data.jsonl"
    records = [{"x": [n % 3, "FM"[n % 2]], "y": float(n % 5)} for n in range(60)]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    config = {
        "dataset_type": "application/jsonlines",
        "features": "x",
        "label": "y",
        "headers": ["size", "sex", "rings"],
        "label_values_or_threshold": [2.5],
        "facet": [{"name_or_index": "sex"}],
        "methods": {"pre_training_bias": {"methods": ["CI"]}},
    }

    found = analyse(path, AnalysisConfig.of(config), tmp_path / "out").document["pre_training_bias_metrics"]

    assert found["label"] == "rings"
    assert [entry["value_or_threshold"] for entry in found["facets"]["sex"]] == ["F", "M"]
    path.write_text(path.read_text() + '{"x": [1], "y": 2.0}\n')
    with pytest.raises(MonitorError, match="record 61 has 1 features; the first record has 2"):
        analyse(path, AnalysisConfig.of(config), tmp_path / "out")


def test_a_predicted_label_among_the_columns_needs_no_model(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("y,p,sex\n" + "yes,yes,F\nno,yes,M\nyes,no,M\nno,no,F\n" * 10)
    config = {
        "dataset_type": "text/csv",
        "label": "y",
        "predicted_label": "p",
        "label_values_or_threshold": ["yes"],
        "facet": [{"name_or_index": "sex", "value_or_threshold": ["F"]}],
        "methods": {"post_training_bias": {"methods": ["AD", "DPPL"]}},
    }

    found = analyse(path, AnalysisConfig.of(config), tmp_path / "out").metrics

    assert found == {"sex F AD": -1.0, "sex F DPPL": 0.0}


@pytest.mark.parametrize(
    ("headers", "score", "positive", "share"),
    [([], 0.7, [1], 1.0), ([], 0.3, [1], None), (["yes"], 0.7, ["yes"], 1.0), ([], 0.3, [0], 1.0)],
)
def test_a_score_becomes_a_label_by_the_threshold(tmp_path, headers, score, positive, share):
    path = tmp_path / "data.csv"
    labels = ("yes", "no") if headers else ("1", "0")
    path.write_text("y,size,sex\n" + "".join(f"{labels[n % 2]},{n},{'FM'[n // 2 % 2]}\n" for n in range(80)))
    config = AnalysisConfig.of(
        {
            "dataset_type": "text/csv",
            "label": "y",
            "label_values_or_threshold": positive,
            "probability_threshold": 0.6,
            "facet": [{"name_or_index": "sex", "value_or_threshold": ["F"]}],
            "excluded_columns": ["sex"],
            "methods": {"post_training_bias": {"methods": ["RD"]}},
            "predictor": {"label_headers": headers} if headers else {},
        }
    )
    model = Model(score=lambda rows: np.full((len(rows), 1), score))

    if share is None:
        with pytest.raises(MonitorError, match=r"no prediction is positive, that is 1: .* the largest is 0\.3"):
            analyse(path, config, tmp_path / "out", model)
    else:
        assert analyse(path, config, tmp_path / "out", model).metrics == {"sex F RD": 0.0}


BAD_CONFIGS = {
    "no JSON": ("{", "config.json is no analysis configuration: "),
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
    "no method": (BIAS | {"methods": {"report": {}}}, "asks for no method"),
    "no label": ({k: v for k, v in BIAS.items() if k != "label"}, "has no label, which bias is measured by"),
    "facet without a name": (BIAS | {"facet": [{}]}, "facet 0 has no name_or_index"),
    "wrong type": (BIAS | {"label_values_or_threshold": 15}, "it must be a list of values, or of one threshold"),
    "images": (BIAS | {"dataset_type": "application/x-image"}, "it must be one of text/csv, application/jsonlines"),
    "not here": (BIAS | {"facet_dataset_uri": "s3://b/k"}, "facet_dataset_uri does not run here; leave it out"),
    "headers": (BIAS | {"headers": ["a", "b"]}, "there are 2 headers (a, b), and shells.csv has 5 columns"),
    "twice": (BIAS | {"headers": ["a", "b", "a", "c", "d"]}, "two headers are 'a'"),
    "label's name": (BIAS | {"label": "ring"}, "there is no column 'ring'; did you mean 'rings'?"),
    "baseline's width": (
        SHAP | {"methods": {"shap": {"baseline": [[0, 0]]}}},
        "row 0 of the SHAP baseline has 2 values, and there are 4",
    ),
    "baseline's values": (
        SHAP | {"methods": {"shap": {"baseline": [[0, 0, 1, [1]]]}}},
        "which is neither text nor number",
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
        "'rings' is no feature that the model gets",
    ),
}


@pytest.mark.parametrize(("config", "said"), BAD_CONFIGS.values(), ids=BAD_CONFIGS.keys())
def test_a_configuration_that_cannot_be_is_told_and_nothing_is_left(shells, model, tmp_path, config, said):
    path = tmp_path / "config.json"
    path.write_text(config if isinstance(config, str) else json.dumps(config))

    with pytest.raises(MonitorError) as error:
        analyse(shells, AnalysisConfig.load(path), tmp_path / "out", Model(booster=booster(model)))

    assert said in str(error.value)
    assert not [path for path in tmp_path.joinpath("out").rglob("*") if path.is_file()]


def test_an_error_is_one_line_and_exit_code_2(clarify, shells, model, tmp_path):
    done = clarify(shells, BIAS | {"lable": "x"}, "--model", model, "--output", "out")

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert not done.stdout
    assert not tmp_path.joinpath("out").exists()


BAD_USES = {
    "the data's own file": (BIAS, ["--output", "."], "would overwrite analysis.json, which is read"),
    "a blank": (SHAP, ["--endpoint", " "], "'' is no URL of a served model"),
    "no URL": (SHAP, ["--endpoint", "http://[::1"], "is no URL of a served model"),
    "a long name": (BIAS, ["--constraints", "x" * 300], "File name too long"),
    "no model": (SHAP, [], "asks for what needs a model's predictions, and there is no model"),
    "no file": (SHAP, ["--model", "nowhere"], "there is no model 'nowhere'"),
    "no model's file": (SHAP, ["--model", "config.json"], "config.json is no XGBoost model"),
    "exact without trees": (
        SHAP,
        ["--method", "exact", "--endpoint", "http://127.0.0.1:9"],
        "--method exact needs --model",
    ),
    "both": (SHAP, ["--model", "m", "--endpoint", "http://127.0.0.1:9"], "give one"),
    "nobody there": (SHAP, ["--endpoint", "http://127.0.0.1:9"], "does not answer"),
    "no constraints": (BIAS, ["--constraints", "nowhere.json"], "there is no constraints file 'nowhere.json'"),
    "other constraints": (BIAS, ["--constraints", "config.json"], "config.json is no analysis.json"),
    "the baseline's folder": (BIAS, ["--baseline", "out"], "is where the baseline is; give another folder"),
}


@pytest.mark.parametrize(("config", "words", "said"), BAD_USES.values(), ids=BAD_USES.keys())
def test_wrong_use_is_told(clarify, shells, config, words, said):
    pytest.importorskip("xgboost")

    data = shells.rename(shells.with_name("analysis.json")) if "--output" in words else shells
    done = clarify(data, config, "--output", "out", *words)

    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["pre_training_bias_metrics"].update(facets={"age": []}), "they have no metric that this one has"),
        (
            lambda d: d["pre_training_bias_metrics"]["facets"]["sex_F"][0].pop("metrics"),
            "is no analysis.json: KeyError",
        ),
        (
            lambda d: d["pre_training_bias_metrics"]["facets"]["sex_F"][0]["metrics"][1].update(value="?"),
            "is no analysis.json",
        ),
    ],
)
def test_constraints_that_do_not_fit_are_told(clarify, shells, tmp_path, change, said):
    clarify(shells, BIAS, "--output", "old")
    document = json.loads(tmp_path.joinpath("old", "analysis.json").read_text())
    change(document)
    tmp_path.joinpath("mine.json").write_text(json.dumps(document))

    done = clarify(shells, BIAS, "--constraints", "mine.json", "--output", "new")

    assert done.returncode == 2
    assert said in done.stderr


def test_a_metric_that_is_not_defined_is_not_compared_and_that_is_said(clarify, shells, tmp_path):
    clarify(shells, BIAS, "--output", "old")

    done = clarify(shells, BIAS, "--baseline", "old", "--output", "new")

    assert re.search(r"^note: CDDL of sex_F \(0.5, 1.0\] is not defined for the constraints", done.stderr, re.MULTILINE)


def test_a_run_that_fails_leaves_the_one_before_as_it_was(clarify, shells, model, tmp_path):
    clarify(shells, SHAP, "--model", model, "--output", "out")
    before = {path: path.read_bytes() for path in tmp_path.joinpath("out").rglob("*") if path.is_file()}
    document = json.loads(tmp_path.joinpath("out", "analysis.json").read_text())
    document["explanations"]["kernel_shap"]["label0"]["global_shap_values"] = {"z": 1.0}
    tmp_path.joinpath("mine.json").write_text(json.dumps(document))

    failed = clarify(shells, SHAP, "--model", model, "--output", "out", "--constraints", "mine.json")
    anew = clarify(shells, SHAP, "--model", model, "--output", "new", "--constraints", "mine.json")

    assert failed.returncode == anew.returncode == 2
    assert "the constraints are of other features" in failed.stderr
    assert {path: path.read_bytes() for path in tmp_path.joinpath("out").rglob("*") if path.is_file()} == before
    assert not tmp_path.joinpath("new").exists()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_whole_numbers_with_a_point_are_quantities_in_every_format(tmp_path, suffix):
    import pandas as pd

    table = pd.DataFrame({"y": np.arange(100) % 4 * 1.0, "s": (np.arange(100) % 5 == 0) * 1.0})
    path = tmp_path / f"data.{suffix}"
    table.to_csv(path, index=False) if suffix == "csv" else table.to_parquet(path)
    config = {
        "dataset_type": "text/csv" if suffix == "csv" else "application/x-parquet",
        "label": "y",
        "label_values_or_threshold": [1],
        "facet": [{"name_or_index": "s", "value_or_threshold": [0.5]}],
        "methods": {"pre_training_bias": {"methods": ["CI", "DPL"]}},
    }

    found = analyse(path, AnalysisConfig.of(config), tmp_path / "out")

    assert found.metrics == {"s (0.5, 1.0] CI": pytest.approx(0.6), "s (0.5, 1.0] DPL": 0.0}
    assert found.document["pre_training_bias_metrics"]["label_value_or_threshold"] == "(1.0, 3.0]"


@pytest.mark.parametrize("cell", ["", "NaN", "NA", "null", '""'])
def test_what_pandas_reads_as_missing_is_missing(tmp_path, cell):
    path = tmp_path / "data.csv"
    path.write_text("y,s\n" + "".join(f"{n % 4}.0,{'FMMFM'[n % 5]}\n" for n in range(100)) + f"{cell},F\n")
    config = BIAS | {"headers": ["y", "s"], "label": "y", "label_values_or_threshold": [1]}

    found = analyse(path, AnalysisConfig.of(config | {"facet": [{"name_or_index": "s"}]}), tmp_path / "out")

    assert found.document["pre_training_bias_metrics"]["label_value_or_threshold"] == "(1.0, 3.0]"
    assert "1 rows have no label" in found.notes[0]


ROWS = "".join(f"{n % 2},{'FM'[n % 3 % 2]}\n" for n in range(60))
NUMBERED = "".join(f"{n},{row}\n" for n, row in enumerate(ROWS.split()))


@pytest.mark.parametrize(
    ("files", "headers", "label"),
    [
        ({"a.csv": "y,sex\n" + ROWS}, None, 0),
        ({"a.csv": ROWS}, None, 0),
        ({"a.csv": ROWS}, ["y", "sex"], "y"),
        ({"a.csv": "Y, sex\n" + ROWS}, ["y", "sex"], "y"),
        ({"a.csv": ",y,sex\n" + NUMBERED}, None, 1),
        ({"a.csv": "", "b.csv": ROWS}, None, 0),
        ({"a.csv": "", "b.csv": "y,sex\n" + ROWS}, ["y", "sex"], "y"),
        ({"a.csv": "y,y\n" + ROWS}, None, 0),
    ],
)
def test_names_are_no_row_and_rows_are_no_names(tmp_path, files, headers, label):
    folder = tmp_path / "data"
    folder.mkdir()
    for name, text in files.items():
        folder.joinpath(name).write_text(text)
    facet = label + 1 if isinstance(label, int) else "sex"
    config = BIAS | {"label": label, "label_values_or_threshold": [1], "facet": [{"name_or_index": facet}]}
    config = config | {"headers": headers} if headers else {k: v for k, v in config.items() if k != "headers"}

    found = analyse(folder, AnalysisConfig.of(config), tmp_path / "out")

    assert found.rows == 60
    assert [value for name, value in found.metrics.items() if name.endswith(("F CI", "M CI"))] == pytest.approx(
        [-1 / 3, 1 / 3]
    )


@pytest.mark.parametrize(
    ("files", "headers", "said"),
    [
        (
            {"a.csv": "rings,sex\n" + ROWS},
            ["y", "sex"],
            "begins with rings, sex, which look like names",
        ),
        (
            {"a.csv": ROWS, "b.csv": "y,sex\n" + ROWS},
            ["y", "sex"],
            "b.csv begins with the columns' names, and a.csv",
        ),
    ],
)
def test_names_that_are_not_the_headers_are_told(tmp_path, files, headers, said):
    folder = tmp_path / "data"
    folder.mkdir()
    for name, text in files.items():
        folder.joinpath(name).write_text(text)
    config = BIAS | {"label": "y", "facet": [{"name_or_index": "sex"}], "headers": headers}

    with pytest.raises(MonitorError) as error:
        analyse(folder, AnalysisConfig.of(config), tmp_path / "out")

    assert said in str(error.value)


def test_a_facet_that_is_named_twice_is_measured_twice_and_values_of_other_types_are_others(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("y,s\n" + "".join(f"{'ab'[n % 2]},{('True', 'False', '1')[n % 3]}\n" for n in range(90)))
    config = BIAS | {"headers": ["y", "s"], "label": "y", "label_values_or_threshold": ["a"]}

    def imbalance(*facets):
        given = [{"name_or_index": "s", "value_or_threshold": [value]} for value in facets]
        found = analyse(path, AnalysisConfig.of(config | {"facet": given}), tmp_path / "out").document
        entries = found["pre_training_bias_metrics"]["facets"]["s"]
        return [next(m["value"] for m in entry["metrics"] if m["name"] == "CI") for entry in entries]

    assert imbalance("True", "True") == imbalance("True") * 2
    assert imbalance(True, 1, "False") == pytest.approx([1 / 3] * 3)


def test_a_model_of_other_features_is_told(shells, tmp_path):
    xgboost = pytest.importorskip("xgboost")
    pandas = pytest.importorskip("pandas")
    config = AnalysisConfig.of(SHAP)
    few = xgboost.train({}, xgboost.DMatrix(FEATURES[:, :2], RINGS), 2)
    turned = pandas.DataFrame(FEATURES[:, ::-1], columns=NAMES[:0:-1])
    other_order = xgboost.train({}, xgboost.DMatrix(turned, RINGS), 2)

    with pytest.raises(MonitorError, match="the model has 2 features, and the dataset 4"):
        analyse(shells, config, tmp_path / "out", Model(booster=few))
    with pytest.raises(
        MonitorError, match="the model takes sex_M, sex_F, weight, size; the dataset has them in the order"
    ):
        analyse(shells, config, tmp_path / "out", Model(booster=other_order))


def test_a_baseline_that_is_given_goes_before_the_configurations(clarify, shells, model, tmp_path):
    tmp_path.joinpath("rows.csv").write_text("1,1,0,1\n")

    clarify(shells, SHAP, "--model", model, "--shap-baseline", "rows.csv", "--output", "out")

    baseline = tmp_path.joinpath("out", "explanations_shap", "baseline.csv").read_text()
    assert baseline.splitlines()[1:] == ["1,1,0,1"]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (lambda x: np.ones((len(x), 1 + (len(x) == 1))), "scores a row"),
        (lambda x: np.full(len(x), 1e308) * np.sign(x[:, 0]), "a result is beyond any number"),
    ],
)
def test_a_model_that_answers_by_turns_or_beyond_any_number_is_told(shells, tmp_path, model, said):
    with pytest.raises(MonitorError, match=said), np.errstate(all="ignore"):
        explained(shells, tmp_path, {"baseline": [[0, 0, 0, 0]], "num_samples": 30}, model)

    assert not tmp_path.joinpath("out").exists()


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["1", "-inf", "2"], "holds numbers that are infinite, or too far apart"),
        (["1", "inf", "2"], "holds numbers that are infinite, or too far apart"),
        (["1e308", "-1e308"], "too far apart"),
        (["", "", ""], "has no value in any row"),
        ([f"name{n}" for n in range(1200)], "has more than 1,000 texts"),
    ],
)
def test_a_feature_that_cannot_be_plotted_is_told(tmp_path, cells, said):
    path = tmp_path / "data.csv"
    path.write_text("a,b\n" + "".join(f"{cell},{n}\n" for n, cell in enumerate(cells)))
    config = {"dataset_type": "text/csv", "methods": {"pdp": {"features": [0]}}, "predictor": {}}

    with pytest.raises(MonitorError, match=said):
        analyse(path, AnalysisConfig.of(config), tmp_path / "out", Model(score=lambda rows: np.ones((len(rows), 1))))


def test_infinite_cells_are_told_by_the_flip_test_and_by_clusters(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(
        "y,p,s,x\n"
        + "".join(f"{'ab'[n % 2]},{'ab'[n % 3 % 2]},{'FM'[n % 2]},{n}\n" for n in range(40))
        + "a,a,F,1e400\n"
    )
    config = BIAS | {"headers": ["y", "p", "s", "x"], "label": "y", "predicted_label": "p"}
    config |= {"label_values_or_threshold": ["a"], "facet": [{"name_or_index": "s", "value_or_threshold": ["F"]}]}
    post = config | {"methods": {"post_training_bias": {"methods": ["FT"]}}}

    (entry,) = analyse(path, AnalysisConfig.of(post), tmp_path / "out").document["post_training_bias_metrics"][
        "facets"
    ]["s"]

    assert entry["metrics"][0]["error"] == "FlipTest does not support missing values"
    shap = {"dataset_type": "text/csv", "methods": {"shap": {}}, "predictor": {}}
    with pytest.raises(MonitorError, match="a feature holds an infinite number"):
        analyse(path, AnalysisConfig.of(shap), tmp_path / "out", Model(score=lambda rows: np.ones((len(rows), 1))))

"""Tests the analyses as functions of Python: paths, tables and dataframes in, documents and files out."""

from __future__ import annotations

import subprocess
import sys

import model_monitor

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

DOCUMENTS = ["constraints.json", "statistics.json"]
CONFIG = {
    "label": "late",
    "label_values_or_threshold": [1],
    "facet": [{"name_or_index": "team", "value_or_threshold": [1]}],
}


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(3)
    team, load = random.integers(0, 2, 400), random.normal(10, 2, 400).round(2)
    return pd.DataFrame({"late": (load + 2 * team > 11).astype(int), "team": team, "load": load})


def test_a_baseline_of_a_file_is_that_of_the_command(rows, tmp_path):
    rows.to_csv(tmp_path / "rows.csv", index=False)
    command = [sys.executable, "-m", "model_monitor", "data-quality", "rows.csv", "--output", "by-command"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    report = model_monitor.baseline(tmp_path / "rows.csv", tmp_path / "by-function")

    assert sorted(report.files) == DOCUMENTS and report.violations is None
    for name in DOCUMENTS:
        assert report.files[name].read_bytes() == (tmp_path / "by-command" / name).read_bytes()


def test_a_dataframe_a_table_and_their_parquet_file_have_the_same_documents(rows, tmp_path):
    table = pa.Table.from_pandas(rows)
    parquet.write_table(table, tmp_path / "rows.parquet")
    shuffled_index = rows.set_axis(range(5, 405))

    reports = [model_monitor.baseline(data) for data in (rows, shuffled_index, table, str(tmp_path / "rows.parquet"))]

    assert all(report.documents == reports[0].documents for report in reports)
    assert [f["name"] for f in reports[0].documents["statistics.json"]["features"]] == ["late", "team", "load"]


def test_a_comparison_takes_a_report_or_a_folder(rows, tmp_path):
    report = model_monitor.baseline(rows, tmp_path / "january")
    moved = rows.assign(load=rows["load"] + 9)

    by_report, by_folder = (model_monitor.compare(moved, earlier) for earlier in (report, tmp_path / "january"))

    assert by_report.violations == by_folder.violations
    assert [(v["feature_name"], v["constraint_check_type"]) for v in by_report.violations] == [
        ("load", "baseline_drift_check")
    ]
    assert model_monitor.compare(rows, report).violations == []


def test_bias_is_that_of_the_labels_and_with_a_model_that_of_its_predictions(rows, tmp_path):
    before = model_monitor.bias(rows, CONFIG, tmp_path / "bias")
    after = model_monitor.bias(
        rows, CONFIG, model=lambda features: (features[:, 1] > 10).astype(float), baseline=before
    )

    facet = before.documents["analysis.json"]["pre_training_bias_metrics"]["facets"]["team"][0]
    dpl = next(metric["value"] for metric in facet["metrics"] if metric["name"] == "DPL")
    late, is_first = rows["late"], rows["team"] == 1
    assert dpl == pytest.approx(late[~is_first].mean() - late[is_first].mean())
    assert list(before.files) == ["analysis.json"] and before.files["analysis.json"].is_file()
    assert "post_training_bias_metrics" in after.documents["analysis.json"]
    assert after.violations == []


def test_explanations_of_a_linear_model_are_its_weights_times_the_distances(rows, tmp_path):
    shap = {"baseline": [[0, 10]], "num_samples": 50, "agg_method": "mean_abs", "save_local_shap_values": True}
    config = {"label": "late", "methods": {"shap": shap}}

    report = model_monitor.explain(rows.head(40), lambda features: features @ [3, 0.5], config, tmp_path / "shap")

    values = report.documents["analysis.json"]["explanations"]["kernel_shap"]["label0"]["global_shap_values"]
    head = rows.head(40)
    assert values["team"] == pytest.approx(3 * head["team"].mean(), abs=1e-6)
    assert values["load"] == pytest.approx(0.5 * (head["load"] - 10).abs().mean(), abs=1e-6)
    assert (tmp_path / "shap" / "explanations_shap" / "out.csv").is_file()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda rows: model_monitor.baseline(5), "a path, a table of Arrow or a dataframe; got int"),
        (lambda rows: model_monitor.baseline(rows, format="cvs"), "format 'cvs' is not one of csv"),
        (lambda rows: model_monitor.baseline(rows, shape="2022"), "shape '2022' is not one of"),
        (lambda rows: model_monitor.compare(rows, "/no/such/folder"), "constraints.json"),
        (lambda rows: model_monitor.bias(rows, "/no/config.json"), "cannot read the configuration"),
        (
            lambda rows: model_monitor.bias(rows, CONFIG, model=lambda r: [0.5]),
            r"of shape \(1,\) for \d+ rows",
        ),
        (lambda rows: model_monitor.bias(rows, CONFIG | {"label": "lat"}), "did you mean 'late'"),
    ],
)
def test_what_is_wrong_is_an_error_that_says_so(rows, call, message):
    with pytest.raises(model_monitor.MonitorError, match=message):
        call(rows)


def test_importing_the_package_imports_none_of_its_requirements():
    program = "import model_monitor, sys; print({'numpy', 'pyarrow'} & set(sys.modules)); model_monitor.baseline"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"


def test_a_missing_package_is_named_when_an_analysis_needs_it():
    program = """
import sys
sys.modules["sklearn"] = None  # as if it were not installed
import model_monitor, pyarrow as pa
rows = pa.table({"late": [0, 1] * 9, "load": list(range(18))})
try:
    model_monitor.explain(rows, lambda features: features[:, 0], {"label": "late"})
except model_monitor.MonitorError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.startswith("this analysis needs the package sklearn")

"""Tests how columns get their names, and how their cells are read."""

from __future__ import annotations

import json

from model_monitor.clarify.analysis import Model, analyse
from model_monitor.clarify.config import AnalysisConfig
from model_monitor.monitor_error import MonitorError

import numpy as np
import pytest
from shell_rows import BIAS


def test_json_lines_are_read_with_expressions(tmp_path):
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

    report = analyse(path, AnalysisConfig.of(config), tmp_path / "out").document["pre_training_bias_metrics"]

    assert report["label"] == "rings"
    assert [entry["value_or_threshold"] for entry in report["facets"]["sex"]] == ["F", "M"]
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

    metrics = analyse(path, AnalysisConfig.of(config), tmp_path / "out").metrics

    assert metrics == {"sex F AD": -1.0, "sex F DPPL": 0.0}


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

    result = analyse(path, AnalysisConfig.of(config), tmp_path / "out")

    assert result.metrics == {"s (0.5, 1.0] CI": pytest.approx(0.6), "s (0.5, 1.0] DPL": 0.0}
    assert result.document["pre_training_bias_metrics"]["label_value_or_threshold"] == "(1.0, 3.0]"


@pytest.mark.parametrize("cell", ["", "NaN", "NA", "null", '""'])
def test_cells_that_pandas_reads_as_missing_are_missing(tmp_path, cell):
    path = tmp_path / "data.csv"
    path.write_text("y,s\n" + "".join(f"{n % 4}.0,{'FMMFM'[n % 5]}\n" for n in range(100)) + f"{cell},F\n")
    config = BIAS | {"headers": ["y", "s"], "label": "y", "label_values_or_threshold": [1]}

    result = analyse(path, AnalysisConfig.of(config | {"facet": [{"name_or_index": "s"}]}), tmp_path / "out")

    assert result.document["pre_training_bias_metrics"]["label_value_or_threshold"] == "(1.0, 3.0]"
    assert "1 rows have no label" in result.notes[0]


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
def test_a_header_is_told_from_a_row(tmp_path, files, headers, label):
    folder = tmp_path / "data"
    folder.mkdir()
    for name, text in files.items():
        folder.joinpath(name).write_text(text)
    facet = label + 1 if isinstance(label, int) else "sex"
    config = BIAS | {"label": label, "label_values_or_threshold": [1], "facet": [{"name_or_index": facet}]}
    config = config | {"headers": headers} if headers else {k: v for k, v in config.items() if k != "headers"}

    result = analyse(folder, AnalysisConfig.of(config), tmp_path / "out")

    assert result.rows == 60
    assert [value for name, value in result.metrics.items() if name.endswith(("F CI", "M CI"))] == pytest.approx(
        [-1 / 3, 1 / 3]
    )


@pytest.mark.parametrize(
    ("files", "headers", "message"),
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
def test_names_that_differ_from_the_headers_are_refused(tmp_path, files, headers, message):
    folder = tmp_path / "data"
    folder.mkdir()
    for name, text in files.items():
        folder.joinpath(name).write_text(text)
    config = BIAS | {"label": "y", "facet": [{"name_or_index": "sex"}], "headers": headers}

    with pytest.raises(MonitorError) as error:
        analyse(folder, AnalysisConfig.of(config), tmp_path / "out")

    assert message in str(error.value)

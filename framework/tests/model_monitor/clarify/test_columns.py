"""Which columns a file has, whatever names them, and what their cells are."""

from __future__ import annotations

import json

from model_monitor.clarify.analysis import Model, analyse
from model_monitor.clarify.config import AnalysisConfig
from model_monitor.monitor_error import MonitorError

import numpy as np
import pytest
from shell_rows import BIAS


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

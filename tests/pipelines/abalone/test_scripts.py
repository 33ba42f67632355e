"""Run the container scripts as programs, on the real data and on bad data."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import tarfile

from pipelines.abalone.columns import SCHEMA
from pipelines.scripts.evaluate import evaluate as run_evaluate
from pipelines.scripts.preprocess import preprocess as run_preprocess

import numpy as np
import pytest
import xgboost as xgb
from paths import PYTHONPATH
from warm import program

HYPERPARAMETERS = {
    "objective": "reg:squarederror",
    "max_depth": 5,
    "eta": 0.2,
    "gamma": 4,
    "min_child_weight": 6,
    "subsample": 0.7,
}
ROW = "M,0.455,0.365,0.095,0.514,0.2245,0.101,0.15,15\n"


def run_script(name, *arguments, **environment):
    return subprocess.run(
        [*program(f"pipelines.abalone.{name}"), *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": PYTHONPATH, **environment},
        check=False,
    )


def preprocess(data, output, seed=0, **environment):
    return run_script("preprocess", "--data", data, "--output", output, "--random-seed", seed, **environment)


def evaluate(folder):
    inputs = [("--model", folder), ("--test", folder / "test"), ("--featurizer", folder / "featurizer")]
    return run_script(
        "evaluate", *(argument for pair in inputs for argument in pair), "--output", folder / "evaluation"
    )


def read_rows(path):
    with path.open(newline="") as file:
        return list(csv.reader(file))


def train_model(folder, seed):
    """Train XGBoost on the preprocessed rows, and write model.tar.gz."""
    table = np.loadtxt(folder / "train" / "train.csv", delimiter=",")
    matrix = xgb.DMatrix(table[:, 1:], label=table[:, 0])
    booster = xgb.train(HYPERPARAMETERS | {"seed": seed}, matrix, num_boost_round=50)
    model = folder / "xgboost-model"
    model.write_bytes(booster.save_raw("ubj"))
    with tarfile.open(folder / "model.tar.gz", "w:gz") as archive:
        archive.add(model, "xgboost-model")


@pytest.mark.parametrize("seed", range(8))
def test_the_real_data_give_an_mse_of_four_to_six_for_any_seed(abalone_csv, tmp_path, seed):
    run_preprocess(abalone_csv, tmp_path, seed, SCHEMA)
    train_model(tmp_path, seed)

    report = run_evaluate(tmp_path, tmp_path / "test", tmp_path / "featurizer", tmp_path / "evaluation")

    mse = report["regression_metrics"]["mse"]["value"]
    naive = report["naive_baseline"]["regression_metrics"]
    assert 4 < mse < 6
    assert mse < 0.6 * naive["mse"]["value"]
    assert abs(naive["r2"]["value"]) < 0.01
    assert report["rows"] == len(read_rows(tmp_path / "test" / "test.csv"))


def test_the_evaluation_script_writes_its_report_and_prints_it(abalone_csv, tmp_path):
    run_preprocess(abalone_csv, tmp_path, 0, SCHEMA)
    train_model(tmp_path, 0)

    process = evaluate(tmp_path)

    assert process.returncode == 0, process.stderr
    assert json.loads(process.stdout) == json.loads((tmp_path / "evaluation" / "evaluation.json").read_text())


def test_every_row_is_in_one_split_and_the_baseline_has_the_raw_training_rows(abalone_csv, tmp_path):
    process = preprocess(abalone_csv, tmp_path)

    assert process.returncode == 0, process.stderr
    splits = {name: read_rows(tmp_path / name / f"{name}.csv") for name in ("train", "validation", "test")}
    sizes = {name: len(split) for name, split in splits.items()}
    assert sum(sizes.values()) == 4177
    assert sizes["train"] == pytest.approx(0.70 * 4177, rel=0.05)
    assert sizes["validation"] == pytest.approx(0.15 * 4177, rel=0.15)
    assert {len(row) for split in splits.values() for row in split} == {11}
    header, *baseline = read_rows(tmp_path / "baseline" / "baseline.csv")
    assert header == [
        "sex", "length", "diameter", "height", "whole_weight", "shucked_weight", "viscera_weight", "shell_weight",
    ]  # fmt: skip
    assert len(baseline) == sizes["train"]
    raw = {tuple(row[:1] + [f"{float(v):g}" for v in row[1:8]]) for row in read_rows(abalone_csv)}
    assert all(tuple(row[:1] + [f"{float(v):g}" for v in row[1:]]) in raw for row in baseline)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_different_ones(abalone_csv, tmp_path):
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        assert preprocess(abalone_csv, tmp_path / name, seed).returncode == 0

    first, same_seed, other_seed = (
        [p.read_bytes() for p in sorted((tmp_path / name).rglob("*")) if p.is_file()] for name in "abc"
    )
    assert len(first) == 5
    assert first == same_seed
    assert first != other_seed


def test_all_files_of_a_folder_are_read(abalone_csv, tmp_path):
    lines = abalone_csv.read_text().splitlines(keepends=True)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "1.csv").write_text("".join(lines[:1000]))
    (folder / "2.csv").write_text("".join(lines[1000:]))

    preprocess(folder, tmp_path / "folder")
    preprocess(abalone_csv, tmp_path / "file")

    for name in ("train", "test"):
        # Means are merged file by file, so the last digit may differ.
        actual, expected = (
            np.loadtxt(tmp_path / source / name / f"{name}.csv", delimiter=",") for source in ("folder", "file")
        )
        np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-12)


def test_missing_values_and_unknown_categories_are_accepted_and_rows_without_a_label_are_counted(tmp_path):
    data = tmp_path / "data.csv"
    odd = "?,,0.365,0,0.514,0.2245,0.101,0.15,9\n,0.4,0.365,0.095,0.514,0.2245,0.101,0.15,9\n"
    unlabelled = ROW.replace(",15\n", ",\n")
    data.write_text((ROW + odd) * 40 + unlabelled * 3)

    process = preprocess(data, tmp_path)

    assert process.returncode == 0, process.stderr
    assert "without_label: 3" in process.stderr
    output_rows = [
        row for name in ("train", "validation", "test") for row in read_rows(tmp_path / name / f"{name}.csv")
    ]
    assert len(output_rows) == 120
    assert {tuple(row[8:]) for row in output_rows} == {("0.0", "0.0", "1.0"), ("0.0", "0.0", "0.0")}


def test_with_several_instances_only_the_first_writes(abalone_csv, tmp_path):
    config = tmp_path / "config"
    config.mkdir()
    hosts = [f"algo-{n}" for n in range(1, 12)]
    config.joinpath("resourceconfig.json").write_text(json.dumps({"current_host": "algo-10", "hosts": hosts}))

    second_instance = preprocess(abalone_csv, tmp_path / "out", SAGEMAKER_BASE_DIR=str(tmp_path))

    assert second_instance.returncode == 0
    assert "nothing to do on this one" in second_instance.stdout
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no rows in data.csv"),
        (ROW * 3 + ROW.replace("0.365", "wide"), "line 4, column 3 (diameter): 'wide' is not a number"),
        (ROW + "M,0.455,0.365\n", "line 2: 3 columns instead of 9: sex, length,"),
        (ROW + ROW.strip() + ",1\n", "line 2: 10 columns instead of 9"),
        (
            "a,b,c,d,e,f,g,h,i\n" + ROW,
            "line 1, column 2 (length): 'b' is not a number; a header would have sex, length,",
        ),
        (ROW * 2 + ROW.replace("0.095", "inf"), "line 3, column 4 (height): inf is not a measurement"),
        (ROW * 2 + ROW.replace("0.095", "-1e300"), "line 3, column 4 (height): -1e+300 is not a measurement"),
        (ROW + "\n\n" + ROW.replace("0.365", "wide"), "line 4, column 3 (diameter): 'wide' is not a number"),
        (ROW.replace("M,", "male,") * 50, "column 'sex' has none of its categories (F, I, M)"),
        (ROW.replace("0.455", "") * 50, "column 'length' has no value in any of the"),
        ("M\x00\xff" * 10, "data.csv"),
        (ROW, "the 1 rows with a label are too few: none is in the split"),
        (ROW.replace(",15\n", ",\n") * 50, "the 0 rows with a label are too few: none is in the split 'train'"),
    ],
)
def test_bad_data_are_reported_by_line_and_column_and_nothing_is_written(tmp_path, content, message):
    data = tmp_path / "data.csv"
    data.write_text(content, encoding="latin-1")

    process = preprocess(data, tmp_path / "out")

    assert process.returncode == 1
    assert process.stderr.startswith("error: ")
    assert message in process.stderr
    assert "Traceback" not in process.stderr
    assert not (tmp_path / "out").exists()


def test_an_uncompressed_file_with_the_name_of_a_compressed_one_is_reported(tmp_path):
    data = tmp_path / "data.csv.gz"
    data.write_text(ROW)

    process = preprocess(data, tmp_path / "out")

    assert process.returncode == 1
    assert process.stderr.startswith("error: data.csv.gz cannot be read")


@pytest.mark.parametrize("seed", ["-1", "2147483647", "x"])
def test_a_seed_that_a_later_step_would_refuse_is_refused(abalone_csv, tmp_path, seed):
    process = preprocess(abalone_csv, tmp_path / "out", seed)

    assert process.returncode == 2
    assert "--random-seed" in process.stderr


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08\x00 broken"])
def test_an_invalid_archive_is_refused(abalone_csv, tmp_path, content):
    preprocess(abalone_csv, tmp_path)
    tmp_path.joinpath("model.tar.gz").write_bytes(content)

    process = evaluate(tmp_path)

    assert process.returncode == 1
    assert "model.tar.gz cannot be read as tar.gz" in process.stderr


@pytest.mark.parametrize("entry_type", [tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.REGTYPE])
def test_a_model_that_is_a_folder_a_link_or_empty_is_refused(abalone_csv, tmp_path, entry_type):
    preprocess(abalone_csv, tmp_path)
    entry = tarfile.TarInfo("xgboost-model")
    entry.type, entry.linkname = entry_type, "elsewhere"
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.addfile(entry)

    process = evaluate(tmp_path)

    assert process.returncode == 1
    assert "contains no file 'xgboost-model'" in process.stderr


@pytest.mark.parametrize("content", ["{", "[]", '{"version": 1}', '{"version": 7}'])
def test_an_invalid_featurizer_is_refused(abalone_csv, tmp_path, content):
    preprocess(abalone_csv, tmp_path)
    train_model(tmp_path, 0)
    tmp_path.joinpath("featurizer", "featurizer.json").write_text(content)

    process = evaluate(tmp_path)

    assert process.returncode == 1
    assert process.stderr.startswith("error: featurizer.json is ")


@pytest.mark.parametrize(
    ("content", "message"),
    [("1.0,2.0\n", "has 1 features, the model 10"), ("1.0,x\n", "not a table of numbers"), ("", "no test rows")],
)
def test_a_test_set_that_does_not_fit_is_refused(abalone_csv, tmp_path, content, message):
    preprocess(abalone_csv, tmp_path)
    train_model(tmp_path, 0)
    tmp_path.joinpath("test", "test.csv").write_text(content)

    process = evaluate(tmp_path)

    assert process.returncode == 1
    assert message in process.stderr


@pytest.mark.parametrize("member", ["something-else", "../xgboost-model"])
def test_an_archive_without_the_model_is_refused(abalone_csv, tmp_path, member):
    preprocess(abalone_csv, tmp_path)
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.add(abalone_csv, member)

    process = evaluate(tmp_path)

    assert process.returncode == 1
    assert "model.tar.gz contains no file 'xgboost-model'" in process.stderr


def test_an_invalid_model_is_refused_and_never_unpickled(abalone_csv, tmp_path):
    preprocess(abalone_csv, tmp_path)
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.add(abalone_csv, "xgboost-model")

    process = evaluate(tmp_path)

    assert process.returncode == 1
    assert "'xgboost-model' in model.tar.gz is not an XGBoost model" in process.stderr

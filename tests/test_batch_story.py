"""Tests that docs/batch.md is true: its commands, from a model to lost quality, and the figures of its table."""

from __future__ import annotations

import csv
import json
import re

import pytest
from paths import ROOT

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from model_monitor.data_quality import analysis
from model_monitor.data_quality.baseline import Baseline
from model_monitor.tables.dataset import Dataset
from pipelines.abalone.columns import SCHEMA

import numpy as np
import stories
from shells import shell_in

TEXT = (ROOT / "docs" / "batch.md").read_text()
COLUMNS = list(SCHEMA.order)[:-1]
DATASET_FORMAT = {"csv": {"header": True}}


def documented_commands():
    """Return the page's commands up to those that make files, joined into one, and the commands that follow."""
    first, second = re.findall(r"^```\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)[:2]
    make_files, *commands = re.split(r"^(?=run-pipeline|pipelines)", second, flags=re.MULTILINE)
    return [*first.splitlines(), make_files], [line.strip() for line in commands]


def test_the_commands_do_what_the_page_says(trained, tmp_path):
    shell = shell_in(tmp_path)
    (train, approve, score, make_files), (good, lost, shifted, show) = documented_commands()
    assert train == stories.TRAIN and stories.begin(trained, tmp_path).returncode == 0
    for line in (approve, score, make_files):
        process = shell(line)
        assert process.returncode == 0, process.stderr
        result = json.loads(process.stdout or "{}")
        if line == score:
            (prefix,) = result["scores"]
            assert result["batch"]["rows"] == {"read": 4177, "written": 4177}
            path = tmp_path / ".local-sagemaker" / "s3" / prefix.removeprefix("s3://")
            assert len(path.joinpath("abalone-dataset.csv.out").read_text().splitlines()) == 4177

    assert shell(good).returncode == 0
    process = shell(lost)
    assert process.returncode == 3
    assert [s["name"] for s in json.loads(process.stdout)["steps"] if s["status"] == "Failed"] == ["ModelQualityLost"]
    assert shell(shifted).returncode == 3
    process = shell(show)
    assert process.returncode == 3
    (violation,) = json.loads(process.stdout)["violations"]
    table = re.search(r"```text\n(.*?)```", TEXT, re.DOTALL)[1].splitlines()
    header, row = (re.split(r"  +", line.strip()) for line in table)
    assert [name.lower() for name in header] == list(violation)
    assert dict(zip(violation, row, strict=True)) == violation


def split(rows, seed):
    """Return training rows, the remaining rows, and the generator that drew them."""
    random = np.random.default_rng(seed)
    draws = random.random(len(rows))
    return rows[draws < 0.7], rows[draws >= 0.7], random


def distances_by_column(folder, baseline, rows):
    """Return column -> distance from the baseline, for a baseline with a threshold of 0."""
    write_rows(folder / "batch.csv", rows)
    violations = analysis.analyse(Dataset(folder / "batch.csv", DATASET_FORMAT), baseline).violations
    return {violation["feature_name"]: float(violation["description"].split()[3]) for violation in violations}


def write_rows(path, rows):
    with path.open("w", newline="") as file:
        # Write 0 as 0.0: otherwise a column of whole numbers would be Integral.
        numbers = [[sex, *(str(float(value)) for value in values)] for sex, *values in rows.tolist()]
        csv.writer(file).writerows([COLUMNS, *numbers])


def change_column(rows, column, change):
    """Return a copy of the rows with the numbers of a column changed."""
    position, result = COLUMNS.index(column), rows.copy()
    result[:, position] = [str(change(float(value))) for value in rows[:, position]]
    return result


@pytest.mark.long
@pytest.mark.oracle
def test_the_table_of_false_alarms(abalone_csv, tmp_path):
    with abalone_csv.open() as file:
        rows = np.array([row[:8] for row in csv.reader(file)], dtype=object)
    alarms = {}
    for seed in range(50):
        train, remaining, random = split(rows, seed)
        write_rows(tmp_path / "train.csv", train)
        analysis.analyse(Dataset(tmp_path / "train.csv", DATASET_FORMAT)).write(tmp_path / "baseline")
        constraints = tmp_path / "baseline" / "constraints.json"
        document = json.loads(constraints.read_text())
        drift = document["monitoring_config"]["distribution_constraints"]
        drift |= {"comparison_threshold": 0.0, "categorical_comparison_threshold": 0.0}
        constraints.write_text(json.dumps(document))
        baseline = Baseline.load(constraints, tmp_path / "baseline" / "statistics.json")
        for size in (100, 500, 1000):
            batch = remaining[random.choice(len(remaining), size, replace=False)]
            heavier = change_column(batch, "whole_weight", lambda value: value * 1.2)
            longer = change_column(batch, "length", lambda value: value * 2 + 1)
            distances = [distances_by_column(tmp_path, baseline, table) for table in (batch, heavier, longer)]
            for threshold in (0.1, 0.05, 0.02):
                counts = alarms.setdefault((size, threshold), [0, 0, 0])
                for n, columns in enumerate(distances):
                    column = (None, "whole_weight", "length")[n]
                    counts[n] += any(value > threshold for name, value in columns.items() if column in (None, name))

    rows_of_page = re.findall(
        r"^\| (\d+) \| (0\.\d+) \| (\d+) of 50 \| (\d+) of 50 \| (\d+) of 50 \|$", TEXT, re.MULTILINE
    )
    assert len(rows_of_page) == 8
    for size, threshold, *counts in rows_of_page:
        assert list(map(int, counts)) == alarms[int(size), float(threshold)], (size, threshold, str(alarms))

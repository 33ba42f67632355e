"""docs/batch.md: its commands, from a model to lost quality, and the figures of its table."""

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
NAMED = {"csv": {"header": True}}


def documented():
    """The commands, and the lines that make files, as one."""
    first, second = re.findall(r"^```\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)[:2]
    making, *running = re.split(r"^(?=run-pipeline|pipelines)", second, flags=re.MULTILINE)
    return [*first.splitlines(), making], [line.strip() for line in running]


def test_the_commands_do_what_the_page_says(trained, tmp_path):
    shell = shell_in(tmp_path)
    (train, approve, score, making), (good, lost, shifted, show) = documented()
    assert train == stories.TRAIN and stories.begin(trained, tmp_path).returncode == 0
    for line in (approve, score, making):
        done = shell(line)
        assert done.returncode == 0, done.stderr
        result = json.loads(done.stdout or "{}")
        if line == score:
            (prefix,) = result["scores"]
            assert result["batch"]["rows"] == {"read": 4177, "written": 4177}
            path = tmp_path / ".local-sagemaker" / "s3" / prefix.removeprefix("s3://")
            assert len(path.joinpath("abalone-dataset.csv.out").read_text().splitlines()) == 4177

    assert shell(good).returncode == 0
    done = shell(lost)
    assert done.returncode == 3
    assert [s["name"] for s in json.loads(done.stdout)["steps"] if s["status"] == "Failed"] == ["ModelQualityLost"]
    assert shell(shifted).returncode == 3
    done = shell(show)
    assert done.returncode == 3
    (violation,) = json.loads(done.stdout)["violations"]
    table = re.search(r"```text\n(.*?)```", TEXT, re.DOTALL)[1].splitlines()
    header, row = (re.split(r"  +", line.strip()) for line in table)
    assert [name.lower() for name in header] == list(violation)
    assert dict(zip(violation, row, strict=True)) == violation


def split(rows, seed):
    """Training rows, the others, and the generator that drew them."""
    random = np.random.default_rng(seed)
    draws = random.random(len(rows))
    return rows[draws < 0.7], rows[draws >= 0.7], random


def violated(folder, baseline, rows):
    """Column -> distance, at a threshold of 0."""
    written(folder / "batch.csv", rows)
    found = analysis.analyse(Dataset(folder / "batch.csv", NAMED), baseline).violations
    return {one["feature_name"]: float(one["description"].split()[3]) for one in found}


def written(path, rows):
    with path.open("w", newline="") as file:
        numbers = [
            [sex, *(str(float(value)) for value in others)] for sex, *others in rows.tolist()
        ]  # 0 is none of 0.0
        csv.writer(file).writerows([COLUMNS, *numbers])


def changed(rows, column, change):
    """The rows with other numbers in a column."""
    at, found = COLUMNS.index(column), rows.copy()
    found[:, at] = [str(change(float(value))) for value in rows[:, at]]
    return found


@pytest.mark.long
@pytest.mark.oracle
def test_the_table_of_false_alarms(abalone_csv, tmp_path):
    with abalone_csv.open() as file:
        rows = np.array([row[:8] for row in csv.reader(file)], dtype=object)
    found = {}
    for seed in range(50):
        train, rest, random = split(rows, seed)
        written(tmp_path / "train.csv", train)
        analysis.analyse(Dataset(tmp_path / "train.csv", NAMED)).write(tmp_path / "baseline")
        constraints = tmp_path / "baseline" / "constraints.json"
        document = json.loads(constraints.read_text())
        drift = document["monitoring_config"]["distribution_constraints"]
        drift |= {"comparison_threshold": 0.0, "categorical_comparison_threshold": 0.0}
        constraints.write_text(json.dumps(document))
        baseline = Baseline.load(constraints, tmp_path / "baseline" / "statistics.json")
        for size in (100, 500, 1000):
            batch = rest[random.choice(len(rest), size, replace=False)]
            heavier = changed(batch, "whole_weight", lambda value: value * 1.2)
            longer = changed(batch, "length", lambda value: value * 2 + 1)
            distances = [violated(tmp_path, baseline, one) for one in (batch, heavier, longer)]
            for threshold in (0.1, 0.05, 0.02):
                counts = found.setdefault((size, threshold), [0, 0, 0])
                for n, one in enumerate(distances):
                    column = (None, "whole_weight", "length")[n]
                    counts[n] += any(value > threshold for name, value in one.items() if column in (None, name))

    rows_of_page = re.findall(
        r"^\| (\d+) \| (0\.\d+) \| (\d+) of 50 \| (\d+) of 50 \| (\d+) of 50 \|$", TEXT, re.MULTILINE
    )
    assert len(rows_of_page) == 8
    for size, threshold, *counts in rows_of_page:
        assert list(map(int, counts)) == found[int(size), float(threshold)], (size, threshold, str(found))

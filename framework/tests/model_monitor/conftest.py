"""Provides datasets for the analyses, and real outputs of AWS's container."""

from __future__ import annotations

from model_monitor.data_quality.analysis import analyse
from model_monitor.data_quality.baseline import Baseline
from model_monitor.tables.dataset import Dataset

import pytest
from paths import SHARED


@pytest.fixture
def shared_folder():
    """Return the folder with real outputs of AWS's container; a clone of the project alone does not have it."""
    if not SHARED.is_dir():
        pytest.skip("the real outputs of AWS's containers are not part of the project")
    return SHARED


@pytest.fixture
def csv(tmp_path):
    """Return a function that writes a CSV file with a header and returns its dataset."""

    def write(text, name="data.csv", **options):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        return Dataset(path, {"csv": {"header": True, **options}})

    return write


@pytest.fixture
def baseline_of(tmp_path):
    """Return a function that reads a dataset's baseline from its files; ``edit`` may change the constraints before."""

    def suggest(dataset, edit=lambda constraints: None):
        result = analyse(dataset)
        edit(result.documents["constraints.json"])
        folder = tmp_path / "baseline"
        result.write(folder)
        return Baseline.load(folder / "constraints.json", folder / "statistics.json")

    return suggest

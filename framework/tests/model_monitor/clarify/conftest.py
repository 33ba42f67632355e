"""Provides a function that runs the command, rows of shells, and a model trained on them."""

from __future__ import annotations

import json
import os
import subprocess

import numpy as np
import pytest
from paths import PYTHONPATH
from shell_rows import FEATURES, RINGS
from warm import program


@pytest.fixture
def clarify(tmp_path):
    """Return a function that runs the command; its configuration may be a string or an object."""

    def run(data, config, *arguments):
        path = tmp_path / "config.json"
        path.write_text(config if isinstance(config, str) else json.dumps(config))
        return subprocess.run(
            [*program("model_monitor"), "clarify", str(data), "--config", str(path), *map(str, arguments)],
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

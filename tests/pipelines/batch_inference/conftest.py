"""Provides the training outputs that the scripts of batch inference need."""

from __future__ import annotations

from pipelines.abalone.columns import SCHEMA
from pipelines.scripts.preprocess import preprocess as fit

import pytest


@pytest.fixture(scope="module")
def fitted_folder(abalone_csv, tmp_path_factory):
    """Return the folder with the outputs of the training pipeline's preprocessing."""
    folder = tmp_path_factory.mktemp("fitted")
    fit(abalone_csv, folder, 0, SCHEMA)
    return folder

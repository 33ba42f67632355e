"""What the scripts of batch inference need of a training."""

from __future__ import annotations

from pipelines.abalone.columns import SCHEMA
from pipelines.scripts.preprocess import preprocess as fit

import pytest


@pytest.fixture(scope="module")
def fitted(abalone_csv, tmp_path_factory):
    """The outputs of the training pipeline's preprocessing."""
    folder = tmp_path_factory.mktemp("fitted")
    fit(abalone_csv, folder, 0, SCHEMA)
    return folder

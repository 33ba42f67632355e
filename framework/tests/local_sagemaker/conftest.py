"""Defines the fixtures that tests of jobs and of images share."""

from __future__ import annotations

from local_sagemaker.testing import BUCKET

import pytest
from trainings import ROWS


@pytest.fixture
def data(account):
    for name in ("train", "validation"):
        account.objects.write(BUCKET, f"{name}/part.csv", ROWS.encode())

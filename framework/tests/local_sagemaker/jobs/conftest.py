"""Defines fixtures for the inputs and outputs of transform jobs."""

from __future__ import annotations

from local_sagemaker.testing import BUCKET, archive

import pytest


@pytest.fixture
def put(account):
    """Return a function that writes objects: key -> bytes."""
    from transforms import BOOSTER

    account.objects.write(BUCKET, "model.tar.gz", archive({"xgboost-model": bytes(BOOSTER.save_raw())}))

    def write(**objects):
        for key, content in objects.items():
            account.objects.write(BUCKET, key, content)

    return write


@pytest.fixture
def outputs(account):
    """Return a function that reads the objects below a prefix: path -> bytes."""
    return lambda prefix="out/": {
        key.removeprefix(prefix): path.read_bytes() for key, path in account.objects.keys(BUCKET, prefix)
    }

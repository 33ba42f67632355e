"""Packs models as training jobs do."""

from __future__ import annotations

import io
import tarfile
from typing import Any


def archive_model(booster: Any) -> bytes:
    """Return the model.tar.gz of an XGBoost booster."""
    content, buffer = bytes(booster.save_raw("ubj")), io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        entry = tarfile.TarInfo("xgboost-model")
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()

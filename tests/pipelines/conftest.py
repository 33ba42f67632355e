"""Leave out the tests that compile pipelines if the SDK is missing, as their imports would fail."""

from __future__ import annotations

from importlib.util import find_spec

NEEDS_SDK = ("test_golden.py", "test_commands.py", "steps", "test_pipeline.py", "test_targets.py")


def pytest_ignore_collect(collection_path):
    if find_spec("sagemaker") is None and collection_path.name in NEEDS_SDK:
        return True
    return None

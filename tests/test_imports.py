"""Tests that container code can be imported with its image's packages alone; other installed packages are hidden.

tox runs this in environments without other packages, too.
"""

from __future__ import annotations

import pytest
from importing import import_all
from paths import ROOT
from source_code import module_name, modules

#: Not container code; and a script that calls AWS, for which the images have boto3.
EXCLUDED = ("pipeline.py", "resolve_baselines.py")


def test_container_code_needs_neither_the_sdk_nor_boto3():
    pytest.importorskip("xgboost", reason="the model's own image has xgboost")
    use_cases = [path.parent.name for path in (ROOT / "pipelines").glob("*/pipeline.py")]
    folders = ["scripts", *(name for name in use_cases if "tensorflow" not in name)]
    paths = [path for folder in folders for path in modules(f"pipelines/{folder}") if path.name not in EXCLUDED]

    import_all(["sagemaker", "boto3", "botocore", "rich", "local_sagemaker"], map(module_name, paths))

"""Container code can be imported with what its image has; whatever is installed beside that is hidden.

tox runs this in environments where nothing else is installed, too.
"""

from __future__ import annotations

import pytest
from importing import import_all
from paths import ROOT
from source_code import modules, name_of

#: No container code, and what asks AWS, for which the images have boto3.
OTHERS = ("pipeline.py", "resolve_baselines.py")


def test_what_runs_in_the_images_needs_neither_the_sdk_nor_boto3():
    pytest.importorskip("xgboost", reason="the model's own image has xgboost")
    use_cases = [path.parent.name for path in (ROOT / "pipelines").glob("*/pipeline.py")]
    folders = ["scripts", *(name for name in use_cases if "tensorflow" not in name)]
    found = [path for folder in folders for path in modules(f"pipelines/{folder}") if path.name not in OTHERS]

    import_all(["sagemaker", "boto3", "botocore", "rich", "local_sagemaker"], map(name_of, found))

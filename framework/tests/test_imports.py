"""Every module of the framework can be imported with what its runtime has; whatever is beside that is hidden.

tox runs this in environments where nothing else is installed, too.
"""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from importing import import_all
from source_code import modules, name_of


def test_the_analyses_need_what_the_images_have():
    pytest.importorskip("xgboost", reason="the model's own image has xgboost")

    import_all(["sagemaker", "boto3", "botocore", "rich", "local_sagemaker"], map(name_of, modules("model_monitor")))


def test_the_machine_and_the_tools_need_neither_the_sdk_nor_the_template():
    pytest.importorskip("boto3", reason="the machine's seam is boto3's")
    missing = [] if find_spec("optuna") else ["local_sagemaker.tuning"]
    missing += [] if find_spec("itables") else ["local_sagemaker.tools.notebook"]
    found = [name_of(path) for path in modules("local_sagemaker") if "tensorflow" not in path.parts]

    import_all(["sagemaker", "pipelines", "deploy"], [one for one in found if not one.startswith(tuple(missing))])

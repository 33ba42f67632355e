"""Check that every module of the framework can be imported with its own requirements alone.

All other packages are hidden.

tox also runs this in environments where nothing else is installed.
"""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from importing import import_all
from source_code import module_name, modules


def test_the_analyses_import_only_packages_of_the_images():
    pytest.importorskip("xgboost", reason="the model's own image has xgboost")

    import_all(
        ["sagemaker", "boto3", "botocore", "rich", "local_sagemaker"], map(module_name, modules("model_monitor"))
    )


def test_the_runtime_and_the_tools_need_neither_the_sdk_nor_the_template():
    pytest.importorskip("boto3", reason="the local runtime extends boto3")
    missing = [] if find_spec("optuna") else ["local_sagemaker.tuning"]
    missing += [] if find_spec("itables") else ["local_sagemaker.tools.notebook"]
    names = [module_name(path) for path in modules("local_sagemaker") if "tensorflow" not in path.parts]

    import_all(["sagemaker", "pipelines", "deploy"], [name for name in names if not name.startswith(tuple(missing))])

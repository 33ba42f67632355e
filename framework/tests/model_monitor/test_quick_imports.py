"""Tests that a quick import skips scikit-learn, but does not hide it from later imports."""

from __future__ import annotations

import subprocess
import sys

import pytest
from paths import ROOT

QUICK = """
import sys
from model_monitor.quick_imports import import_xgboost
xgboost = import_xgboost()
assert "sklearn" not in sys.modules, "it was imported, or is still hidden"
import sklearn
assert import_xgboost() is xgboost and xgboost.Booster()
"""
WITH_WRAPPERS = """
import sklearn
from model_monitor.quick_imports import import_xgboost
assert issubclass(import_xgboost().XGBRegressor, sklearn.base.BaseEstimator)
"""
#: Prints what the image's programs import before they read anything.
IMAGE = """
import sys
from local_sagemaker.images.xgboost import __main__ as image
from local_sagemaker.serving import server
server.serve = lambda load: print(load.__module__, "sklearn" in sys.modules)
image.predict()
"""


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT, env=environment
    )


@pytest.mark.parametrize("code", [QUICK, WITH_WRAPPERS])
def test_xgboost_is_imported_without_scikit_learn_unless_that_is_imported_already(code):
    pytest.importorskip("xgboost", reason="the model's own image has xgboost")

    done = run(code)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("environment", "imported"), [({}, False), ({"SAGEMAKER_PROGRAM": "inference.py"}, True)])
def test_the_images_server_imports_scikit_learn_only_for_a_script_that_may_use_it(environment, imported):
    pytest.importorskip("xgboost", reason="the model's own image has xgboost")

    done = run(IMAGE, **environment)

    assert done.stdout == f"local_sagemaker.images.xgboost.serve {imported}\n", done.stderr

"""Every module can be imported with what its runtime has; whatever is installed beside that is hidden.

tox runs this in environments where nothing else is installed, too.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest
from paths import FRAMEWORK, ROOT, ROOTS

#: Imports all modules that are named, with packages hidden.
IMPORT = """
import importlib, sys
hidden, *names = sys.argv[1:]
sys.modules.update(dict.fromkeys(filter(None, hidden.split(","))))
for name in names:
    importlib.import_module(name)
"""


def names(*folders):
    """Dotted names of the modules below folders; those for TensorFlow are of an extra of their own."""
    paths = [path for folder in folders for path in folder.rglob("*.py") if "tensorflow" not in str(path)]
    return sorted(map(name_of, paths))


def name_of(path):
    root = next(root for root in reversed(ROOTS) if path.is_relative_to(root))
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def import_all(hidden, found):
    words = [sys.executable, "-c", IMPORT, ",".join(hidden), *found]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)

    assert len(found) > 10
    assert done.returncode == 0, done.stderr


def test_what_runs_in_the_images_needs_neither_the_sdk_nor_boto3():
    pytest.importorskip("xgboost", reason="the model's own image has xgboost")
    scripts = [path.parent for path in (ROOT / "pipelines").glob("*/pipeline.py") if path.parent.name != "steps"]
    own = [name for name in names(*scripts) if not name.endswith(".pipeline")]

    import_all(
        ["sagemaker", "boto3", "botocore", "rich"],
        [*names(FRAMEWORK / "model_monitor", ROOT / "pipelines" / "scripts"), *own],
    )


def test_the_machine_and_the_verbs_need_no_sdk():
    pytest.importorskip("boto3", reason="the machine's seam is boto3's")
    tuning = [] if find_spec("optuna") else ["local_sagemaker.tuning"]
    found = names(FRAMEWORK / "local_sagemaker", ROOT / "pipelines" / "commands")

    import_all(["sagemaker"], [name for name in found if not name.startswith(tuple(tuning))])

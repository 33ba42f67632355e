"""The tests' own tools: what makes them quick does so, and changes nothing of what they see."""

from __future__ import annotations

import os
import subprocess

import changed
import pytest
import warm

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

SEEN = """
import os, sys
print("xgboost" in sys.modules, "model_monitor" in sys.modules, os.getcwd(), sys.argv[1:])
"""
ROOT = str(warm.ROOT)


@pytest.mark.skipif(warm.is_measured(), reason="no program is warm while coverage is measured")
@pytest.mark.parametrize(("path", "is_ours_there"), [(ROOT, True), ("", False), (f"/another:{ROOT}", False)])
def test_a_warm_program_has_the_libraries_and_of_this_project_what_it_would_import(tmp_path, path, is_ours_there):
    pytest.importorskip("coverage")  # that it is imported, as numba does it, keeps no program cold
    script = tmp_path / "seen.py"
    script.write_text(SEEN)

    words = [*warm.program(str(script)), "a b"]
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=tmp_path, env=environment)

    assert done.stdout == f"True {is_ours_there} {tmp_path} ['a b']\n"


@pytest.mark.parametrize(
    ("path", "wanted", "unwanted"),
    [
        ("model_monitor/states/kll.py", {"tests/model_monitor/states"}, {"tests/model_monitor"}),
        ("pipelines/code.py", {"tests/pipelines/test_code.py", "tests/test_functions.py"}, {"tests/pipelines"}),
        ("pipelines/model_package.py", {"tests/test_pipelines.py"}, {"tests/pipelines"}),
        ("tests/test_readme.py", {"tests/test_readme.py"}, {"tests/test_checks.py"}),
        ("docs/checks.md", set(), {"tests/test_checks.py"}),
    ],
)
def test_what_a_change_touches_is_what_lies_beside_it_and_what_imports_it(path, wanted, unwanted):
    found = set(changed.chosen([path]))

    assert wanted | set(changed.ALWAYS) <= found
    assert not unwanted & found

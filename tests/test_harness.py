"""The tests' own tools: what makes them quick does so, and changes nothing of what they see."""

from __future__ import annotations

import subprocess

import pytest
import warm

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

SEEN = """
import os, sys
print("sagemaker.mlops.workflow.pipeline" in sys.modules, "pipelines" in sys.modules, os.getcwd(), sys.argv[1:])
"""


@pytest.mark.skipif("coverage" in __import__("sys").modules, reason="no program is warm while coverage is measured")
def test_a_warm_program_has_the_sdk_imported_and_nothing_of_this_project(tmp_path):
    script = tmp_path / "seen.py"
    script.write_text(SEEN)

    done = subprocess.run([*warm.program(str(script)), "a b"], capture_output=True, text=True, check=True, cwd=tmp_path)

    assert done.stdout == f"True False {tmp_path} ['a b']\n"

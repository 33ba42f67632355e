"""Tests how the framework finds the project that is installed with it."""

from __future__ import annotations

import os
import subprocess
import sys

from local_sagemaker import project

from paths import PYTHONPATH, ROOT


def test_the_projects_package_and_pipelines_are_found():
    assert project.package() == "pipelines"
    assert project.folder() == ROOT / "pipelines"
    assert project.config() == ROOT / "pipelines" / "local.toml"
    assert "pipelines.abalone.pipeline" in project.known_modules()


def test_a_framework_that_shadows_the_clones_is_refused_with_both_paths(tmp_path):
    tmp_path.joinpath("pipelines").mkdir()
    tmp_path.joinpath("pipelines", "__init__.py").write_text("")
    tmp_path.joinpath("pipelines", "local.toml").write_text("")
    tmp_path.joinpath("framework", "local_sagemaker").mkdir(parents=True)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), PYTHONPATH])}

    command = [sys.executable, "-m", "local_sagemaker.tools.commands", "list", "--local"]
    process = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)

    assert process.returncode == 2
    assert (
        f"there are two frameworks: {tmp_path}/framework/local_sagemaker of the clone, and {project.PACKAGE_FOLDER}"
        in process.stderr
    )
    assert process.stderr.count("\n") == 1

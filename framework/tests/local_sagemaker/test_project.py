"""The project that is installed beside the framework."""

from __future__ import annotations

import os
import subprocess
import sys

from local_sagemaker import project

from paths import PYTHONPATH, ROOT


def test_it_says_where_its_package_lies_and_which_pipelines_there_are():
    assert project.package() == "pipelines"
    assert project.folder() == ROOT / "pipelines"
    assert project.config() == ROOT / "pipelines" / "local.toml"
    assert "pipelines.abalone.pipeline" in project.known_modules()


def test_a_framework_that_would_run_in_place_of_the_clones_own_is_refused_with_both_paths(tmp_path):
    tmp_path.joinpath("pipelines").mkdir()
    tmp_path.joinpath("pipelines", "__init__.py").write_text("")
    tmp_path.joinpath("framework", "local_sagemaker").mkdir(parents=True)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), PYTHONPATH])}

    words = [sys.executable, "-m", "local_sagemaker.tools.commands", "list", "--local"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)

    assert done.returncode == 2
    assert (
        f"there are two frameworks: {tmp_path}/framework/local_sagemaker of the clone, and {project.HERE}"
        in done.stderr
    )
    assert done.stderr.count("\n") == 1

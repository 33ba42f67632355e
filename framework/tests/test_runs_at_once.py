"""Run several commands at once on one root folder."""

from __future__ import annotations

import json
import os
import subprocess

import local_sagemaker.session

from paths import PYTHONPATH
from warm import COLD


def environment():
    """Return the environment of a process that runs this clone's code."""
    return {**os.environ, "PYTHONPATH": PYTHONPATH}


def test_eight_runs_at_once_on_a_new_root_are_all_registered(tmp_path):
    register = {"Name": "Register", "Type": "RegisterModel", "Arguments": {"ModelPackageGroupName": "Shells"}}
    file, root = tmp_path / "Many.json", tmp_path / "new"
    file.write_text(json.dumps({"Version": "2020-12-01", "Steps": [register]}))
    command = [COLD, "-m", "pipelines.run_pipeline", "--definition", str(file), "--local", str(root)]

    clients = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
        for _ in range(8)
    ]
    outputs = [client.communicate() for client in clients]

    assert [client.returncode for client in clients] == [0] * 8, outputs
    registered = {json.loads(out)["model_packages"][0]["version"] for out, _ in outputs}
    assert registered == set(range(1, 9))
    packages = (
        local_sagemaker.session.open(root).client("sagemaker").list_model_packages(ModelPackageGroupName="Shells")
    )
    assert len(packages["ModelPackageSummaryList"]) == 8

"""Several commands at once on one root folder."""

from __future__ import annotations

import json
import os
import subprocess

import local_sagemaker.session

from paths import PYTHONPATH
from warm import COLD


def environment():
    """Of a process that runs this clone's code."""
    return {**os.environ, "PYTHONPATH": PYTHONPATH}


def test_eight_runs_at_once_on_one_new_root_are_all_registered(tmp_path):
    register = {"Name": "Register", "Type": "RegisterModel", "Arguments": {"ModelPackageGroupName": "Shells"}}
    file, new = tmp_path / "Many.json", tmp_path / "new"
    file.write_text(json.dumps({"Version": "2020-12-01", "Steps": [register]}))
    words = [COLD, "-m", "pipelines.run_pipeline", "--definition", str(file), "--local", str(new)]

    clients = [
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
        for _ in range(8)
    ]
    said = [client.communicate() for client in clients]

    assert [client.returncode for client in clients] == [0] * 8, said
    registered = {json.loads(out)["model_packages"][0]["version"] for out, _ in said}
    assert registered == set(range(1, 9))
    found = local_sagemaker.session.open(new).client("sagemaker").list_model_packages(ModelPackageGroupName="Shells")
    assert len(found["ModelPackageSummaryList"]) == 8

"""Tests that an execution is ended by ``pipelines stop``, but not by the end of a client that follows it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time

from local_sagemaker.testing import create, processing_step, start, wait_for_end

from paths import PYTHONPATH
from warm import COLD


def test_stop_and_follow(pipelines, session, root):
    create(session, {"Steps": [processing_step("Sleep", session, "print('begun'); import time; time.sleep(60)")]})
    arn = start(session, "Testing")
    arguments = [COLD, "-m", "local_sagemaker.tools.commands.__main__", "logs", "-f", "--local", root]
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": PYTHONPATH}
    ) as logs:
        assert logs.stdout.readline() == "Sleep: begun\n"
        _, stopped, _ = pipelines("stop")
        assert stopped["status"] in ("Stopping", "Stopped")
        assert logs.wait(30) == 0
    assert wait_for_end(session, arn).status == "Stopped"


def test_a_killed_client_leaves_the_execution_alone_and_a_second_one_sees_it(pipelines, session, root, tmp_path):
    definition = {"Version": "2020-12-01", "Steps": [processing_step("Sleep", session, "import time; time.sleep(2)")]}
    file = tmp_path / "Sleeping.json"
    file.write_text(json.dumps(definition))
    arguments = [COLD, "-m", "pipelines.run_pipeline", "--definition", str(file), "--local", root]
    with subprocess.Popen(
        arguments, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": PYTHONPATH}
    ) as client:
        arn = client.stderr.readline().split()[1]
        client.send_signal(signal.SIGKILL)

    _, shown, _ = pipelines("show")
    assert shown["status"] == "Executing"
    assert wait_for_end(session, arn).status == "Succeeded"


def test_ctrl_c_leaves_the_execution_running_and_says_how_to_stop_it(pipelines, session, root, tmp_path):
    file = tmp_path / "Sleeping.json"
    file.write_text(
        json.dumps(
            {"Version": "2020-12-01", "Steps": [processing_step("Sleep", session, "import time; time.sleep(60)")]}
        )
    )
    arguments = [COLD, "-m", "pipelines.run_pipeline", "--definition", str(file), "--local", root]
    with subprocess.Popen(
        arguments, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": PYTHONPATH}
    ) as client:
        arn = client.stderr.readline().split()[1]
        time.sleep(0.3)
        client.send_signal(signal.SIGINT)
        err = client.stderr.read()
        assert client.wait() == 130

    name = arn.rpartition("/")[2]
    assert f"pipelines stop {name} --local {root}" in err
    assert "Traceback" not in err
    assert pipelines("show")[1]["status"] == "Executing"
    assert pipelines("stop", name)[0] == 0
    assert wait_for_end(session, arn).status == "Stopped"

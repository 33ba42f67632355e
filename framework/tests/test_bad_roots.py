"""Test unusable root folders: one line gives the reason and the remedy, and no existing data are lost."""

from __future__ import annotations

import json
import os
import resource
import shlex
import subprocess

import local_sagemaker.session
from local_sagemaker.testing import BUCKET, processing_step, run

import pytest
from paths import PYTHONPATH
from warm import COLD

#: Loaded by every Python process: simulates a file system without locks, such as some network file systems.
NO_LOCKS = """
import errno, fcntl

def fail(*_):
    raise OSError(errno.ENOLCK, "No locks available")

fcntl.flock = fail
"""


@pytest.fixture
def run_pipeline(tmp_path):
    """Run the pipeline in a process of its own, with a root folder."""
    file = tmp_path / "Hello.json"
    file.write_text('{"Steps": [{"Name": "A", "Type": "RegisterModel", "Arguments": {"ModelPackageGroupName": "G"}}]}')

    def call(root, **options):
        command = [COLD, "-m", "pipelines.run_pipeline", "--definition", str(file), "--local", str(root)]
        # Without coverage, which would write files, too, and fail visibly if nothing can be written.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
        environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path), PYTHONPATH])
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, **options)

    return call


def read_only(root, *command):
    """Run a command in a mount namespace in which the root is read-only; skip where none can be made."""
    mount = f"mount --bind {root} {root} && mount -o remount,ro,bind {root} && exec "
    arguments = [COLD, "-m", *command]
    script = mount + " ".join(map(shlex.quote, arguments))
    if subprocess.run(["unshare", "-rm", "sh", "-c", mount + "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs mount namespaces")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    environment["PYTHONPATH"] = PYTHONPATH
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", script], capture_output=True, text=True, check=False, env=environment
    )


def test_a_read_only_root_can_be_looked_at(session, account):
    result = run(session, {"Steps": [processing_step("Before", session, "print('before')")]})
    account.store.update("execution", result.arn, {"PipelineExecutionStatus": "Executing"})  # its process is gone
    pipelines = "local_sagemaker.tools.commands"

    listed = read_only(account.root, pipelines, "list", "Testing", "--local", str(account.root))
    logs = read_only(account.root, pipelines, "logs", "Testing", "--local", str(account.root))

    assert (listed.returncode, logs.returncode) == (0, 0), listed.stderr + logs.stderr
    assert "Failed" in listed.stdout
    assert "before" in logs.stdout


def test_a_read_only_root_is_an_error_for_what_writes(account, session, tmp_path):
    run(session, {"Steps": [processing_step("Before", session, "print('before')")]})
    file = tmp_path / "Hello.json"
    file.write_text('{"Version": "2020-12-01", "Steps": [{"Name": "A", "Type": "Fail"}]}')

    completed = read_only(
        account.root, "pipelines.run_pipeline", "--definition", str(file), "--local", str(account.root)
    )

    assert completed.returncode == 2
    assert "make the folder writable, or take another root; show, list and logs only read" in completed.stderr
    assert completed.stderr.count("\n") == 1


def test_a_new_root_in_a_read_only_folder_is_an_error(tmp_path):
    tmp_path.joinpath("root").mkdir()

    completed = read_only(tmp_path, "local_sagemaker.tools.commands", "list", "--local", str(tmp_path / "root"))
    run_completed = read_only(
        tmp_path, "pipelines.run_pipeline", "-n", "pipelines.abalone.pipeline", "--local", str(tmp_path / "root")
    )

    assert completed.returncode == run_completed.returncode == 2
    assert "cannot write to the root folder" in run_completed.stderr


def test_a_file_system_without_locks_is_an_error(run_pipeline, tmp_path):
    tmp_path.joinpath("sitecustomize.py").write_text(NO_LOCKS)

    completed = run_pipeline(tmp_path / "root")

    assert completed.returncode == 2
    assert "cannot be locked (No locks available); take a root folder on a local disk" in completed.stderr
    assert completed.stderr.count("\n") == 1


@pytest.mark.skipif(os.environ.get("TOX_ENV_NAME") == "coverage", reason="coverage writes to the full disk, too")
@pytest.mark.parametrize("size", [0, 8_000])
def test_a_full_disk_is_an_error_and_existing_data_stay_intact(run_pipeline, account, session, size):
    """No file can grow beyond this many bytes, which looks like a full disk to the writer."""
    run(session, {"Steps": [processing_step("Before", session, "print('before')")]})

    def fill():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    completed = run_pipeline(account.root, preexec_fn=fill)

    assert completed.returncode in (1, 2), completed.stderr
    assert "Traceback" not in completed.stderr
    assert completed.stdout == "" or json.loads(completed.stdout)["status"] == "Failed"
    client = local_sagemaker.session.open(account.root).client("sagemaker")
    names = {p["PipelineName"] for p in client.list_pipelines()["PipelineSummaries"]}
    assert "Testing" in names
    (execution,) = client.list_pipeline_executions(PipelineName="Testing")["PipelineExecutionSummaries"]
    assert execution["PipelineExecutionStatus"] == "Succeeded"
    with session.client("s3").get_object(Bucket=BUCKET, Key="code/Before.py")["Body"] as body:
        assert body.read() == b"print('before')"

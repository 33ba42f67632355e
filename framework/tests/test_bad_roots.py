"""A root folder that cannot be used: one line says why and what to do, and nothing that was there is lost."""

from __future__ import annotations

import json
import os
import resource
import subprocess

import local_sagemaker.session
from local_sagemaker.testing import BUCKET, processing, run

import pytest
from paths import PYTHONPATH
from warm import COLD

#: Loaded by every Python process: a file system without locks, as some network file systems are.
NO_LOCKS = """
import errno, fcntl

def refused(*_):
    raise OSError(errno.ENOLCK, "No locks available")

fcntl.flock = refused
"""


@pytest.fixture
def run_pipeline(tmp_path):
    file = tmp_path / "Hello.json"
    file.write_text('{"Steps": [{"Name": "A", "Type": "RegisterModel", "Arguments": {"ModelPackageGroupName": "G"}}]}')

    def call(root, **options):
        words = [COLD, "-m", "pipelines.run_pipeline", "--definition", str(file), "--local", str(root)]
        # Not measured for coverage: that, too, would write, and fail loudly where nothing can be written.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
        environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path), PYTHONPATH])
        return subprocess.run(words, capture_output=True, text=True, check=False, env=environment, **options)

    return call


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_root_that_is_read_only_is_told(run_pipeline, account):
    account.root.chmod(0o555)

    done = run_pipeline(account.root)

    account.root.chmod(0o755)
    assert done.returncode == 2
    assert "is not writable; take another" in done.stderr


def test_a_file_system_without_locks_is_told(run_pipeline, tmp_path):
    tmp_path.joinpath("sitecustomize.py").write_text(NO_LOCKS)

    done = run_pipeline(tmp_path / "root")

    assert done.returncode == 2
    assert "cannot be locked (No locks available); take a root folder on a local disk" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(os.environ.get("TOX_ENV_NAME") == "coverage", reason="coverage writes to the full disk, too")
@pytest.mark.parametrize("size", [0, 8_000])
def test_a_full_disk_is_told_and_what_was_there_is_whole(run_pipeline, account, session, size):
    """No file can grow beyond so many bytes, which is how a full disk looks to who writes."""
    run(session, {"Steps": [processing("Before", session, "print('before')")]})

    def fill():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    done = run_pipeline(account.root, preexec_fn=fill)

    assert done.returncode in (1, 2), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == "" or json.loads(done.stdout)["status"] == "Failed"
    client = local_sagemaker.session.open(account.root).client("sagemaker")
    names = {p["PipelineName"] for p in client.list_pipelines()["PipelineSummaries"]}
    assert "Testing" in names
    (execution,) = client.list_pipeline_executions(PipelineName="Testing")["PipelineExecutionSummaries"]
    assert execution["PipelineExecutionStatus"] == "Succeeded"
    with session.client("s3").get_object(Bucket=BUCKET, Key="code/Before.py")["Body"] as body:
        assert body.read() == b"print('before')"

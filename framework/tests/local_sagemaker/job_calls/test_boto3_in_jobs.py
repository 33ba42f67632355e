"""Tests boto3 in a job's script: the account that the job runs in answers it or refuses, and it never reaches AWS."""

from __future__ import annotations

import json
import subprocess
import sys

from local_sagemaker import job_calls
from local_sagemaker import session as local_session
from local_sagemaker.account import open_account
from local_sagemaker.testing import BUCKET, ROLE, SCIKIT_LEARN, processing_step, run, validate_responses

import pytest
import running_processes

OUTPUTS = {"out": f"s3://{BUCKET}/out"}
#: As in AWS's ModelBuild template: the script gets a URI, and downloads the object.
DOWNLOADS = """
import argparse, os, boto3
parser = argparse.ArgumentParser()
parser.add_argument("--input-data")
uri = parser.parse_args().input_data
bucket, _, key = uri.removeprefix("s3://").partition("/")
target = os.environ["SAGEMAKER_BASE_DIR"] + "/processing/out/rows.csv"
boto3.resource("s3").Bucket(bucket).download_file(key, target)
boto3.client("s3").upload_file(target, bucket, "copied.csv")
"""
STARTS = f"""
import boto3
boto3.client("sagemaker").create_processing_job(
    ProcessingJobName="started", RoleArn={ROLE!r},
    ProcessingResources={{
        "ClusterConfig": {{"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 30}}}},
    AppSpecification={{"ImageUri": {SCIKIT_LEARN!r}, "ContainerEntrypoint": ["sh", "-c"], "ContainerArguments":
        ["until test -e $GO; do sleep 0.1; done; python3 -c 'import pandas; print(pandas.__name__, \\"ran\\")'"]}},
    Environment={{"GO": "%s"}})
"""


def log(account, name):
    (path,) = account.root.glob(f"jobs/*{name}*/algo-1.log")
    return path.read_text()


def test_a_script_downloads_the_object_of_its_uri(session, client):
    session.client("s3").put_object(Bucket=BUCKET, Key="rows/all.csv", Body=b"1,2\n")
    arguments = ["--input-data", f"s3://{BUCKET}/rows/all.csv"]

    result = run(
        session, {"Steps": [processing_step("Take", session, DOWNLOADS, arguments=arguments, outputs=OUTPUTS)]}
    )

    assert result.status == "Succeeded", result.steps
    for key in ("out/rows.csv", "copied.csv"):
        assert session.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"1,2\n"


def test_an_unsupported_call_is_refused_by_name(session, account):
    code = "import boto3\nboto3.client('ec2', region_name='eu-west-1').describe_instances()"

    result = run(session, {"Steps": [processing_step("Ask", session, code)]})

    message = "ec2.describe_instances does not exist on this machine; the request was not sent"
    assert message in result.steps["Ask"]["FailureReason"]


def test_a_job_with_network_isolation_cannot_call_anything(session):
    step = processing_step("Ask", session, "import boto3\nboto3.client('s3').list_buckets()")
    step["Arguments"]["NetworkConfig"] = {"EnableNetworkIsolation": True}

    result = run(session, {"Steps": [step]})

    assert "s3.list_buckets cannot be reached: this job has network isolation" in result.steps["Ask"]["FailureReason"]


def test_a_job_that_a_script_starts_outlives_the_scripts_job(session, client, account, tmp_path):
    result = run(session, {"Steps": [processing_step("Start", session, STARTS % (tmp_path / "go"))]})
    assert result.status == "Succeeded", result.steps
    running_processes.wait_for(lambda: not list(account.root.glob("jobs/*Start*/algo-1/python")))
    assert client.describe_processing_job(ProcessingJobName="started")["ProcessingJobStatus"] == "InProgress"
    (tmp_path / "go").touch()

    def status():
        return client.describe_processing_job(ProcessingJobName="started")["ProcessingJobStatus"]

    running_processes.wait_for(lambda: status() != "InProgress")
    assert (status(), log(account, "started")) == ("Completed", "pandas ran\n")


@pytest.mark.usefixtures("cold")
def test_a_script_without_boto3_imports_only_one_small_module(session):
    look = "import sys; print(*sorted(sys.modules))"
    code = "import json, sys\njson.dump(sorted(sys.modules), open('/opt/ml/processing/out/modules.json', 'w'))"

    run(session, {"Steps": [processing_step("Look", session, code, outputs=OUTPUTS)]})

    body = session.client("s3").get_object(Bucket=BUCKET, Key="out/modules.json")["Body"]
    plain = subprocess.run([sys.executable, "-c", f"import json; {look}"], capture_output=True, text=True, check=True)
    assert set(json.load(body)) - set(plain.stdout.split()) == {"local_sagemaker_boto3"}


@pytest.mark.usefixtures("without_profile")
def test_nothing_is_sent_if_the_account_cannot_be_opened():
    code = f"""
import sys
sys.path.insert(0, {job_calls.__path__[0]!r})
import local_sagemaker_boto3
local_sagemaker_boto3.answer("/nowhere", {{}}, {{"root": "/nowhere"}})
sys.modules["local_sagemaker"] = None
import boto3
boto3.client("s3", region_name="us-east-1").list_buckets()
"""

    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert process.returncode == 1
    assert "nothing is sent anywhere" in process.stderr


def test_variables_that_lead_to_credentials_are_left_out_and_logged(session, account):
    variables = {"AWS_PROFILE": "mine", "AWS_SHARED_CREDENTIALS_FILE": "/a/file", "AWS_RETRY_MODE": "standard"}
    code = "import os; print(*(os.environ.get(name) for name in ('AWS_PROFILE', 'AWS_RETRY_MODE', 'AWS_REGION')))"
    step = processing_step("Look", session, code)
    step["Arguments"]["Environment"] = variables

    run(session, {"Steps": [step]})

    first, second = log(account, "Look").splitlines()
    assert first == "AWS_PROFILE, AWS_SHARED_CREDENTIALS_FILE: left out, as programs here get no AWS credentials"
    assert second == "None standard us-east-1"


@pytest.fixture
def home(tmp_path, monkeypatch):
    home = tmp_path / "user"
    home.joinpath(".cache", "huggingface").mkdir(parents=True)
    home.joinpath(".cache", "huggingface", "model").write_text("weights")
    monkeypatch.setenv("HOME", str(home))
    return home


def session_with(tmp_path, share_home, member="share_home"):
    config = tmp_path / "local.toml"
    config.write_text(f"[programs]\n{member} = {json.dumps(share_home)}\n")
    return validate_responses(local_session.session_for(open_account(tmp_path / "root", config)))


def test_the_home_folder_is_the_jobs_own_except_for_shared_folders(tmp_path, home):
    session = session_with(tmp_path, [".cache/huggingface"])
    code = (
        "import pathlib\nhome = pathlib.Path.home()\n(home / 'kept').write_text('x')\n"
        "(home / '.cache/huggingface/other').write_text((home / '.cache/huggingface/model').read_text())"
    )

    result = run(session, {"Steps": [processing_step("Cache", session, code)]})

    assert result.status == "Succeeded", result.steps
    assert (home / ".cache/huggingface/other").read_text() == "weights"
    assert sorted(path.name for path in home.iterdir()) == [".cache"]


@pytest.mark.parametrize(
    ("share_home", "message"),
    [
        ([".aws/sso"], "has '.aws/sso', where credentials are"),
        (["./.aws"], "has './.aws', where credentials are"),
        (["../other"], "name a folder by its path from your home folder"),
        (["/etc"], "name a folder by its path from your home folder"),
        (["."], "name a folder by its path from your home folder"),
        ("all", "must be a list of folders"),
        (([], "share_homes"), "may have only share_home"),
    ],
)
def test_a_home_that_cannot_be_shared_is_refused_before_anything_runs(tmp_path, home, share_home, message):
    from botocore.exceptions import ClientError

    session = (
        session_with(tmp_path, *share_home) if isinstance(share_home, tuple) else session_with(tmp_path, share_home)
    )

    with pytest.raises(ClientError, match=message):
        run(session, {"Steps": [processing_step("Cache", session, "pass")]})


def test_a_function_that_a_function_invokes_outlives_it(tmp_path):
    codes = {
        "first": "boto3.client('lambda').invoke(FunctionName='second', InvocationType='Event', Payload=b'{}')",
        "second": f"time.sleep(1); import numpy; boto3.client('s3').put_object(Bucket={BUCKET!r}, Key='ran', Body=b'')",
    }
    lines = []
    for name, code in codes.items():
        tmp_path.joinpath(name).mkdir()
        tmp_path.joinpath(name, "handler.py").write_text(
            f"import boto3, time\ndef handler(event, context):\n    {code}\n    return 1\n"
        )
        lines.append(f'[functions.{name}]\ncode = "{name}"\nhandler = "handler.handler"\ntimeout = 60\n')
    tmp_path.joinpath("local.toml").write_text("".join(lines))
    session = validate_responses(local_session.session_for(open_account(tmp_path / "root", tmp_path / "local.toml")))

    session.client("lambda").invoke(FunctionName="first", Payload=b"{}")

    running_processes.wait_for(tmp_path.joinpath("root", "s3", BUCKET, "ran").exists)

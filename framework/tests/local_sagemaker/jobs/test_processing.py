"""Tests the contract of a processing container: paths, configuration files, message, exit codes, shards, links."""

from __future__ import annotations

import json
import os
import re
import time

from local_sagemaker.errors import JobError
from local_sagemaker.jobs.inputs import find_inputs
from local_sagemaker.sandbox import namespace
from local_sagemaker.sandbox.folders import Sandbox
from local_sagemaker.testing import BUCKET, SCIKIT_LEARN, create, processing_step, run, start, wait_for_end

import pytest
from botocore.exceptions import ClientError, WaiterError

OUT = f"s3://{BUCKET}/out"
START = """
import json, os, sys
base = os.environ["SAGEMAKER_BASE_DIR"]
ml = lambda *parts: os.path.join(base, *parts)
"""


def run_code(session, code, **step):
    return run(session, {"Steps": [processing_step("Step", session, START + code, **step)]})


def read(account, key):
    return account.objects.path(BUCKET, key).read_text()


def test_the_configuration_files_are_where_a_container_has_them(session, account):
    code = """
resources = json.load(open(ml("config", "resourceconfig.json")))
job = json.load(open(ml("config", "processingjobconfig.json")))
json.dump([resources, job["ProcessingJobName"], os.environ["PROCESSING_JOB_NAME"], os.environ["AWS_REGION"]],
          open(ml("processing", "out", resources["current_host"]), "w"))
"""
    result = run_code(session, code, outputs={"out": OUT}, instance_count=2)

    assert result.status == "Succeeded"
    job = result.steps["Step"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    hosts = ["algo-1", "algo-2"]
    group = {"instance_group_name": "homogeneousCluster", "instance_type": "ml.m5.large", "hosts": hosts}
    for host in hosts:
        expected = {
            "current_host": host,
            "current_instance_type": "ml.m5.large",
            "current_group_name": "homogeneousCluster",
            "hosts": hosts,
            "instance_groups": [group],
            "network_interface_name": "lo",
        }
        assert json.loads(read(account, f"out/{host}")) == [expected, job, job, "us-east-1"]


@pytest.mark.parametrize("without", ["", "1"])
def test_paths_in_arguments_and_environment_are_those_of_the_sandbox(session, account, monkeypatch, without):
    monkeypatch.setenv(namespace.SWITCH_OFF_VARIABLE, without)
    step = processing_step(
        "Step", session, START + "open(sys.argv[1], 'w').write(os.environ['WHERE'])", outputs={"out": OUT}
    )
    step["Arguments"]["AppSpecification"]["ContainerArguments"] = ["/opt/ml/processing/out/file"]
    step["Arguments"]["Environment"] = {"WHERE": "/opt/ml/model"}

    assert run(session, {"Steps": [step]}).status == "Succeeded"
    assert read(account, "out/file").endswith("/opt/ml/model")


def test_a_prefix_becomes_a_folder_and_a_key_a_file(session, account):
    for key in ("data/a.csv", "data/deep/b.csv", "data-2/c.csv", "single.csv"):
        account.objects.write(BUCKET, key, key.encode())
    code = """
paths = sorted(os.path.relpath(os.path.join(d, f), ml("processing"))
               for name in ("folder", "prefix", "file") for d, _, fs in os.walk(ml("processing", name)) for f in fs)
json.dump(paths, open(ml("processing", "out", "paths.json"), "w"))
"""
    inputs = {
        "folder": f"s3://{BUCKET}/data/",
        "prefix": f"s3://{BUCKET}/data",
        "file": f"s3://{BUCKET}/single.csv",
    }

    assert run_code(session, code, inputs=inputs, outputs={"out": OUT}).status == "Succeeded"
    assert json.loads(read(account, "out/paths.json")) == [
        "file/single.csv",
        "folder/a.csv",
        "folder/deep/b.csv",
        "prefix/a.csv",
        "prefix/data-2/c.csv",
        "prefix/deep/b.csv",
    ]


def test_shards_are_distributed_by_key(session, account):
    for n in range(5):
        account.objects.write(BUCKET, f"data/{n}", b"")
    code = """
host = json.load(open(ml("config", "resourceconfig.json")))["current_host"]
json.dump(sorted(os.listdir(ml("processing", "data"))), open(ml("processing", "out", host), "w"))
"""
    step = processing_step(
        "Step", session, START + code, inputs={"data": f"s3://{BUCKET}/data/"}, outputs={"out": OUT}, instance_count=2
    )
    step["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3DataDistributionType"] = "ShardedByS3Key"

    assert run(session, {"Steps": [step]}).status == "Succeeded"
    assert [json.loads(read(account, f"out/algo-{n}")) for n in (1, 2)] == [["0", "2", "4"], ["1", "3"]]


def test_an_input_that_the_program_changes_stays_as_it_was(session, account):
    account.objects.write(BUCKET, "data.csv", b"as it was")

    result = run_code(session, "open(ml('processing', 'data', 'data.csv'), 'a').write('!')",
                   inputs={"data": f"s3://{BUCKET}/data.csv"})  # fmt: skip

    assert result.status == "Succeeded"
    assert read(account, "data.csv") == "as it was"


def test_links_are_not_uploaded(session, account):
    code = """
open(ml("processing", "out", "real"), "w").close()
os.symlink("/etc/passwd", ml("processing", "out", "link"))
"""
    assert run_code(session, code, outputs={"out": OUT}).status == "Succeeded"
    assert [key for key, _ in account.objects.keys(BUCKET, "out/")] == ["out/real"]


def test_the_message_becomes_the_exit_message(session, client):
    result = run_code(session, "open(ml('output', 'message'), 'w').write('all good' + ' ' * 2000)")

    job = result.steps["Step"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    described = client.describe_processing_job(ProcessingJobName=job)
    assert (described["ProcessingJobStatus"], described["ExitMessage"]) == ("Completed", "all good")


def test_a_failed_program_uploads_nothing_and_its_log_stays(session, account):
    code = """
open(ml("processing", "out", "half"), "w").write("half of it")
print("one"); print("two"); sys.exit(3)
"""
    result = run_code(session, code, outputs={"out": OUT})

    job = result.steps["Step"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    assert result.steps["Step"]["FailureReason"] == "ClientError: AlgorithmError: two, exit code: 3"
    assert list(account.objects.keys(BUCKET, "out/")) == []
    assert account.root.joinpath("jobs", job, "algo-1.log").read_text() == "one\ntwo\n"
    assert account.root.joinpath("jobs", job, "algo-1", "opt", "ml", "processing", "out", "half").is_file()


def test_the_log_is_read_through_cloudwatchs_operations(session):
    result = run_code(session, "print('one'); print('two'); print('three')")
    job = result.steps["Step"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    logs, group = session.client("logs"), "/aws/sagemaker/ProcessingJobs"

    stream = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=job)["logStreams"][0]["logStreamName"]
    last = logs.get_log_events(logGroupName=group, logStreamName=stream, limit=2)

    assert [e["message"] for e in last["events"]] == ["two", "three"]


HARD_CODED = """
import os, pathlib, sys, time
pathlib.Path("/opt/ml/processing/out/host").write_text(os.environ["PROCESSING_JOB_NAME"])
pathlib.Path("{own}").touch()
for _ in range(600):
    if len(os.listdir("/opt/ml/processing/out")) == 1 and pathlib.Path("{other}").exists():
        sys.exit()
    time.sleep(0.05)
sys.exit("the other script's mark never appeared")
"""


@pytest.mark.skipif(not namespace.is_available(), reason="no mount namespaces here")
def test_scripts_with_hard_coded_paths_run_at_the_same_time(session, client, tmp_path):
    """Each waits until it sees the other's mark, and then sees only its own file in the output folder."""
    marks = [tmp_path / "one", tmp_path / "two"]
    codes = [HARD_CODED.format(own=own, other=other) for own, other in (marks, marks[::-1])]
    outputs = {name: {"out": f"s3://{BUCKET}/{name}"} for name in ("One", "Two")}

    result = run(
        session,
        {
            "Steps": [
                processing_step(n, session, code, outputs=outputs[n]) for n, code in zip(outputs, codes, strict=True)
            ]
        },
    )

    assert result.status == "Succeeded"
    names = [j["ProcessingJobName"] for j in client.list_processing_jobs()["ProcessingJobSummaries"]]
    for step in ("One", "Two"):
        job_name = session.client("s3").get_object(Bucket=BUCKET, Key=f"{step}/host")["Body"].read().decode()
        assert job_name in names and f"-{step}-" in job_name
    versions = json.loads((tmp_path / "root" / "jobs" / names[0] / "versions.json").read_text())
    assert versions["/opt/ml"] == "a mount namespace"


@pytest.mark.skipif(not namespace.is_available(), reason="no mount namespaces here")
def test_the_other_entries_of_opt_stay_visible(session):
    entries = sorted({*os.listdir("/opt"), "ml"})

    assert run_code(session, f"sys.exit(sorted(os.listdir('/opt')) != {entries})").status == "Succeeded"


def test_a_hard_coded_path_is_pointed_out(session, monkeypatch):
    monkeypatch.setenv(namespace.SWITCH_OFF_VARIABLE, "1")

    result = run_code(session, "open('/opt/ml/processing/data/file')")

    assert "a path below /opt/ml is written into the code" in result.steps["Step"]["FailureReason"]


def test_no_credentials_reach_the_program(session, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("MY_TOKEN", "secret")

    assert run_code(session, "sys.exit(int('secret' in os.environ.values()))").status == "Succeeded"


def test_a_job_that_takes_too_long_is_stopped(session, client):
    step = processing_step("Step", session, "import time; time.sleep(60)")
    step["Arguments"]["StoppingCondition"] = {"MaxRuntimeInSeconds": 1}

    result = run(session, {"Steps": [step, processing_step("After", session, "", DependsOn=["Step"])]})

    job = client.list_processing_jobs()["ProcessingJobSummaries"][0]
    assert (job["ProcessingJobStatus"], result.status, result.status_of("After")) == ("Stopped", "Failed", "NotStarted")
    assert result.steps["Step"]["FailureReason"] == "ClientError: the job was stopped: MaxRuntimeExceeded"


def test_a_job_that_a_user_stops_fails_its_step(session, client):
    arn = start(session, create(session, {"Steps": [processing_step("Step", session, "import time; time.sleep(60)")]}))
    while not (jobs := client.list_processing_jobs()["ProcessingJobSummaries"]):
        time.sleep(0.02)

    client.stop_processing_job(ProcessingJobName=jobs[0]["ProcessingJobName"])

    assert wait_for_end(session, arn).steps["Step"]["FailureReason"] == "ClientError: the job was stopped: Stopped"


def test_a_failed_job_keeps_its_continuous_uploads_and_its_message(session, account, client):
    code = "\n".join(
        [
            "for name in ('at_once', 'in_the_end'): pathlib.Path(ml('processing', name, 'f.txt')).write_text(name)",
            "pathlib.Path(ml('output', 'message')).write_text('two columns are wrong')",
            "sys.exit(3)",
        ]
    )
    outputs = {name: f"s3://{BUCKET}/{name}" for name in ("at_once", "in_the_end")}
    step = processing_step("Step", session, START + "import pathlib\n" + code, outputs=outputs)
    step["Arguments"]["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3UploadMode"] = "Continuous"

    result = run(session, {"Steps": [step]})

    job = result.steps["Step"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    described = client.describe_processing_job(ProcessingJobName=job)
    assert (described["ProcessingJobStatus"], described["ExitMessage"]) == ("Failed", "two columns are wrong")
    assert described["FailureReason"].endswith("exit code: 3")
    assert result.steps["Step"]["FailureReason"].endswith("exit code: 3; two columns are wrong")
    assert [key for name in outputs for key, _ in account.objects.keys(BUCKET, f"{name}/")] == ["at_once/f.txt"]


def test_the_versions_that_a_job_ran_with_are_recorded(session, account):
    result = run_code(session, "")

    job = result.steps["Step"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    versions = json.loads(account.root.joinpath("jobs", job, "versions.json").read_text())
    assert versions["packages"]["pandas"]["image"] == "2.2.3"


def test_an_unknown_image_says_what_to_map_and_where(session):
    step = processing_step("Step", session, "")
    step["Arguments"]["AppSpecification"]["ImageUri"] = SCIKIT_LEARN.replace("scikit-learn", "scikit-lern")

    with pytest.raises(ClientError, match=r"add \[images.sagemaker-scikit-lern\] to local.toml"):
        run(session, {"Steps": [step]})


def test_an_output_folder_that_becomes_a_link_uploads_nothing(session, account, tmp_path):
    precious = tmp_path / "elsewhere" / "precious.txt"
    precious.parent.mkdir()
    precious.write_text("mine")
    code = f"os.rmdir(ml('processing', 'out')); os.symlink({str(precious.parent)!r}, ml('processing', 'out'))"

    assert run_code(session, code, outputs={"out": OUT}).status == "Succeeded"

    assert precious.read_text() == "mine"
    assert list(account.objects.keys(BUCKET, "out/")) == []


def test_outputs_that_share_a_folder_are_refused_before_the_program_runs(session, account):
    step = processing_step("Step", session, START + "print('ran')", outputs={"a": OUT, "b": OUT})
    outputs = step["Arguments"]["ProcessingOutputConfig"]["Outputs"]
    outputs[1]["S3Output"]["LocalPath"] = outputs[0]["S3Output"]["LocalPath"] + "/deeper"

    result = run(session, {"Steps": [step]})

    assert "output 'b' shares the folder" in result.steps["Step"]["FailureReason"]
    assert not list(account.root.glob("jobs/*/algo-1.log"))


@pytest.mark.parametrize("uri", ["s3://../escaped", "s3://bucket/a/../b"])
def test_an_invalid_output_is_found_before_the_program_runs_and_nothing_is_uploaded(session, account, uri):
    result = run_code(session, "open(ml('processing', 'good', 'f'), 'w')", outputs={"good": OUT, "bad": uri})

    assert result.status == "Failed"
    assert list(account.objects.keys(BUCKET, "out/")) == []
    assert not account.root.joinpath("escaped").exists()


def test_an_error_of_the_jobs_own_process_is_reported(session, client):
    request = processing_step("Step", session, "import time; time.sleep(60)")["Arguments"]
    del request["ProcessingInputs"][0]["S3Input"]["LocalPath"]  # lint refuses it in a definition
    client.create_processing_job(ProcessingJobName="job", **request)

    waiter = client.get_waiter("processing_job_completed_or_stopped")
    with pytest.raises(WaiterError, match="terminal failure state"):
        waiter.wait(ProcessingJobName="job", WaiterConfig={"Delay": 1})

    reason = client.describe_processing_job(ProcessingJobName="job")["FailureReason"]
    assert reason.startswith("InternalServerError: KeyError: 'LocalPath'")


@pytest.mark.parametrize("path", ["/etc/passwd", "/opt/ml/../../etc", "/opt/mlx/a", "relative"])
def test_a_path_outside_of_the_base_is_refused(tmp_path, path):
    with pytest.raises(JobError, match="only paths below it exist here"):
        Sandbox("algo-1", tmp_path).path(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/opt/ml/model", "BASE/model"),
        ("/opt/ml", "BASE"),
        ("--path=/opt/ml/model", "--path=BASE/model"),
        ('{"a": "/opt/ml/model"}', '{"a": "BASE/model"}'),
        ("/opt/mlflow", "/opt/mlflow"),
        ("s3://bucket/opt/ml/model", "s3://bucket/opt/ml/model"),
    ],
)
def test_only_the_base_itself_is_rewritten(tmp_path, text, expected):
    sandbox = Sandbox("algo-1", tmp_path)

    assert sandbox.rewrite(text) == expected.replace("BASE", str(sandbox.base))


def run_manifest(session, *names):
    """Run a step whose input is a manifest's objects, and which writes their paths and texts as JSON."""
    s3 = session.client("s3")
    for name in ("2026/01/a.jsonl", "2026/02/b.jsonl"):
        s3.put_object(Bucket=BUCKET, Key=f"captured/{name}", Body=name.encode())
    body = json.dumps([{"prefix": f"s3://{BUCKET}/captured/"}, *names]).encode()
    s3.put_object(Bucket=BUCKET, Key="manifest.json", Body=body)
    code = """
texts = {os.path.relpath(os.path.join(where, name), ml("processing", "in")): open(os.path.join(where, name)).read()
         for where, _, names in os.walk(ml("processing", "in")) for name in names}
json.dump(texts, open(ml("processing", "out", "texts"), "w"))
"""
    uri = f"s3://{BUCKET}/manifest.json"
    step = processing_step("Step", session, START + code, inputs={"in": uri}, outputs={"out": OUT})
    (source,) = [entry for entry in step["Arguments"]["ProcessingInputs"] if entry["InputName"] == "in"]
    source["S3Input"]["S3DataType"] = "ManifestFile"
    return run(session, {"Steps": [step]})


def test_an_input_can_be_the_objects_of_a_manifest(session, account):
    assert run_manifest(session, "2026/02/b.jsonl").status == "Succeeded"
    assert json.loads(read(account, "out/texts")) == {"2026/02/b.jsonl": "2026/02/b.jsonl"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../manifest.json", "lists '../manifest.json', which is not a path below its prefix"),
        ("2026/03/c.jsonl", f"lists s3://{BUCKET}/captured/2026/03/c.jsonl, which does not exist"),
    ],
)
def test_an_invalid_or_missing_entry_of_a_manifest_is_refused_before_the_start_and_by_the_job(
    session, account, name, message
):
    with pytest.raises(ClientError, match=re.escape(message)):
        run_manifest(session, name)
    with pytest.raises(JobError, match=re.escape(message)):  # a step may have written it
        find_inputs(account, "ManifestFile", f"s3://{BUCKET}/manifest.json")

"""The contract of a processing container: paths, configuration files, message, exit codes, shards, links."""

from __future__ import annotations

import json
import os
import time

from local_sagemaker.errors import JobError
from local_sagemaker.sandbox import namespace
from local_sagemaker.sandbox.folders import Sandbox
from local_sagemaker.testing import BUCKET, SCIKIT_LEARN, create, finish, processing, run, start

import pytest
from botocore.exceptions import ClientError

OUT = f"s3://{BUCKET}/out"
START = """
import json, os, sys
base = os.environ["SAGEMAKER_BASE_DIR"]
ml = lambda *parts: os.path.join(base, *parts)
"""


def ran_with(session, code, **step):
    return run(session, {"Steps": [processing("Step", session, START + code, **step)]})


def read(account, key):
    return account.objects.path(BUCKET, key).read_text()


def test_the_configuration_files_are_where_a_container_has_them(session, account):
    code = """
resources = json.load(open(ml("config", "resourceconfig.json")))
job = json.load(open(ml("config", "processingjobconfig.json")))
json.dump([resources, job["ProcessingJobName"], os.environ["PROCESSING_JOB_NAME"], os.environ["AWS_REGION"]],
          open(ml("processing", "out", resources["current_host"]), "w"))
"""
    ran = ran_with(session, code, outputs={"out": OUT}, instance_count=2)

    assert ran.status == "Succeeded"
    job = ran.steps["Step"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    for host in ("algo-1", "algo-2"):
        expected = {"current_host": host, "hosts": ["algo-1", "algo-2"]}
        assert json.loads(read(account, f"out/{host}")) == [expected, job, job, "us-east-1"]


@pytest.mark.parametrize("without", ["", "1"])
def test_paths_in_arguments_and_environment_are_those_of_the_sandbox(session, account, monkeypatch, without):
    monkeypatch.setenv(namespace.SWITCHED_OFF, without)
    step = processing(
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
found = sorted(os.path.relpath(os.path.join(d, f), ml("processing"))
               for name in ("folder", "prefix", "file") for d, _, fs in os.walk(ml("processing", name)) for f in fs)
json.dump(found, open(ml("processing", "out", "found.json"), "w"))
"""
    inputs = {
        "folder": f"s3://{BUCKET}/data/",
        "prefix": f"s3://{BUCKET}/data",
        "file": f"s3://{BUCKET}/single.csv",
    }

    assert ran_with(session, code, inputs=inputs, outputs={"out": OUT}).status == "Succeeded"
    assert json.loads(read(account, "out/found.json")) == [
        "file/single.csv",
        "folder/a.csv",
        "folder/deep/b.csv",
        "prefix/a.csv",
        "prefix/data-2/c.csv",
        "prefix/deep/b.csv",
    ]


def test_shards_are_shared_out_by_key(session, account):
    for n in range(5):
        account.objects.write(BUCKET, f"data/{n}", b"")
    code = """
host = json.load(open(ml("config", "resourceconfig.json")))["current_host"]
json.dump(sorted(os.listdir(ml("processing", "data"))), open(ml("processing", "out", host), "w"))
"""
    step = processing(
        "Step", session, START + code, inputs={"data": f"s3://{BUCKET}/data/"}, outputs={"out": OUT}, instance_count=2
    )
    step["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3DataDistributionType"] = "ShardedByS3Key"

    assert run(session, {"Steps": [step]}).status == "Succeeded"
    assert [json.loads(read(account, f"out/algo-{n}")) for n in (1, 2)] == [["0", "2", "4"], ["1", "3"]]


def test_an_input_that_the_program_changes_stays_as_it_was(session, account):
    account.objects.write(BUCKET, "data.csv", b"as it was")

    ran = ran_with(session, "open(ml('processing', 'data', 'data.csv'), 'a').write('!')",
                   inputs={"data": f"s3://{BUCKET}/data.csv"})  # fmt: skip

    assert ran.status == "Succeeded"
    assert read(account, "data.csv") == "as it was"


def test_links_are_not_uploaded(session, account):
    code = """
open(ml("processing", "out", "real"), "w").close()
os.symlink("/etc/passwd", ml("processing", "out", "link"))
"""
    assert ran_with(session, code, outputs={"out": OUT}).status == "Succeeded"
    assert [key for key, _ in account.objects.keys(BUCKET, "out/")] == ["out/real"]


def test_the_message_becomes_the_exit_message(session, client):
    ran = ran_with(session, "open(ml('output', 'message'), 'w').write('all good' + ' ' * 2000)")

    job = ran.steps["Step"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    described = client.describe_processing_job(ProcessingJobName=job)
    assert (described["ProcessingJobStatus"], described["ExitMessage"]) == ("Completed", "all good")


def test_a_failed_program_uploads_nothing_and_leaves_its_log(session, account):
    code = """
open(ml("processing", "out", "half"), "w").write("half of it")
print("one"); print("two"); sys.exit(3)
"""
    ran = ran_with(session, code, outputs={"out": OUT})

    job = ran.steps["Step"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    assert ran.steps["Step"]["FailureReason"] == "AlgorithmError: two, exit code: 3"
    assert list(account.objects.keys(BUCKET, "out/")) == []
    assert account.root.joinpath("jobs", job, "algo-1.log").read_text() == "one\ntwo\n"
    assert account.root.joinpath("jobs", job, "algo-1", "opt", "ml", "processing", "out", "half").is_file()


def test_the_log_is_read_through_cloudwatchs_operations(session):
    ran = ran_with(session, "print('one'); print('two'); print('three')")
    job = ran.steps["Step"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
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
sys.exit("the other one was never there")
"""


@pytest.mark.skipif(not namespace.is_available(), reason="no mount namespaces here")
def test_scripts_with_the_path_written_into_their_code_run_at_the_same_time(session, client, tmp_path):
    """Each waits until it has seen the other, and finds its own file alone."""
    marks = [tmp_path / "one", tmp_path / "two"]
    codes = [HARD_CODED.format(own=own, other=other) for own, other in (marks, marks[::-1])]
    outputs = {name: {"out": f"s3://{BUCKET}/{name}"} for name in ("One", "Two")}

    ran = run(
        session,
        {"Steps": [processing(n, session, code, outputs=outputs[n]) for n, code in zip(outputs, codes, strict=True)]},
    )

    assert ran.status == "Succeeded"
    names = [j["ProcessingJobName"] for j in client.list_processing_jobs()["ProcessingJobSummaries"]]
    for step in ("One", "Two"):
        wrote = session.client("s3").get_object(Bucket=BUCKET, Key=f"{step}/host")["Body"].read().decode()
        assert wrote in names and f"-{step}-" in wrote
    versions = json.loads((tmp_path / "root" / "jobs" / names[0] / "versions.json").read_text())
    assert versions["/opt/ml"] == "a mount namespace"


@pytest.mark.skipif(not namespace.is_available(), reason="no mount namespaces here")
def test_what_else_lies_in_opt_is_there_too(session):
    wanted = sorted({*os.listdir("/opt"), "ml"})

    assert ran_with(session, f"sys.exit(sorted(os.listdir('/opt')) != {wanted})").status == "Succeeded"


def test_a_path_that_is_written_into_the_code_is_pointed_out(session, monkeypatch):
    monkeypatch.setenv(namespace.SWITCHED_OFF, "1")

    ran = ran_with(session, "open('/opt/ml/processing/data/file')")

    assert "a path below /opt/ml is written into the code" in ran.steps["Step"]["FailureReason"]


def test_no_credentials_reach_the_program(session, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("MY_TOKEN", "secret")

    assert ran_with(session, "sys.exit(int('secret' in os.environ.values()))").status == "Succeeded"


def test_a_job_that_takes_too_long_is_stopped(session, client):
    step = processing("Step", session, "import time; time.sleep(60)")
    step["Arguments"]["StoppingCondition"] = {"MaxRuntimeInSeconds": 1}

    ran = run(session, {"Steps": [step, processing("After", session, "", DependsOn=["Step"])]})

    job = client.list_processing_jobs()["ProcessingJobSummaries"][0]
    assert (job["ProcessingJobStatus"], ran.status, ran.status_of("After")) == ("Stopped", "Failed", "NotStarted")
    assert ran.steps["Step"]["FailureReason"] == "ClientError: the job was stopped: MaxRuntimeExceeded"


def test_a_job_that_somebody_stops_fails_its_step(session, client):
    arn = start(session, create(session, {"Steps": [processing("Step", session, "import time; time.sleep(60)")]}))
    while not (jobs := client.list_processing_jobs()["ProcessingJobSummaries"]):
        time.sleep(0.02)

    client.stop_processing_job(ProcessingJobName=jobs[0]["ProcessingJobName"])

    assert finish(session, arn).steps["Step"]["FailureReason"] == "ClientError: the job was stopped: Stopped"


def test_of_a_job_that_fails_what_is_uploaded_at_once_is_there_and_what_it_said(session, account, client):
    code = "\n".join(
        [
            "for name in ('at_once', 'in_the_end'): pathlib.Path(ml('processing', name, 'f.txt')).write_text(name)",
            "pathlib.Path(ml('output', 'message')).write_text('two columns are wrong')",
            "sys.exit(3)",
        ]
    )
    outputs = {name: f"s3://{BUCKET}/{name}" for name in ("at_once", "in_the_end")}
    step = processing("Step", session, START + "import pathlib\n" + code, outputs=outputs)
    step["Arguments"]["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3UploadMode"] = "Continuous"

    ran = run(session, {"Steps": [step]})

    job = ran.steps["Step"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    described = client.describe_processing_job(ProcessingJobName=job)
    assert (described["ProcessingJobStatus"], described["ExitMessage"]) == ("Failed", "two columns are wrong")
    assert described["FailureReason"].endswith("exit code: 3")
    assert [key for name in outputs for key, _ in account.objects.keys(BUCKET, f"{name}/")] == ["at_once/f.txt"]


def test_the_versions_that_a_job_ran_with_are_written_down(session, account):
    ran = ran_with(session, "")

    job = ran.steps["Step"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    versions = json.loads(account.root.joinpath("jobs", job, "versions.json").read_text())
    assert versions["packages"]["pandas"]["image"] == "2.2.3"


def test_an_unknown_image_says_what_to_map_and_where(session):
    step = processing("Step", session, "")
    step["Arguments"]["AppSpecification"]["ImageUri"] = SCIKIT_LEARN.replace("scikit-learn", "scikit-lern")

    with pytest.raises(ClientError, match=r"write \[images.sagemaker-scikit-lern\] into local.toml"):
        run(session, {"Steps": [step]})


def test_an_output_folder_that_becomes_a_link_takes_nothing_from_elsewhere(session, account, tmp_path):
    precious = tmp_path / "elsewhere" / "precious.txt"
    precious.parent.mkdir()
    precious.write_text("mine")
    code = f"os.rmdir(ml('processing', 'out')); os.symlink({str(precious.parent)!r}, ml('processing', 'out'))"

    assert ran_with(session, code, outputs={"out": OUT}).status == "Succeeded"

    assert precious.read_text() == "mine"
    assert list(account.objects.keys(BUCKET, "out/")) == []


def test_outputs_that_share_a_folder_are_refused_before_the_program_runs(session, account):
    step = processing("Step", session, START + "print('ran')", outputs={"a": OUT, "b": OUT})
    outputs = step["Arguments"]["ProcessingOutputConfig"]["Outputs"]
    outputs[1]["S3Output"]["LocalPath"] = outputs[0]["S3Output"]["LocalPath"] + "/deeper"

    ran = run(session, {"Steps": [step]})

    assert "output 'b' shares the folder" in ran.steps["Step"]["FailureReason"]
    assert not list(account.root.glob("jobs/*/algo-1.log"))


@pytest.mark.parametrize("uri", ["s3://bucket//twice", "s3://../escaped", "s3://testing-bucket/code/Step.py"])
def test_an_output_that_cannot_be_is_found_before_the_program_runs_and_nothing_is_uploaded(session, account, uri):
    ran = ran_with(session, "open(ml('processing', 'good', 'f'), 'w')", outputs={"good": OUT, "bad": uri})

    assert ran.status == "Failed"
    assert list(account.objects.keys(BUCKET, "out/")) == []
    assert not account.root.joinpath("escaped").exists()


def test_an_error_of_the_jobs_own_process_is_told_and_its_programs_end(session, account):
    step = processing("Step", session, "import time; time.sleep(60)")
    del step["Arguments"]["ProcessingInputs"][0]["S3Input"]["LocalPath"]

    reason = run(session, {"Steps": [step]}).steps["Step"]["FailureReason"]

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

    assert sandbox.rewritten(text) == expected.replace("BASE", str(sandbox.base))


def listing(session, *names):
    """A step whose input is what a manifest lists, and which writes down what it found."""
    s3 = session.client("s3")
    for name in ("2026/01/a.jsonl", "2026/02/b.jsonl"):
        s3.put_object(Bucket=BUCKET, Key=f"captured/{name}", Body=name.encode())
    body = json.dumps([{"prefix": f"s3://{BUCKET}/captured/"}, *names]).encode()
    s3.put_object(Bucket=BUCKET, Key="manifest.json", Body=body)
    code = """
found = {os.path.relpath(os.path.join(where, name), ml("processing", "in")): open(os.path.join(where, name)).read()
         for where, _, names in os.walk(ml("processing", "in")) for name in names}
json.dump(found, open(ml("processing", "out", "found"), "w"))
"""
    uri = f"s3://{BUCKET}/manifest.json"
    step = processing("Step", session, START + code, inputs={"in": uri}, outputs={"out": OUT})
    (source,) = [one for one in step["Arguments"]["ProcessingInputs"] if one["InputName"] == "in"]
    source["S3Input"]["S3DataType"] = "ManifestFile"
    return run(session, {"Steps": [step]})


def test_an_input_may_be_what_a_manifest_lists(session, account):
    assert listing(session, "2026/02/b.jsonl").status == "Succeeded"
    assert json.loads(read(account, "out/found")) == {"2026/02/b.jsonl": "2026/02/b.jsonl"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../manifest.json", "lists '../manifest.json', which is no path below its prefix"),
        ("2026/03/c.jsonl", f"lists s3://{BUCKET}/captured/2026/03/c.jsonl, which is not there"),
    ],
)
def test_a_manifest_that_leads_elsewhere_or_to_nothing_fails_the_job(session, name, said):
    assert said in listing(session, name).steps["Step"]["FailureReason"]

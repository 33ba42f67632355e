"""``pipelines VERB --local``: on real executions of this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import local_sagemaker.session
from local_sagemaker.testing import BUCKET, archive, create, finish, model, processing, run, start, transform
from local_sagemaker.tools.commands import __main__ as command

import pytest
import xgboost as xgb
from paths import PYTHONPATH, ROOT
from warm import COLD

HELLO = "print('hello'); print('world')"
READ = """
import os, pathlib
data = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"], "processing", "data")
assert next(data.iterdir()).read_text() == "good", "bad data"
"""
WRITE = """
import os, pathlib
pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"], "processing", "report", "report.txt").write_text("written")
"""


def environment():
    """Of a process that runs this clone's code."""
    return {**os.environ, "PYTHONPATH": PYTHONPATH}


@pytest.fixture
def root(account):
    return str(account.root)


@pytest.fixture
def pipelines(root, capsys):
    """Run a verb here; what it gave: exit code, result, and what it said on stderr."""

    def call(*words, form="json"):
        capsys.readouterr()
        code = command.main([*words, "--local", root, "--format", form])
        output = capsys.readouterr()
        result = json.loads(output.out) if form == "json" and output.out.startswith("{") else output.out
        return code, result, output.err

    return call


@pytest.fixture
def failed(session):
    """An execution whose second step has failed for want of good data."""
    session.client("s3").put_object(Bucket=BUCKET, Key="data/data.txt", Body=b"bad")
    execution = {"Get": "Execution.PipelineExecutionId"}
    own = {"Std:Join": {"On": "/", "Values": [f"s3://{BUCKET}/out", execution]}}
    first = processing("First", session, HELLO + WRITE, outputs={"report": own})
    second = processing("Second", session, READ, inputs={"data": f"s3://{BUCKET}/data"}, DependsOn=["First"])
    parameters = [{"Name": "Limit", "Type": "Float", "DefaultValue": 5.0}]
    return run(session, {"Parameters": parameters, "Steps": [first, second]})


def test_list_show_and_logs(pipelines, failed):
    name = failed.arn.rpartition("/")[2]

    _, listed, _ = pipelines("list")
    assert listed["pipelines"][0]["name"] == "Testing"
    assert listed["pipelines"][0]["last_execution"]["id"] == name
    _, listed, _ = pipelines("list", "Testing")
    assert [(e["id"], e["status"]) for e in listed["executions"]] == [(name, "Failed")]
    for words in ([], ["Testing"], [name], [name[:5]], [f"Testing/{name}"], [failed.arn]):
        code, shown, _ = pipelines("show", *words)
        assert (code, shown["execution_arn"]) == (0, failed.arn)
    assert shown["parameters"] == {"Limit": "5.0"}
    assert [(s["name"], s["status"]) for s in shown["steps"]] == [("First", "Succeeded"), ("Second", "Failed")]
    _, lines, _ = pipelines("logs", "--step", "First")
    assert lines == "hello\nworld\n"
    _, lines, _ = pipelines("logs")
    assert lines.startswith("First: hello\nFirst: world\nSecond: ")
    assert "bad data" in lines


def test_a_list_can_be_short(pipelines, session, failed):
    finish(session, again := start(session, "Testing"))

    _, listed, _ = pipelines("list", "Testing", "--max", "1")

    assert [e["arn"] for e in listed["executions"]] == [again]
    with pytest.raises(SystemExit) as ended:
        pipelines("list", "--max", "none")
    assert ended.value.code == 2


def test_what_a_person_reads(pipelines, failed):
    name = failed.arn.rpartition("/")[2]

    _, listed, _ = pipelines("list", form="text")
    assert listed.splitlines()[0].split() == ["PIPELINE", "LAST", "EXECUTION", "STATUS", "STARTED", "TOOK", "REASON"]
    assert name in listed
    _, shown, _ = pipelines("show", form="text")
    assert "Limit  5.0" in shown
    assert "First .................................. Succeeded" in shown
    assert "Testing: Failed" in shown
    assert "reason   Second: AlgorithmError: AssertionError: bad data" in shown
    assert f"next     pipelines retry {name} --local" in shown


def test_retry_runs_what_is_left_and_says_what_it_came_to(pipelines, session, failed):
    code, result, _ = pipelines("retry")
    assert (code, result["status"]) == (1, "Failed")
    session.client("s3").put_object(Bucket=BUCKET, Key="data/data.txt", Body=b"good")

    code, result, said = pipelines("retry", "Testing")

    assert (code, result["status"]) == (0, "Succeeded")
    assert result["steps"][1]["attempts"] == 3
    assert "Second ................................. Succeeded" in said
    assert "attempt 3" in said
    code, _, said = pipelines("retry")
    assert code == 2
    assert "is Succeeded; only an execution that failed or was stopped can be retried" in said


def test_stop_and_follow(pipelines, session, root):
    create(session, {"Steps": [processing("Sleep", session, "print('begun'); import time; time.sleep(60)")]})
    arn = start(session, "Testing")
    words = [COLD, "-m", "local_sagemaker.tools.commands.__main__", "logs", "-f", "--local", root]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": PYTHONPATH}
    ) as logs:
        assert logs.stdout.readline() == "Sleep: begun\n"
        _, stopped, _ = pipelines("stop")
        assert stopped["status"] in ("Stopping", "Stopped")
        assert logs.wait(30) == 0
    assert finish(session, arn).status == "Stopped"


def test_a_killed_client_leaves_the_execution_alone_and_a_second_one_sees_it(pipelines, session, root, tmp_path):
    definition = {"Version": "2020-12-01", "Steps": [processing("Sleep", session, "import time; time.sleep(2)")]}
    file = tmp_path / "Sleeping.json"
    file.write_text(json.dumps(definition))
    words = [COLD, "-m", "pipelines.run_pipeline", "--definition", str(file), "--local", root]
    with subprocess.Popen(
        words, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": PYTHONPATH}
    ) as client:
        arn = client.stderr.readline().split()[1]
        client.send_signal(signal.SIGKILL)

    _, shown, _ = pipelines("show")
    assert shown["status"] == "Executing"
    assert finish(session, arn).status == "Succeeded"


def test_ctrl_c_leaves_the_execution_running_and_says_how_to_stop_it(pipelines, session, root, tmp_path):
    file = tmp_path / "Sleeping.json"
    file.write_text(
        json.dumps({"Version": "2020-12-01", "Steps": [processing("Sleep", session, "import time; time.sleep(60)")]})
    )
    words = [COLD, "-m", "pipelines.run_pipeline", "--definition", str(file), "--local", root]
    with subprocess.Popen(
        words, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": PYTHONPATH}
    ) as client:
        arn = client.stderr.readline().split()[1]
        time.sleep(0.3)
        client.send_signal(signal.SIGINT)
        said = client.stderr.read()
        assert client.wait() == 130

    name = arn.rpartition("/")[2]
    assert f"pipelines stop {name} --local {root}" in said
    assert "Traceback" not in said
    assert pipelines("show")[1]["status"] == "Executing"
    assert pipelines("stop", name)[0] == 0
    assert finish(session, arn).status == "Stopped"


def test_clean_frees_what_a_failed_execution_holds(pipelines, session, account, failed):
    _, plan, _ = pipelines("clean", "Testing")
    assert (plan["jobs"], plan["objects"], plan["deleted"]) == (2, 1, False)
    assert len(list(account.root.glob("jobs/*"))) == 2

    _, done, _ = pipelines("clean", "Testing", "--yes")

    assert done["deleted"]
    assert list(account.root.glob("jobs/*")) == []
    keys = [e["Key"] for e in session.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert "data/data.txt" in keys
    assert not [key for key in keys if key.startswith("out/")]
    assert pipelines("show")[1]["status"] == "Failed"
    assert pipelines("logs")[0] == 0
    _, again, _ = pipelines("clean", "Testing", "--delete", "--yes")
    assert (again["jobs"], again["executions"]) == (0, [])
    assert pipelines("list")[1] == {"pipelines": []}
    assert list(account.root.glob("executions/*")) == []


def test_clean_takes_a_model_that_was_only_transformed_with_and_what_came_of_it(pipelines, session, account):
    rows = "1,2\n3,4\n"
    booster = xgb.train({}, xgb.DMatrix([[1.0, 2.0], [3.0, 4.0]], label=[1.0, 2.0]), 1)
    account.objects.write(BUCKET, "model.tar.gz", archive({"xgboost-model": bytes(booster.save_raw())}))
    account.objects.write(BUCKET, "in/x.csv", rows.encode())
    out = {"Std:Join": {"On": "/", "Values": [f"s3://{BUCKET}", {"Get": "Execution.PipelineExecutionId"}]}}
    steps = [
        model("Model", f"s3://{BUCKET}/model.tar.gz"),
        transform("Transform", {"Get": "Steps.Model.ModelName"}, f"s3://{BUCKET}/in/", out),
    ]
    wrong = {"Name": "Wrong", "Type": "Fail", "Arguments": {"ErrorMessage": {"Get": "Parameters.Words"}}}
    same = {"Type": "Equals", "LeftValue": {"Get": "Parameters.Words"}, "RightValue": "none"}
    arguments = {"Conditions": [same], "IfSteps": [], "ElseSteps": [wrong]}
    check = {"Name": "Check", "Type": "Condition", "Arguments": arguments, "DependsOn": ["Transform"]}
    words = {"Name": "Words", "Type": "String", "DefaultValue": "none"}
    create(session, {"Parameters": [words], "Steps": [*steps, check]})
    assert finish(session, start(session, "Testing")).status == "Succeeded"
    assert pipelines("clean", "Testing", form="text")[1].startswith("nothing to clean"), "its scores are what it is for"
    assert finish(session, start(session, "Testing", {"Words": "all is wrong"})).status == "Failed"

    _, done, _ = pipelines("clean", "Testing", "--yes")

    assert (done["jobs"], done["objects"], done["deleted"]) == (1, 1, True)
    assert len(session.client("sagemaker").list_models()["Models"]) == 1
    assert pipelines("clean", "Testing", form="text")[1].startswith("nothing to clean")


def test_clean_does_not_touch_a_registered_model(pipelines, session):
    register = {"Name": "Register", "Type": "RegisterModel", "Arguments": {"ModelPackageGroupName": "Shells"}}
    run(session, {"Steps": [processing("Hello", session, HELLO), register]})

    _, done, _ = pipelines("clean", "Testing", "--yes")

    assert (done["jobs"], done["executions"], done["deleted"]) == (0, [], False)
    assert pipelines("clean", "Testing", form="text")[1].startswith("nothing to clean")


def test_models_are_decided_about(pipelines, session):
    register = {"Name": "Register", "Type": "RegisterModel", "Arguments": {"ModelPackageGroupName": "Shells"}}
    run(session, {"Steps": [register]})
    finish(session, start(session, "Testing"))

    _, listed, _ = pipelines("models")
    assert [(m["group"], m["version"]) for m in listed["models"]] == [("Shells", 2), ("Shells", 1)]
    assert pipelines("approve", "Shells", "--reason", "it is good")[1]["version"] == 2
    assert pipelines("reject", "Shells")[1]["version"] == 1
    code, _, said = pipelines("approve", "Shells")
    assert code == 2
    assert "no version that is PendingManualApproval; its versions: 2 (Approved), 1 (Rejected)" in said
    _, one, _ = pipelines("models", "Shells/2", form="text")
    assert "approval   Approved (it is good)" in one
    assert "Shells/2" in pipelines("models", "Shells", form="text")[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["show", "Testin"], "did you mean 'Testing'?"),
        (["stop", ""], "'' names no execution; leave it out for the newest one"),
        (["show", "Testing/"], "'Testing/' names no execution"),
        (["clean", ""], "there is no pipeline ''"),
        (["show", "x/y"], "there is no pipeline 'x'"),
        (["list", "nothing"], "there is no pipeline 'nothing'"),
        (["clean", "nothing"], "there is no pipeline 'nothing'"),
        (["logs", "--step", "Frist"], "no step 'Frist' was started; did you mean 'First'?"),
        (["stop"], "does not run"),
        (["models", "nothing"], "there is no model package group 'nothing'"),
        (["approve", "arn:aws:sagemaker:us-east-1:000000000000:model-package/x/1"], "does not exist"),
    ],
)
@pytest.mark.usefixtures("failed")
def test_what_is_not_there_is_told_in_one_line(pipelines, words, message):
    code, result, said = pipelines(*words)

    assert (code, result) == (2, "")
    assert message in said
    assert said.count("\n") == 1


def test_an_empty_root_has_nothing_to_show(pipelines):
    assert pipelines("list") == (0, {"pipelines": []}, "")
    assert "run-pipeline starts one" in pipelines("show")[2]


def test_looking_makes_no_root(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert command.main(["show", "--local", "AbalonePipeline"]) == 2

    said = capsys.readouterr().err
    assert "'AbalonePipeline' is no root folder" in said
    assert "pipelines show NAME --local" in said
    assert list(tmp_path.iterdir()) == []


def test_help_teaches_each_verb_with_examples(capsys):
    assert command.main([]) == 2
    assert "examples:" in capsys.readouterr().err
    for verb in command.verbs():
        with pytest.raises(SystemExit) as ended:
            command.main([verb, "--help"])
        assert ended.value.code == 0
        said = capsys.readouterr().out
        assert f"pipelines {verb}" in said.partition("examples:")[2]


def test_the_examples_are_commands_that_the_parser_takes():
    import shlex

    for name, verb in command.verbs().items():
        for example in verb.EXAMPLES:
            program, *words = shlex.split(example.partition("     ")[0].partition(" |")[0].partition(" > ")[0])
            assert program == "pipelines"
            assert command._parser().parse_args(words).verb.__name__.endswith(name)


def test_names_are_offered_on_tab(failed, root, tmp_path):
    def offered(line):
        shell = {
            "_ARGCOMPLETE": "1", "_ARGCOMPLETE_IFS": "\n", "COMP_LINE": line, "COMP_POINT": str(len(line)),
            "_ARGCOMPLETE_STDOUT_FILENAME": str(tmp_path / "offered"),
        }  # fmt: skip
        subprocess.run([COLD, "-m", "local_sagemaker.tools.commands.__main__"], env=environment() | shell, check=False)
        return tmp_path.joinpath("offered").read_text().split()

    assert "retry" in offered("pipelines ret")
    assert "Testing" in offered(f"pipelines show --local {root} T")
    assert failed.arn.rpartition("/")[2] in offered(
        f"pipelines show --local {root} {failed.arn.rpartition('/')[2][:3]}"
    )


def test_a_reader_that_has_read_enough_is_no_error(session, root):
    run(session, {"Steps": [processing("Chatter", session, "for n in range(200_000): print(n)")]})
    command = f"{COLD} -m local_sagemaker.tools.commands.__main__ logs --local {root} | head -n 1"

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, env=environment())

    assert done.stdout == "Chatter: 0\n"
    assert done.stderr == ""


def test_no_verb_loads_the_sdk():
    code = "import sys; from local_sagemaker.tools.commands import __main__ as m; m._parser(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert not set(done.stdout.split()) & {"sagemaker", "pandas", "numpy", "xgboost", "local_sagemaker.session"}


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


@pytest.fixture
def checked(session, client):
    """A group whose version 1, approved, carries a baseline, and whose version 2 carries none."""
    session.client("s3").create_bucket(Bucket=BUCKET)
    files = {}
    for name in ("Statistics", "Constraints"):
        session.client("s3").put_object(Bucket=BUCKET, Key=f"baseline/{name}", Body=name.encode())
        files[name] = {"ContentType": "application/json", "S3Uri": f"s3://{BUCKET}/baseline/{name}"}
    client.create_model_package_group(ModelPackageGroupName="Shells")
    for baselines in ({"ModelDataQuality": files}, {}):
        client.create_model_package(
            ModelPackageGroupName="Shells", ModelApprovalStatus="Approved" if baselines else "PendingManualApproval",
            DriftCheckBaselines=baselines,
        )  # fmt: skip


@pytest.mark.usefixtures("checked")
def test_a_versions_baseline_is_fetched_and_never_overwrites_an_edited_one(pipelines, tmp_path):
    folder = tmp_path / "mine"

    code, result, _ = pipelines("baseline", "Shells", "--output", str(folder))

    assert (code, result["model"]) == (0, "Shells/1")
    assert folder.joinpath("DATA_QUALITY", "constraints.json").read_text() == "Constraints"
    folder.joinpath("DATA_QUALITY", "constraints.json").write_text("edited")
    folder.joinpath("DATA_QUALITY", "statistics.json").unlink()
    code, _, said = pipelines("baseline", "Shells/1", "--output", str(folder))
    assert code == 2
    assert "constraints.json is there already" in said
    assert folder.joinpath("DATA_QUALITY", "constraints.json").read_text() == "edited"
    assert not folder.joinpath("DATA_QUALITY", "statistics.json").exists()


@pytest.mark.usefixtures("checked")
def test_a_version_without_a_baseline_says_so(pipelines, tmp_path):
    code, _, said = pipelines("baseline", "Shells/2", "--output", str(tmp_path / "mine"))

    assert code == 2
    assert "Shells/2 carries no baseline" in said
    _, shown, _ = pipelines("models", "Shells/1", form="text")
    assert "baseline   DATA_QUALITY: " in shown


def test_clean_leaves_a_baseline_that_a_version_still_carries(pipelines, session, client, failed):
    report = f"s3://{BUCKET}/out/{failed.arn.rpartition('/')[2]}/report.txt"
    file = {"ContentType": "application/json", "S3Uri": report}
    client.create_model_package_group(ModelPackageGroupName="Shells")
    client.create_model_package(
        ModelPackageGroupName="Shells",
        DriftCheckBaselines={"ModelDataQuality": {"Statistics": file, "Constraints": file}},
    )

    code, result, _ = pipelines("clean", "Testing", "--yes")

    assert (code, result["jobs"], result["objects"]) == (0, 2, 0)
    key = report.removeprefix(f"s3://{BUCKET}/")
    assert session.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"written"

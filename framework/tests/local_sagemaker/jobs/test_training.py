"""Tests the contract of a training container, with the built-in XGBoost algorithm and with the user's own program."""

from __future__ import annotations

import json
import tarfile

from local_sagemaker.testing import BUCKET, run

import pytest
from trainings import describe_job, training


@pytest.fixture
def program(account):
    """Return a function that puts a program into a channel, as the service does not accept its lines as arguments.

    The function returns the entry point.
    """

    def put(code):
        account.objects.write(BUCKET, "validation/program.py", code.encode())
        return ["python3", "/opt/ml/input/data/validation/program.py"]

    return put


@pytest.mark.usefixtures("data")
def test_a_users_program_gets_the_container_contract(session, client, account, program):
    code = """
import json, os
base = os.environ["SAGEMAKER_BASE_DIR"]
read = lambda name: json.load(open(os.path.join(base, "input", "config", name + ".json")))
rows = open(os.path.join(base, "input", "data", "train", "part.csv")).read().count("\\n")
print("score=0.5"); print("score=0.75")
json.dump([read("hyperparameters"), read("inputdataconfig")["train"]["ContentType"], rows],
          open(os.path.join(base, "model", "model.json"), "w"))
open(os.path.join(base, "output", "data", "extra.txt"), "w").close()
"""
    step = training(
        {"depth": "3"},
        ContainerEntrypoint=program(code),
        MetricDefinitions=[{"Name": "score", "Regex": "score=([0-9.]+)"}],
    )

    result = run(session, {"Steps": [step]})

    assert result.status == "Succeeded"
    job = describe_job(client, result)
    assert [(m["MetricName"], m["Value"]) for m in job["FinalMetricDataList"]] == [("score", 0.75)]
    prefix = f"models/{job['TrainingJobName']}/output"
    assert [key for key, _ in account.objects.keys(BUCKET, prefix)] == [
        f"{prefix}/model.tar.gz",
        f"{prefix}/output.tar.gz",
    ]
    with tarfile.open(account.objects.path(BUCKET, f"{prefix}/model.tar.gz")) as archive:
        assert json.load(archive.extractfile("model.json")) == [{"depth": "3"}, "text/csv", 40]


@pytest.mark.usefixtures("data")
def test_the_failure_file_is_the_reason(session, program):
    code = """
import os, sys
open(os.path.join(os.environ["SAGEMAKER_BASE_DIR"], "output", "failure"), "w").write("what went wrong" + "x" * 2000)
sys.exit(2)
"""
    result = run(session, {"Steps": [training({}, ContainerEntrypoint=program(code))]})

    reason = result.steps["Train"]["FailureReason"]
    assert reason.startswith("ClientError: AlgorithmError: what went wrongxxx")
    assert len(reason) <= 1024


@pytest.mark.usefixtures("data")
def test_a_program_that_writes_no_model_succeeds_and_says_so(session, client, account):
    result = run(session, {"Steps": [training({}, ContainerEntrypoint=["python3", "-c", "pass"])]})

    assert result.status == "Succeeded"
    name = describe_job(client, result)["TrainingJobName"]
    assert "left no file in /opt/ml/model" in (account.root / "jobs" / name / "algo-1.log").read_text()
    assert list(account.objects.keys(BUCKET, "models/")) == []


@pytest.mark.usefixtures("data")
def test_a_program_learns_of_its_instances(session, client, account):
    code = "import shutil; shutil.copy('/opt/ml/input/config/resourceconfig.json', '/opt/ml/output/data/')"

    result = run(session, {"Steps": [training({}, ContainerEntrypoint=["python3", "-c", code])]})

    name = describe_job(client, result)["TrainingJobName"]
    with tarfile.open(account.objects.find(BUCKET, f"models/{name}/output/output.tar.gz")) as archive:
        config = json.load(archive.extractfile("resourceconfig.json"))
    group = {"instance_group_name": "homogeneousCluster", "instance_type": "ml.m5.large", "hosts": ["algo-1"]}
    assert config == {
        "current_host": "algo-1",
        "current_instance_type": "ml.m5.large",
        "current_group_name": "homogeneousCluster",
        "hosts": ["algo-1"],
        "instance_groups": [group],
        "network_interface_name": "lo",
    }


@pytest.mark.parametrize("regex", ["score=(", "score=.*"])
@pytest.mark.usefixtures("data")
def test_an_invalid_metric_definition_is_found_before_the_program_runs(session, account, regex):
    metrics = [{"Name": "score", "Regex": regex}]
    result = run(session, {"Steps": [training({"num_round": "2"}, MetricDefinitions=metrics)]})

    assert "metric 'score'" in result.steps["Train"]["FailureReason"]
    assert not list(account.root.glob("jobs/*/algo-1.log"))


@pytest.mark.parametrize("leave", ["os.symlink('/etc/passwd', model + '/link')", "os.mkdir(model + '/empty')"])
@pytest.mark.usefixtures("data")
def test_links_and_empty_folders_are_not_a_model(session, account, leave):
    code = f"import os; model = os.environ['SAGEMAKER_BASE_DIR'] + '/model'; {leave}"
    result = run(session, {"Steps": [training({}, ContainerEntrypoint=["python3", "-c", code])]})

    assert result.status == "Succeeded"
    assert list(account.objects.keys(BUCKET, "models/")) == []

"""Tests the notebooks, executed headless: on this machine, and with the switch at SageMaker as far as moto allows."""

from __future__ import annotations

import configparser
import json
import os
import re

import pytest
from paths import PYTHONPATH, ROOT

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")
pytest.importorskip("nbclient", reason="runs notebooks; of the extra 'test'")
pytest.importorskip("itables", reason="of the extra 'notebook'")

import local_sagemaker.session
from local_sagemaker.settings import DEFAULTS
from local_sagemaker.testing import wait_for_end

import nbclient
import nbformat
import warm
from shells import shell_in

PROJECT, SETUP, TRAIN, SCORE, LAB = NOTEBOOKS = (
    "sagemaker-pipelines-project.ipynb",
    "notebooks/0.Setup.ipynb",
    "notebooks/1.SageMakerPipeline-BaselineData-Train.ipynb",
    "notebooks/2.SageMakerPipeline-ModelMonitoring-DataQuality-BatchTransform.ipynb",
    "notebooks/3.TensorFlow-Lab.ipynb",
)
HERE, SAGEMAKER = 'WHERE = "this machine"', 'WHERE = "SageMaker"'
GROUPS = {PROJECT: "AbalonePackageGroup", TRAIN: "ChurnPackageGroup", LAB: "AbaloneTensorFlowPackageGroup"}
LONGEST = 180  # seconds of a cell; even a whole notebook should take less, which no test checks


@pytest.fixture
def execute(tmp_path, monkeypatch):
    """Return a function that runs a notebook in a new kernel, in folders as in a clone, and returns it with outputs."""
    monkeypatch.setenv("PYTHONPATH", PYTHONPATH)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    tmp_path.joinpath("pipelines").symlink_to(ROOT / "pipelines")
    kernel = tmp_path / "jupyter" / "kernels" / "warm" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    argv = [*warm.program("ipykernel_launcher"), "-f", "{connection_file}"]
    kernel.write_text(json.dumps({"argv": argv, "display_name": "warm", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    tmp_path.joinpath("notebooks").mkdir()

    def run(notebook, folder="."):
        resources = {"metadata": {"path": str(tmp_path / folder)}}
        return nbclient.NotebookClient(notebook, timeout=LONGEST, resources=resources, kernel_name="warm").execute()

    return run


def read(name, where=HERE, without=()):
    """Read a notebook; set its switch to ``where``, and remove the cells with the tags ``without``."""
    notebook = nbformat.read(ROOT / name, as_version=4)
    (switch,) = [cell for cell in notebook.cells if "switch" in cell.metadata.get("tags", ())]
    assert switch.source.count(HERE) == 1
    switch.source = switch.source.replace(HERE, where)
    notebook.cells = [cell for cell in notebook.cells if not set(without) & set(cell.metadata.get("tags", ()))]
    return notebook


def folder_of(name):
    return name.rpartition("/")[0] or "."


def results(notebook):
    """Return the plain text of each cell's result, if it has one."""
    texts = []
    for cell in notebook.cells:
        texts += [o["data"]["text/plain"] for o in cell.get("outputs", ()) if o.output_type == "execute_result"][:1]
    return [text for text in texts if text]


def stdout(notebook):
    return "".join(o["text"] for c in notebook.cells for o in c.get("outputs", ()) if o.get("name") == "stdout")


def stderr(notebook):
    """Return what was printed on stderr, including warnings, and the errors of cells; a good notebook has none."""
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", ())]
    errors = [f"{o['ename']}: {o['evalue']}" for o in outputs if o["output_type"] == "error"]
    return "".join([*errors, *(o["text"] for o in outputs if o.get("name") == "stderr")])


def pictures(notebook):
    """Return the SVG of each picture."""
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", ()) if "data" in o]
    return [o["data"]["image/svg+xml"] for o in outputs if "image/svg+xml" in o["data"]]


def final_statuses(notebook):
    """Return the final status of each execution that a cell has waited for."""
    return re.findall(r"^\w+: (Succeeded|Failed|Stopped)$", stdout(notebook), re.MULTILINE)


@pytest.mark.usefixtures("abalone_csv")
def test_the_project_from_nothing_to_drift_on_this_machine(execute, tmp_path):
    notebook = execute(read(PROJECT))

    assert stderr(notebook) == ""
    statuses = final_statuses(notebook)
    assert statuses == ["Succeeded", "Succeeded", "Failed", "Failed"], "drift, and a threshold that is too strict"
    assert "exceeds MseThreshold 0.5" in stdout(notebook)
    assert "'Stopped'" in results(notebook)
    dag, curves, scatter, attributions, bias, same, drifted = pictures(notebook)
    assert "TrainAbaloneModel" in dag
    assert "in the last round, lowest in round" in curves and "mean squared error" in scatter
    assert "shell_weight" in attributions and "sex_I: DPPL" in bias
    assert "(violation)" not in same
    assert re.findall(r">([^<]*) \(violation\)<", drifted) == ["whole_weight"]
    client = local_sagemaker.session.open(tmp_path / ".local-sagemaker").client("sagemaker")
    packages = client.list_model_packages(ModelPackageGroupName="AbalonePackageGroup")["ModelPackageSummaryList"]
    assert [p["ModelApprovalStatus"] for p in packages].count("Approved") == 1
    assert len(packages) == 2


@pytest.mark.long
def test_from_set_up_to_a_monitored_batch_and_a_retrained_model_on_this_machine(execute):
    _, training, scoring = notebooks = [execute(read(name), "notebooks") for name in (SETUP, TRAIN, SCORE)]

    assert "".join(map(stderr, notebooks)) == ""
    assert final_statuses(training) == ["Succeeded"]
    assert final_statuses(scoring) == ["Succeeded", "Failed", "Failed", "Succeeded", "Succeeded", "Failed"]
    assert "ModelQualityLost" in stdout(scoring)
    *_, drifted = pictures(scoring)
    assert re.findall(r">([^<]*) \(violation\)<", drifted) == ["Day Mins"]
    outputs = "".join(json.dumps(cell.get("outputs", ())) for notebook in notebooks for cell in notebook.cells)
    assert "<account>" in outputs
    assert DEFAULTS["account"] not in outputs, "account numbers are hidden"


def test_the_page_of_the_tensorflow_lab_approves_and_scores_its_model(execute, tmp_path):
    pytest.importorskip("tensorflow", reason="TensorFlow is an extra of its own: tox -e tensorflow")
    page = ROOT.joinpath("pipelines", "abalone_tensorflow", "README.md").read_text()
    commands = re.search(r"^```\n(pip.*?)^```$", page, re.DOTALL | re.MULTILINE)[1].splitlines()
    install, train, *good, heavier = commands
    assert install == "pip install -e '.[local,tensorflow]'"
    assert train == "run-pipeline -n pipelines.abalone_tensorflow.pipeline --local", "the notebook's cells do this"

    notebook = execute(read(LAB), "notebooks")

    assert stderr(notebook) == ""
    assert final_statuses(notebook) == ["Succeeded"]
    _, curves, _ = pictures(notebook)
    assert "in the last round, lowest in round" in curves
    shell = shell_in(tmp_path / "notebooks")
    model, *processes = [shell(line) for line in (f"pipelines models {GROUPS[LAB]}/1 --local", *good)]
    assert [process.returncode for process in processes] == [0] * len(good), processes
    assert json.loads(model.stdout)["evaluation"]["skill"]["value"] > 0.4
    drifted = shell(heavier)
    assert drifted.returncode == 3, drifted.stderr
    (step,) = [step for step in json.loads(drifted.stdout)["steps"] if step.get("violated")]
    assert step["violated"].keys() == {"whole_weight"}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_on_sagemaker_the_same_cells_run_as_far_as_moto_supports_them(execute, aws, name):
    """Moto runs no jobs: cells that read their results are left out, and model versions are registered before."""
    client = aws.client("sagemaker")
    for group in GROUPS.values():
        client.create_model_package_group(ModelPackageGroupName=group)
        client.create_model_package(ModelPackageGroupName=group, ModelApprovalStatus="PendingManualApproval")
    bucket = f"sagemaker-{os.environ['AWS_REGION']}-{aws.client('sts').get_caller_identity()['Account']}"

    notebook = execute(read(name, SAGEMAKER, without={"results"}), folder_of(name))

    assert stderr(notebook) == ""
    assert "SageMaker: everything is installed" in stdout(notebook)
    assert bucket in [entry["Name"] for entry in aws.client("s3").list_buckets()["Buckets"]]
    if name in GROUPS:
        pipelines = client.list_pipelines()["PipelineSummaries"]
        assert len(pipelines) == 1 and ("sagemaker", "StartPipelineExecution") in aws.calls
        pipeline = client.describe_pipeline(PipelineName=pipelines[0]["PipelineName"])
        assert pipeline["RoleArn"].endswith(":role/service-role/jobs")
    if name in (PROJECT, TRAIN):
        assert ("sagemaker", "UpdateModelPackage") in aws.calls
    functions = [function["FunctionName"] for function in aws.client("lambda").list_functions()["Functions"]]
    assert functions == (["sagemaker-get-approved-model"] if name in (SETUP, SCORE) else [])


def test_closing_the_notebook_ends_no_execution(execute, tmp_path):
    sleep = """
import local_sagemaker.session
from local_sagemaker.testing import create, processing_step, start
session = local_sagemaker.session.open()
create(session, {"Steps": [processing_step("Sleep", session, "import time; time.sleep(3)")]})
start(session, "Testing")
"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(sleep)])

    executed = execute(notebook)  # its kernel is gone when this returns

    arn = executed.cells[-1].outputs[0]["data"]["text/plain"].strip("'")
    session = local_sagemaker.session.open(tmp_path / ".local-sagemaker")
    execution = session.client("sagemaker").describe_pipeline_execution(PipelineExecutionArn=arn)
    assert execution["PipelineExecutionStatus"] == "Executing"
    assert wait_for_end(session, arn).status == "Succeeded"


def test_two_roots_and_aws_do_not_cross_in_one_kernel(execute, aws):
    work = """
import boto3, local_sagemaker.session
from pipelines.abalone.pipeline import get_pipeline

role = boto3.client("iam").get_role(RoleName="jobs")["Role"]["Arn"]
sessions = [local_sagemaker.session.open("a"), local_sagemaker.session.open("b"), boto3.Session()]
names = ["First", "Second", "Third"]
pipelines = [
    get_pipeline(s.region_name, role, "a-bucket-of-mine", pipeline_name=n, session=s) for s, n in zip(sessions, names)
]
for pipeline in pipelines:
    pipeline.upsert()
[[p["PipelineName"] for p in s.client("sagemaker").list_pipelines()["PipelineSummaries"]] for s in sessions]
"""
    executed = execute(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(work)]))

    assert results(executed) == ["[['First'], ['Second'], ['Third']]"]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_it_is_stored_without_outputs(name):
    notebook = nbformat.read(ROOT / name, as_version=4)

    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_the_switch_is_the_first_cell_that_runs_and_the_same_in_all():
    switches = set()
    for name in NOTEBOOKS:
        first = next(cell for cell in nbformat.read(ROOT / name, as_version=4).cells if cell.cell_type == "code")
        switches.add(first.source.replace("../pipelines", "pipelines"))

    assert len(switches) == 1
    assert "install.py $WHERE" in switches.pop()


def test_all_notebooks_are_rendered():
    tox = configparser.ConfigParser()
    tox.read(ROOT / "tox.ini")

    assert set(NOTEBOOKS) <= set(tox["testenv:docs"]["commands"].split())
    paths = [*ROOT.glob("*.ipynb"), *ROOT.glob("notebooks/*.ipynb")]
    assert {path.relative_to(ROOT).as_posix() for path in paths} == set(NOTEBOOKS)


def test_a_cell_answers_how_to_use_own_data_model_and_threshold():
    texts = [cell.source for cell in nbformat.read(ROOT / PROJECT, as_version=4).cells]

    assert any("How do I use my own data, model or threshold?" in text for text in texts)

"""The notebook, executed headless: on this machine, and with one line of difference on AWS, as moto stands for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")
pytest.importorskip("nbclient", reason="runs notebooks; of the extra 'test'")

import local_sagemaker.session
from local_sagemaker.testing import finish

import nbclient
import nbformat

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "sagemaker-pipelines-project.ipynb"
LOCAL = "session = local_sagemaker.session.open()"


@pytest.fixture
def execute(tmp_path, monkeypatch):
    """Run cells in a kernel of their own, in a folder of their own; the notebook with its outputs."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))

    def run(notebook):
        client = nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}})
        return client.execute()

    return run


def cells(text=LOCAL):
    """The notebook, with another line for the session."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    (session,) = [c for c in notebook.cells if "session" in c.metadata.get("tags", ())]
    assert session.source.count(LOCAL) == 1
    session.source = session.source.replace(LOCAL, text)
    return notebook


def results(notebook):
    """The plain text of each cell's result, None where it has none."""
    found = []
    for cell in notebook.cells:
        texts = [o["data"]["text/plain"] for o in cell.get("outputs", ()) if o.output_type == "execute_result"]
        found.append(texts[0] if texts else None)
    return [text for text in found if text]


def printed(notebook):
    return "".join(o["text"] for c in notebook.cells for o in c.get("outputs", ()) if o.get("name") == "stdout")


def said_on_stderr(notebook):
    return "".join(o["text"] for c in notebook.cells for o in c.get("outputs", ()) if o.get("name") == "stderr")


@pytest.mark.usefixtures("abalone_csv")
def test_on_this_machine(execute, tmp_path):
    notebook = execute(cells())

    assert printed(notebook).endswith("Succeeded\nSucceeded\n")
    assert said_on_stderr(notebook) == ""
    found = results(notebook)
    assert "'Executing'" in found
    assert "'Stopped'" in found
    assert "['AbalonePipeline']" in found
    client = local_sagemaker.session.open(tmp_path / ".local-sagemaker").client("sagemaker")
    packages = client.list_model_packages(ModelPackageGroupName="AbalonePackageGroup")["ModelPackageSummaryList"]
    assert [p["ModelApprovalStatus"] for p in packages].count("Approved") == 1
    assert len(packages) == 2


def test_on_aws_with_another_session(execute, aws):
    sts = aws.client("sts").get_caller_identity()["Account"]
    bucket = f"sagemaker-{os.environ['AWS_REGION']}-{sts}"
    place = {"LocationConstraint": os.environ["AWS_REGION"]}
    aws.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=place)

    notebook = execute(cells("session = boto3.Session()"))

    assert printed(notebook).endswith("Succeeded\nSucceeded\n")
    assert "['AbalonePipeline']" in results(notebook)
    assert said_on_stderr(notebook) == ""
    described = aws.client("sagemaker").describe_pipeline(PipelineName="AbalonePipeline")
    assert described["RoleArn"].endswith(":role/service-role/jobs")
    assert ("sagemaker", "StopPipelineExecution") in aws.calls


def test_closing_the_notebook_ends_no_execution(execute, tmp_path):
    sleep = """
from local_sagemaker.testing import create, processing, start
create(session, {"Steps": [processing("Sleep", session, "import time; time.sleep(3)")]})
start(session, "Testing")
"""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("import local_sagemaker.session"), nbformat.v4.new_code_cell(LOCAL + sleep)]
    )

    executed = execute(notebook)  # its kernel is gone when this returns

    arn = executed.cells[-1].outputs[0]["data"]["text/plain"].strip("'")
    session = local_sagemaker.session.open(tmp_path / ".local-sagemaker")
    described = session.client("sagemaker").describe_pipeline_execution(PipelineExecutionArn=arn)
    assert described["PipelineExecutionStatus"] == "Executing"
    assert finish(session, arn).status == "Succeeded"


def test_two_roots_and_aws_do_not_cross_in_one_kernel(execute, aws):
    work = """
import boto3, local_sagemaker.session
from pipelines.abalone.pipeline import get_pipeline

role = boto3.client("iam").get_role(RoleName="jobs")["Role"]["Arn"]
sessions = [local_sagemaker.session.open("a"), local_sagemaker.session.open("b"), boto3.Session()]
names = ["First", "Second", "Third"]
made = [
    get_pipeline(s.region_name, role, "a-bucket-of-mine", pipeline_name=n, session=s) for s, n in zip(sessions, names)
]
for pipeline in made:
    pipeline.upsert()
[[p["PipelineName"] for p in s.client("sagemaker").list_pipelines()["PipelineSummaries"]] for s in sessions]
"""
    executed = execute(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(work)]))

    assert results(executed) == ["[['First'], ['Second'], ['Third']]"]


def test_it_is_kept_without_outputs():
    notebook = nbformat.read(NOTEBOOK, as_version=4)

    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None

"""codebuild-buildspec.yml: its phases, run as CodeBuild runs them, against AWS as moto stands for it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

import yaml
from moto_over_http import BUCKET, REGION
from warm import program

ROOT = Path(__file__).resolve().parent.parent
SPEC = yaml.safe_load((ROOT / "codebuild-buildspec.yml").read_text())
#: Stand in for what would install the project and run these very tests once more; they write down how they are called.
NOTED = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLED"
"""


@pytest.fixture
def build(aws, tmp_path):
    """Run the commands of a phase in one shell each, until one fails; the last one's result."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("pip", "tox"):
        tools.joinpath(name).write_text(NOTED)
        tools.joinpath(name).chmod(0o755)
    script = f'#!/bin/sh\nexec {shlex.join(program("pipelines.run_pipeline"))} "$@"\n'
    tools.joinpath("run-pipeline").write_text(script)
    tools.joinpath("run-pipeline").chmod(0o755)
    project = {
        "SAGEMAKER_PROJECT_NAME": "shells",
        "SAGEMAKER_PROJECT_ID": "p-0123456789ab",
        "SAGEMAKER_PIPELINE_ROLE_ARN": aws.client("iam").get_role(RoleName="jobs")["Role"]["Arn"],
        "ARTIFACT_BUCKET": BUCKET,
        "AWS_REGION": REGION,
        "CALLED": str(tmp_path / "called"),
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }

    def run(phase):
        commands = "\n".join(SPEC["phases"][phase]["commands"])
        shell = ["sh", "-ec", commands]
        return subprocess.run(
            shell, cwd=tmp_path, env={**os.environ, **project}, capture_output=True, text=True, check=False
        )

    return run


def test_the_build_creates_the_projects_pipeline_and_runs_it(aws, build, tmp_path):
    aws.projects["shells"] = [{"Key": "cost-centre", "Value": "42"}]

    done = build("build")

    assert done.returncode == 0, done.stderr
    result = json.loads(tmp_path.joinpath("result.json").read_text())
    assert result["status"] == "Succeeded"
    assert json.loads(done.stdout) == result
    client = aws.client("sagemaker")
    pipeline = client.describe_pipeline(PipelineName="shells-p-0123456789ab")
    tags = {t["Key"]: t["Value"] for t in client.list_tags(ResourceArn=pipeline["PipelineArn"])["Tags"]}
    assert tags == {
        "cost-centre": "42", "sagemaker:project-id": "p-0123456789ab", "sagemaker:project-name": "shells",
    }  # fmt: skip
    assert '"ModelPackageGroupName": "shells-p-0123456789ab"' in pipeline["PipelineDefinition"]


def test_the_build_fails_as_the_command_does(aws, build):
    aws.refusals["StartPipelineExecution"] = [("ResourceLimitExceeded", "no more today", 400)]

    done = build("build")

    assert done.returncode == 1
    assert "higher quota" in done.stderr


def test_what_it_installs_and_tests_is_there(build, tmp_path):
    for phase in ("install", "pre_build"):
        assert build(phase).returncode == 0

    installed, tested = tmp_path.joinpath("called").read_text().splitlines()
    assert installed.startswith("pip install") and " . " in installed
    environments = tested.removeprefix("tox -e ").split(",")
    for name in environments:
        assert f"[testenv:{name}]" in (ROOT / "tox.ini").read_text()


def test_its_python_is_one_that_the_project_runs_on():
    assert float(SPEC["phases"]["install"]["runtime-versions"]["python"]) >= 3.11

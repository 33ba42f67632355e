"""Provides a root folder with executions, and functions that run the command on it."""

from __future__ import annotations

import json

from local_sagemaker.testing import BUCKET, processing_step, run
from local_sagemaker.tools.commands import __main__ as command

import mutants
import pytest

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


@pytest.fixture
def root(account):
    return str(account.root)


@pytest.fixture
def pipelines(root, capsys):
    """Return a function that runs a subcommand here and returns exit code, result and stderr."""

    def call(*strings, form="json"):
        capsys.readouterr()
        code = command.main([*strings, "--local", root, "--format", form])
        output = capsys.readouterr()
        result = json.loads(output.out) if form == "json" and output.out.startswith("{") else output.out
        return code, result, output.err

    return call


@pytest.fixture
def failed_execution(session):
    """Return an execution whose second step has failed because its data are bad."""
    session.client("s3").put_object(Bucket=BUCKET, Key="data/data.txt", Body=b"bad")
    execution = {"Get": "Execution.PipelineExecutionId"}
    own = {"Std:Join": {"On": "/", "Values": [f"s3://{BUCKET}/out", execution]}}
    first = processing_step("First", session, HELLO + WRITE, outputs={"report": own})
    second = processing_step("Second", session, READ, inputs={"data": f"s3://{BUCKET}/data"}, DependsOn=["First"])
    parameters = [{"Name": "Limit", "Type": "Float", "DefaultValue": 5.0}]
    return run(session, {"Parameters": parameters, "Steps": [first, second]})


@pytest.fixture
def call(capsys):
    """Return a function that runs the command and returns exit code, stdout and stderr."""

    def run(*arguments):
        capsys.readouterr()
        code = command.main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def broken_definition(tmp_path):
    """Return a file with the abalone definition, with an error in the gate and a warning on an instance type."""
    changes = [
        mutants.change("Steps[10].Arguments.Conditions[0].RightValue.Get", "Parameters.MseTreshold"),
        mutants.change("Steps[3].Arguments.ResourceConfig.InstanceType", "ml.m5.huge"),
    ]
    file = tmp_path / "broken.json"
    file.write_text(json.dumps(mutants.mutate(mutants.definition("abalone"), changes), indent=2))
    return file

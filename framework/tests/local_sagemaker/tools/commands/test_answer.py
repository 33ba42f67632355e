"""Tests ``pipelines answer``, and the step that waits for an answer."""

from __future__ import annotations

import json
from functools import partial

from local_sagemaker import session as local_session
from local_sagemaker.testing import create, start, wait_for_end
from local_sagemaker.tools.commands.__main__ import main
from local_sagemaker.tools.terminal import summaries

import pytest
from running_processes import wait_for

URL = "https://sqs.us-east-1.amazonaws.com/000000000000/approvals"
STATUS = {"OutputName": "ModelApprovalStatus", "OutputType": "String"}


def callback_steps(*names):
    return [
        {"Name": n, "Type": "Callback", "Arguments": {}, "SqsQueueUrl": URL, "OutputParameters": [STATUS]}
        for n in names
    ]


@pytest.fixture
def start_waiting(tmp_path):
    """Return a function that starts an execution whose steps wait for answers, and returns session and ARN.

    Its last step registers a model with the approval status that is the answer to the first step.
    """
    session = local_session.open(tmp_path / "root")

    def run(*names):
        status = {"Get": f"Steps.{names[0]}.OutputParameters['ModelApprovalStatus']"}
        register = {
            "Name": "Register",
            "Type": "RegisterModel",
            "Arguments": {"ModelPackageGroupName": "Shells", "ModelApprovalStatus": status},
        }
        arn = start(session, create(session, {"Version": "2020-12-01", "Steps": [*callback_steps(*names), register]}))
        client = session.client("sagemaker")
        wait_for(
            lambda: (
                len(client.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"])
                == len(names)
            )
        )
        return session, arn

    return run


@pytest.fixture
def answer(tmp_path, capsys):
    """Return a function that runs the subcommand and returns exit code, its JSON or None, and stderr."""

    def run(*strings, subcommand="answer"):
        code = main([subcommand, *strings, "--local", str(tmp_path / "root"), "--format", "json"])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else None, err

    return run


def test_an_approval_is_the_status_of_the_registered_model(start_waiting, answer):
    session, arn = start_waiting("Ask")
    summary = answer(subcommand="show")[1]
    assert summary["steps"][0]["waits"] is True
    assert "pipelines answer " in (text := summaries.text(summary)) and "--step Ask --outputs NAME=VALUE" in text

    code, result, _ = answer("--outputs", "ModelApprovalStatus=Approved")

    assert (code, result["step"], result["answer"]) == (0, "Ask", "Succeeded")
    assert wait_for_end(session, arn).status == "Succeeded"
    (package,) = session.client("sagemaker").list_model_packages(ModelPackageGroupName="Shells")[
        "ModelPackageSummaryList"
    ]
    assert package["ModelApprovalStatus"] == "Approved"
    code, _, err = answer("--fail", "too late")
    assert code == 2
    assert "waits for an answer" in err


def test_the_answer_fail_fails_step_and_execution(start_waiting, answer):
    session, arn = start_waiting("Ask")

    assert answer("--fail", "the data are from last year")[1]["answer"] == "Failed"
    assert wait_for_end(session, arn).status == "Failed"

    ran = wait_for_end(session, arn)
    assert ran.status == "Failed"
    assert "the data are from last year" in ran.steps["Ask"]["FailureReason"]


def test_if_several_steps_wait_one_must_be_named(start_waiting, answer):
    session, arn = start_waiting("AskFirst", "AskLast")

    code, _, err = answer("--outputs", "ModelApprovalStatus=Approved")
    assert code == 2
    assert "name the step to answer: --step AskFirst or AskLast" in err
    assert "did you mean 'AskFirst'" in answer("--step", "AskFist", "--fail", "no")[2]
    assert answer("--step", "AskLast", "--outputs", "ModelApprovalStatus=Rejected")[0] == 0
    client = session.client("sagemaker")
    steps = partial(client.list_pipeline_execution_steps, PipelineExecutionArn=arn)
    wait_for(lambda: "Succeeded" in [step["StepStatus"] for step in steps()["PipelineExecutionSteps"]])
    assert answer("--outputs", "ModelApprovalStatus=Approved")[1]["step"] == "AskFirst"
    assert wait_for_end(session, arn).status == "Succeeded"


@pytest.mark.parametrize(
    ("strings", "message"),
    [
        (["--outputs", "Approved"], "--outputs takes NAME=VALUE; got 'Approved'"),
        (["--outputs", "Status=Approved"], "the step declares ModelApprovalStatus (String)"),
        (["--outputs"], "the outputs are none"),
        (["--outputs", "ModelApprovalStatus=approved"], "is 'approved'; did you mean 'Approved'?"),
    ],
)
def test_an_invalid_answer_changes_nothing(start_waiting, answer, strings, message):
    session, arn = start_waiting("Ask")

    code, _, err = answer(*strings)

    assert code in (1, 2)
    assert message in err
    assert answer("--outputs", "ModelApprovalStatus=Rejected")[0] == 0
    assert wait_for_end(session, arn).status == "Succeeded"

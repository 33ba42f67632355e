"""``pipelines answer``, and the step of the training pipelines that waits for a person."""

from __future__ import annotations

import json
from functools import partial

from local_sagemaker import session as local_session
from local_sagemaker.testing import create, finish, start
from local_sagemaker.tools.commands.__main__ import main
from local_sagemaker.tools.terminal import summaries

import pytest
from running_processes import wait_for

URL = "https://sqs.us-east-1.amazonaws.com/000000000000/approvals"
STATUS = {"OutputName": "ModelApprovalStatus", "OutputType": "String"}


def asking(*names):
    return [
        {"Name": n, "Type": "Callback", "Arguments": {}, "SqsQueueUrl": URL, "OutputParameters": [STATUS]}
        for n in names
    ]


@pytest.fixture
def waiting(tmp_path):
    """Start an execution whose steps wait for answers, and register what comes of the first; session and ARN."""
    session = local_session.open(tmp_path / "root")

    def started(*names):
        status = {"Get": f"Steps.{names[0]}.OutputParameters['ModelApprovalStatus']"}
        register = {
            "Name": "Register",
            "Type": "RegisterModel",
            "Arguments": {"ModelPackageGroupName": "Shells", "ModelApprovalStatus": status},
        }
        arn = start(session, create(session, {"Version": "2020-12-01", "Steps": [*asking(*names), register]}))
        client = session.client("sagemaker")
        wait_for(
            lambda: (
                len(client.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"])
                == len(names)
            )
        )
        return session, arn

    return started


@pytest.fixture
def answer(tmp_path, capsys):
    """Call the verb; exit code, its JSON or nothing, and what it said."""

    def called(*words, verb="answer"):
        code = main([verb, *words, "--local", str(tmp_path / "root"), "--format", "json"])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else None, err

    return called


def test_a_person_approves_and_the_model_is_registered_so(waiting, answer):
    session, arn = waiting("Ask")
    shown = answer(verb="show")[1]
    assert shown["steps"][0]["waits"] is True
    assert "pipelines answer " in (said := summaries.text(shown)) and "--step Ask --outputs NAME=VALUE" in said

    code, result, _ = answer("--outputs", "ModelApprovalStatus=Approved")

    assert (code, result["step"], result["answer"]) == (0, "Ask", "Succeeded")
    assert finish(session, arn).status == "Succeeded"
    (package,) = session.client("sagemaker").list_model_packages(ModelPackageGroupName="Shells")[
        "ModelPackageSummaryList"
    ]
    assert package["ModelApprovalStatus"] == "Approved"
    code, _, said = answer("--fail", "too late")
    assert code == 2
    assert "waits for an answer" in said


def test_a_person_says_no(waiting, answer):
    session, arn = waiting("Ask")

    assert answer("--fail", "the data are of last year")[1]["answer"] == "Failed"
    assert finish(session, arn).status == "Failed"

    ran = finish(session, arn)
    assert ran.status == "Failed"
    assert "the data are of last year" in ran.steps["Ask"]["FailureReason"]


def test_of_several_that_wait_one_is_named(waiting, answer):
    session, arn = waiting("AskFirst", "AskLast")

    code, _, said = answer("--outputs", "ModelApprovalStatus=Approved")
    assert code == 2
    assert "name the step that is meant: --step AskFirst or AskLast" in said
    assert "did you mean 'AskFirst'" in answer("--step", "AskFist", "--fail", "no")[2]
    assert answer("--step", "AskLast", "--outputs", "ModelApprovalStatus=Rejected")[0] == 0
    client = session.client("sagemaker")
    steps = partial(client.list_pipeline_execution_steps, PipelineExecutionArn=arn)
    wait_for(lambda: "Succeeded" in [one["StepStatus"] for one in steps()["PipelineExecutionSteps"]])
    assert answer("--outputs", "ModelApprovalStatus=Approved")[1]["step"] == "AskFirst"
    assert finish(session, arn).status == "Succeeded"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--outputs", "Approved"], "--outputs takes NAME=VALUE; got 'Approved'"),
        (["--outputs", "Status=Approved"], "the step has ModelApprovalStatus (String)"),
        (["--outputs"], "the outputs given are none"),
        (["--outputs", "ModelApprovalStatus=approved"], "is 'approved'; did you mean 'Approved'?"),
    ],
)
def test_an_answer_that_does_not_fit_changes_nothing(waiting, answer, words, message):
    session, arn = waiting("Ask")

    code, _, said = answer(*words)

    assert code in (1, 2)
    assert message in said
    assert answer("--outputs", "ModelApprovalStatus=Rejected")[0] == 0
    assert finish(session, arn).status == "Succeeded"

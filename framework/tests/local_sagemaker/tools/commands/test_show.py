"""Tests the output of ``pipelines list``, ``show`` and ``logs``, for programs and for users."""

from __future__ import annotations

from local_sagemaker.testing import start, wait_for_end

import pytest


def test_list_show_and_logs(pipelines, failed_execution):
    name = failed_execution.arn.rpartition("/")[2]

    _, listed, _ = pipelines("list")
    assert listed["pipelines"][0]["name"] == "Testing"
    assert listed["pipelines"][0]["last_execution"]["id"] == name
    _, listed, _ = pipelines("list", "Testing")
    assert [(e["id"], e["status"]) for e in listed["executions"]] == [(name, "Failed")]
    for arguments in ([], ["Testing"], [name], [name[:5]], [f"Testing/{name}"], [failed_execution.arn]):
        code, shown, _ = pipelines("show", *arguments)
        assert (code, shown["execution_arn"]) == (0, failed_execution.arn)
    assert shown["parameters"] == {"Limit": "5.0"}
    assert [(s["name"], s["status"]) for s in shown["steps"]] == [("First", "Succeeded"), ("Second", "Failed")]
    _, lines, _ = pipelines("logs", "--step", "First")
    assert lines == "hello\nworld\n"
    _, lines, _ = pipelines("logs")
    assert lines.startswith("First: hello\nFirst: world\nSecond: ")
    assert "bad data" in lines


def test_max_limits_a_list(pipelines, session, failed_execution):
    wait_for_end(session, newest := start(session, "Testing"))

    _, listed, _ = pipelines("list", "Testing", "--max", "1")

    assert [e["arn"] for e in listed["executions"]] == [newest]
    with pytest.raises(SystemExit) as raised:
        pipelines("list", "--max", "none")
    assert raised.value.code == 2


def test_the_text_output_of_list_and_show(pipelines, failed_execution):
    name = failed_execution.arn.rpartition("/")[2]

    _, listed, _ = pipelines("list", form="text")
    assert listed.splitlines()[0].split() == ["PIPELINE", "LAST", "EXECUTION", "STATUS", "STARTED", "TOOK", "REASON"]
    assert name in listed
    _, shown, _ = pipelines("show", form="text")
    assert "Limit  5.0" in shown
    assert "First .................................. Succeeded" in shown
    assert "Testing: Failed" in shown
    assert "reason   Second: ClientError: AlgorithmError: AssertionError: bad data" in shown
    assert f"next     pipelines retry {name} --local" in shown

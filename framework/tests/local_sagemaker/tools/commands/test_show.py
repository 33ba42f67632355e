"""``pipelines list``, ``show`` and ``logs``: what there is, for programs and for people."""

from __future__ import annotations

from local_sagemaker.testing import finish, start

import pytest


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

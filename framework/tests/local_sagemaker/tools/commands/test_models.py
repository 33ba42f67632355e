"""Tests ``pipelines models``, ``approve`` and ``reject``."""

from __future__ import annotations

from local_sagemaker.testing import run, start, wait_for_end


def test_models_are_listed_approved_and_rejected(pipelines, session):
    register = {"Name": "Register", "Type": "RegisterModel", "Arguments": {"ModelPackageGroupName": "Shells"}}
    run(session, {"Steps": [register]})
    wait_for_end(session, start(session, "Testing"))

    _, listed, _ = pipelines("models")
    assert [(m["group"], m["version"]) for m in listed["models"]] == [("Shells", 2), ("Shells", 1)]
    assert pipelines("approve", "Shells", "--reason", "it is good")[1]["version"] == 2
    assert pipelines("reject", "Shells")[1]["version"] == 1
    code, _, err = pipelines("approve", "Shells")
    assert code == 2
    assert "no version that is PendingManualApproval; its versions: 2 (Approved), 1 (Rejected)" in err
    _, text, _ = pipelines("models", "Shells/2", form="text")
    assert "approval   Approved (it is good)" in text
    assert "Shells/2" in pipelines("models", "Shells", form="text")[1]

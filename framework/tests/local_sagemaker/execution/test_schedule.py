from __future__ import annotations

from local_sagemaker.execution.schedule import ready_steps

DIAMOND = {"A": (), "B": ("A",), "C": ("A",), "D": ("B", "C")}


def test_a_step_without_edges_starts_first():
    assert ready_steps(DIAMOND, {}) == ["A"]


def test_independent_steps_start_together_in_the_definitions_order():
    assert ready_steps(DIAMOND, {"A": "Succeeded"}) == ["B", "C"]


def test_a_step_waits_for_all_of_its_edges():
    assert ready_steps(DIAMOND, {"A": "Succeeded", "B": "Succeeded", "C": "Executing"}) == []


def test_the_limit_counts_running_steps():
    assert ready_steps(DIAMOND, {"A": "Succeeded"}, limit=1) == ["B"]
    assert ready_steps(DIAMOND, {"A": "Succeeded", "B": "Executing"}, limit=1) == []


def test_a_branch_that_was_not_taken_never_starts_nor_do_its_successors():
    edges = {"Check": (), "Yes": ("Check",), "No": ("Check",), "AfterNo": ("No",)}

    assert ready_steps(edges, {"Check": "Succeeded"}, not_taken={"No"}) == ["Yes"]
    assert ready_steps(edges, {"Check": "Succeeded", "Yes": "Succeeded"}, not_taken={"No"}) == []


def test_after_a_failure_nothing_starts():
    assert ready_steps(DIAMOND, {"A": "Succeeded", "B": "Failed"}) == []

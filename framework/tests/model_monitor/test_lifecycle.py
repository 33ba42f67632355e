"""Tests the table of what a check compares with, row by row."""

from __future__ import annotations

from model_monitor.lifecycle import (
    MEMBERS_BY_CHECK_TYPE,
    Baseline,
    can_compare,
    plan,
    previous_baseline,
    registered_baseline,
)
from model_monitor.monitor_error import MonitorError

import pytest

NEW, OLD, NONE = Baseline("new-s", "new-c"), Baseline("old-s", "old-c"), Baseline()
#: skip, register -> compared with, passed on; as in AWS's guide.
TABLE = {
    (False, False): (OLD, OLD),
    (False, True): (OLD, NEW),
    (True, False): (None, OLD),
    (True, True): (None, NEW),
}


@pytest.mark.parametrize("flags", TABLE)
def test_with_a_previous_baseline(flags):
    assert plan("DATA_QUALITY", *flags, OLD, NEW) == TABLE[flags]


@pytest.mark.parametrize("flags", TABLE)
def test_without_a_previous_baseline_only_a_first_run_is_possible(flags):
    if flags == (True, True):
        assert plan("DATA_QUALITY", *flags, NONE, NEW) == (None, NEW)
        return
    with pytest.raises(MonitorError, match=r"no previous statistics and constraints.*approve one, or skip the check"):
        plan("DATA_QUALITY", *flags, NONE, NEW)


def test_a_supplied_file_takes_precedence():
    assert previous_baseline(Baseline("", "mine"), OLD) == Baseline("old-s", "mine")
    assert previous_baseline(Baseline("mine", None), NONE) == Baseline("mine", None)


def test_a_missing_file_is_named():
    with pytest.raises(MonitorError, match="no previous statistics:"):
        plan("DATA_QUALITY", False, False, Baseline(None, "c"), NEW)


def test_clarify_checks_have_only_constraints():
    assert can_compare("DATA_BIAS", Baseline(None, "c"))
    assert plan("MODEL_EXPLAINABILITY", False, False, Baseline(None, "c"), NEW).used == Baseline(None, "c")


def test_each_check_type_reads_its_member_of_a_model_package():
    def file(uri):
        return {"ContentType": "application/json", "S3Uri": uri}

    package = {
        "DriftCheckBaselines": {
            "ModelDataQuality": {"Statistics": file("ds"), "Constraints": file("dc")},
            "ModelQuality": {"Statistics": file("ms"), "Constraints": file("mc")},
            "Bias": {"PreTrainingConstraints": file("pre"), "PostTrainingConstraints": file("post")},
            "Explainability": {"Constraints": file("ex")},
        }
    }

    baselines = {check_type: registered_baseline(check_type, package) for check_type in MEMBERS_BY_CHECK_TYPE}
    assert baselines == {
        "DATA_QUALITY": ("ds", "dc"),
        "MODEL_QUALITY": ("ms", "mc"),
        "DATA_BIAS": (None, "pre"),
        "MODEL_BIAS": (None, "post"),
        "MODEL_EXPLAINABILITY": (None, "ex"),
    }
    assert registered_baseline("DATA_QUALITY", None) == registered_baseline("DATA_QUALITY", {}) == NONE

"""The table of what a check compares with, row by row."""

from __future__ import annotations

from model_monitor.lifecycle import FAMILIES, Baseline, can_compare, plan, previous_baseline, registered_baseline
from model_monitor.monitor_error import MonitorError

import pytest

NEW, OLD, NONE = Baseline("new-s", "new-c"), Baseline("old-s", "old-c"), Baseline()
#: skip, register -> compared with, handed on; as AWS's guide has it.
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
def test_without_one_only_a_first_run_is_possible(flags):
    if flags == (True, True):
        assert plan("DATA_QUALITY", *flags, NONE, NEW) == (None, NEW)
        return
    with pytest.raises(MonitorError, match=r"no previous statistics and constraints.*approve one, or skip the check"):
        plan("DATA_QUALITY", *flags, NONE, NEW)


def test_what_is_supplied_comes_first_file_by_file():
    assert previous_baseline(Baseline("", "mine"), OLD) == Baseline("old-s", "mine")
    assert previous_baseline(Baseline("mine", None), NONE) == Baseline("mine", None)


def test_a_missing_file_is_named():
    with pytest.raises(MonitorError, match="no previous statistics:"):
        plan("DATA_QUALITY", False, False, Baseline(None, "c"), NEW)


def test_clarifys_checks_have_constraints_alone():
    assert can_compare("DATA_BIAS", Baseline(None, "c"))
    assert plan("MODEL_EXPLAINABILITY", False, False, Baseline(None, "c"), NEW).used == Baseline(None, "c")


def test_each_family_is_found_in_a_package_where_the_api_has_it():
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

    found = {check: registered_baseline(check, package) for check in FAMILIES}
    assert found == {
        "DATA_QUALITY": ("ds", "dc"),
        "MODEL_QUALITY": ("ms", "mc"),
        "DATA_BIAS": (None, "pre"),
        "MODEL_BIAS": (None, "post"),
        "MODEL_EXPLAINABILITY": (None, "ex"),
    }
    assert registered_baseline("DATA_QUALITY", None) == registered_baseline("DATA_QUALITY", {}) == NONE

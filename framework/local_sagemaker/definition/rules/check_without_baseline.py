"""A check that can compare with nothing: no baseline is supplied, and no model package group is named.

Only a check that is skipped and registers its new baseline needs no previous one. Any other pair of SkipCheck and
RegisterNewBaseline looks for it among what is supplied, then in the latest approved version of the group.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition, WrittenStep
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-quality-clarify-baseline-lifecycle.html"
GOOD = _examples.definition(_examples.quality_check())
BAD = _examples.with_value(GOOD, "Steps[0].ModelPackageGroupName", _examples.REMOVED)
#: Step type -> what has to be supplied where there is no group.
SUPPLIED = {
    "ClarifyCheck": ("SuppliedBaselineConstraints",),
    "QualityCheck": ("SuppliedBaselineStatistics", "SuppliedBaselineConstraints"),
}


def check(definition: Definition) -> Iterator[Mistake]:
    """Every check step, as its flags are written; a parameter may still make them right."""
    for step in definition.steps:
        missing = [name for name in SUPPLIED.get(step.type, ()) if not step.raw.get(name)]
        if missing and not step.raw.get("ModelPackageGroupName") and not _needs_none(step):
            fix = "name a ModelPackageGroupName, or set both SkipCheck and RegisterNewBaseline"
            yield Mistake(step.path, f"has no {', no '.join(missing)} and no ModelPackageGroupName", fix)


def _needs_none(step: WrittenStep) -> bool:
    return bool(step.raw.get("SkipCheck")) and bool(step.raw.get("RegisterNewBaseline"))

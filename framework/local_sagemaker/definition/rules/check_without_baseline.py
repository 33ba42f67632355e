"""A check has nothing to compare with: it has neither a baseline nor a model package group.

Only a check that is skipped and registers its new baseline needs no previous one. With any other values of SkipCheck
and RegisterNewBaseline, it uses the supplied baseline, or else that of the group's latest approved version.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition, WrittenStep
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-quality-clarify-baseline-lifecycle.html"
GOOD = _examples.definition(_examples.quality_check())
BAD = _examples.with_value(GOOD, "Steps[0].ModelPackageGroupName", _examples.REMOVED)
#: Step type -> the members that are needed if there is no group.
BASELINE_MEMBERS = {
    "ClarifyCheck": ("SuppliedBaselineConstraints",),
    "QualityCheck": ("SuppliedBaselineStatistics", "SuppliedBaselineConstraints"),
}


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every check step, with its flags as written; a parameter may still change them."""
    for step in definition.steps:
        missing = [name for name in BASELINE_MEMBERS.get(step.type, ()) if not step.raw.get(name)]
        if missing and not step.raw.get("ModelPackageGroupName") and not _needs_no_baseline(step):
            fix = "name a ModelPackageGroupName, or set both SkipCheck and RegisterNewBaseline"
            yield Mistake(step.path, f"has no {', no '.join(missing)} and no ModelPackageGroupName", fix)


def _needs_no_baseline(step: WrittenStep) -> bool:
    return bool(step.raw.get("SkipCheck")) and bool(step.raw.get("RegisterNewBaseline"))

"""A member has no effect in local runs, or local runs refuse it.

The service supports it; it matters only if the definition also runs on this machine. Each reason is reported once.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.members import definition_reports
from local_sagemaker.definition.members.table import REFUSED, distinct
from local_sagemaker.definition.rules import NOTE, Mistake, _examples

LEVEL = NOTE
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-local-mode.html"
GOOD = _examples.definition(_examples.training())
BAD = _examples.definition(_examples.training(CacheConfig={"Enabled": True, "ExpireAfter": "P30D"}))


def check(definition: Definition) -> Iterator[Mistake]:
    """Check the members of the definition, of its steps and of their Arguments."""
    for path, treatment, reason in distinct(definition_reports(definition.raw, definition.steps)):
        effect = "is refused" if treatment == REFUSED else "has no effect"
        yield Mistake(path, f"{effect} in local runs: {reason}")

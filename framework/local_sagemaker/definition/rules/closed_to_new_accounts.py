"""A check runs in Model Monitor's or Clarify's image, which AWS closed to new customers in July 2026.

An account that did not use them before cannot run such a step. Said once for a definition.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import NOTE, Mistake, _examples

LEVEL = NOTE
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor.html"
GOOD = _examples.definition(_examples.processing())
BAD = _examples.definition(_examples.quality_check())


def check(definition: Definition) -> Iterator[Mistake]:
    """The first check step."""
    for step in definition.steps:
        if step.type in ("QualityCheck", "ClarifyCheck"):
            words = f"is a {step.type}: accounts that did not use Model Monitor or Clarify by July 2026 cannot run it"
            yield Mistake(
                step.path, words, 'on this machine it runs; on AWS checks of one\'s own do (check_engine="project")'
            )
            return

"""A check runs in an image of Model Monitor or Clarify, which AWS closed to new customers in July 2026.

An account that did not use them before cannot run such a step. It is reported once per definition.
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
    """Report the first check step."""
    for step in definition.steps:
        if step.type in ("QualityCheck", "ClarifyCheck"):
            message = f"is a {step.type}: accounts that did not use Model Monitor or Clarify by July 2026 cannot run it"
            fix = 'on AWS, use the project\'s own checks instead (check_engine="project"); on this machine it runs'
            yield Mistake(step.path, message, fix)
            return

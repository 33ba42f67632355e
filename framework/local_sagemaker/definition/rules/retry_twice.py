"""One exception stands in two retry policies of a step: only one of them can count."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import WARNING, Mistake, _examples
from local_sagemaker.definition.slots import list_items, objects

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html"
_ONE = {"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 5}
_OTHER = {"ExceptionType": ["Step.SERVICE_FAULT"], "MaxAttempts": 2}
GOOD = _examples.definition(_examples.training(RetryPolicies=[_ONE, _OTHER]))
BAD = _examples.definition(_examples.training(RetryPolicies=[_ONE, _OTHER | _ONE]))


def check(definition: Definition) -> Iterator[Mistake]:
    """Every step's policies together."""
    for step in definition.steps:
        seen: set[str] = set()
        for path, policy in objects(step.raw.get("RetryPolicies"), f"{step.path}.RetryPolicies"):
            names = {name for name in list_items(policy.get("ExceptionType")) if isinstance(name, str)}
            if twice := sorted(names & seen):
                yield Mistake(
                    f"{path}.ExceptionType", f"has {', '.join(twice)}, which an earlier policy of the step has"
                )
            seen |= names

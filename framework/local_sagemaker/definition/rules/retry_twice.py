"""An exception is in two retry policies of a step, of which only one can apply."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import WARNING, Mistake, _examples
from local_sagemaker.definition.slots import list_items, objects

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html"
_FIRST = {"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 5}
_SECOND = {"ExceptionType": ["Step.SERVICE_FAULT"], "MaxAttempts": 2}
GOOD = _examples.definition(_examples.training(RetryPolicies=[_FIRST, _SECOND]))
BAD = _examples.definition(_examples.training(RetryPolicies=[_FIRST, _SECOND | _FIRST]))


def check(definition: Definition) -> Iterator[Mistake]:
    """Check the policies of each step together."""
    for step in definition.steps:
        earlier: set[str] = set()
        for path, policy in objects(step.raw.get("RetryPolicies"), f"{step.path}.RetryPolicies"):
            names = {name for name in list_items(policy.get("ExceptionType")) if isinstance(name, str)}
            if repeated := sorted(names & earlier):
                yield Mistake(
                    f"{path}.ExceptionType", f"has {', '.join(repeated)}, which an earlier policy of the step has"
                )
            earlier |= names

"""A retry policy has both MaxAttempts and ExpireAfterMin, but may have only one of them.

Without either, five attempts are made.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html"
_POLICY = {"ExceptionType": ["Step.THROTTLING"], "IntervalSeconds": 30, "BackoffRate": 2.0}
GOOD = _examples.definition(_examples.training(RetryPolicies=[_POLICY | {"MaxAttempts": 5}]))
BAD = _examples.definition(_examples.training(RetryPolicies=[_POLICY | {"MaxAttempts": 5, "ExpireAfterMin": 60}]))


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every retry policy."""
    for path, value, shape, _ in definition.slots:
        is_policy = shape.name == "RetryPolicy" and isinstance(value, dict)
        if is_policy and all(value.get(name) is not None for name in ("MaxAttempts", "ExpireAfterMin")):
            yield Mistake(path, "has both MaxAttempts and ExpireAfterMin", "set only one of them")

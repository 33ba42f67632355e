"""A retry policy with two ends: it has either MaxAttempts or ExpireAfterMin.

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
    """Every policy."""
    for path, value, shape, _ in definition.slots:
        is_policy = shape.name == "RetryPolicy" and isinstance(value, dict)
        if is_policy and all(value.get(name) is not None for name in ("MaxAttempts", "ExpireAfterMin")):
            yield Mistake(path, "has MaxAttempts and ExpireAfterMin", "give one of them")

"""A retry policy without an end, or with two: it has either MaxAttempts or ExpireAfterMin."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.document import Document
from local_sagemaker.definition.rules import ERROR, Problem, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html"
_POLICY = {"ExceptionType": ["Step.THROTTLING"], "IntervalSeconds": 30, "BackoffRate": 2.0}
GOOD = _examples.definition(_examples.training(RetryPolicies=[_POLICY | {"MaxAttempts": 5}]))
BAD = _examples.definition(_examples.training(RetryPolicies=[_POLICY | {"MaxAttempts": 5, "ExpireAfterMin": 60}]))


def check(document: Document) -> Iterator[Problem]:
    """Every policy."""
    for path, value, shape, _ in document.slots:
        if shape.name == "RetryPolicy" and isinstance(value, dict):
            ends = [name for name in ("MaxAttempts", "ExpireAfterMin") if value.get(name) is not None]
            if len(ends) != 1:
                yield Problem(
                    path, f"has {' and '.join(ends) or 'no end'}", "give one of MaxAttempts and ExpireAfterMin"
                )

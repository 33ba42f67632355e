"""One job has network isolation, but another job has network access.

The SDK (3.27) silently drops the flag in its tuner. A Clarify check of a model is exempt, as it must reach the model's
endpoint.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import WARNING, Mistake, _examples, _security

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html"
_FLAG = {"EnableNetworkIsolation": True}
GOOD = _examples.definition(_examples.training("First", arguments=_FLAG), _examples.training("Second", arguments=_FLAG))
BAD = _examples.with_value(GOOD, "Steps[1].Arguments.EnableNetworkIsolation", _examples.REMOVED)


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every job that can be isolated."""
    yield from _security.jobs_without(definition, _security.ISOLATION, "it", _security.calls_model)

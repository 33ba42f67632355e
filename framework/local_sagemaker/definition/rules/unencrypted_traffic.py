"""The traffic between the containers of one job is encrypted, that of another is not.

The SDK's tuner (3.27) loses the flag that its trainer was given, and says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import WARNING, Problem, _examples, _security

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/train-encrypt.html"
_FLAG = {"EnableInterContainerTrafficEncryption": True}
GOOD = _examples.definition(_examples.training("First", arguments=_FLAG), _examples.training("Second", arguments=_FLAG))
BAD = _examples.changed(GOOD, "Steps[1].Arguments.EnableInterContainerTrafficEncryption", _examples.REMOVED)


def check(definition: Definition) -> Iterator[Problem]:
    """Every job that could have it."""
    yield from _security.lacking(definition, _security.TRAFFIC, "it")

"""The traffic between the containers of one job is encrypted, but that of another job is not.

The SDK's tuner (3.27) silently drops this flag of its trainer.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import WARNING, Mistake, _examples, _security

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/train-encrypt.html"
_FLAG = {"EnableInterContainerTrafficEncryption": True}
GOOD = _examples.definition(_examples.training("First", arguments=_FLAG), _examples.training("Second", arguments=_FLAG))
BAD = _examples.with_value(GOOD, "Steps[1].Arguments.EnableInterContainerTrafficEncryption", _examples.REMOVED)


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every job that can encrypt its traffic."""
    yield from _security.jobs_without(definition, _security.TRAFFIC, "it")

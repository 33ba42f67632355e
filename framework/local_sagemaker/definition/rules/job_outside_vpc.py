"""One job runs in a VPC, another does not.

A job without it reaches the internet, and does not reach what only the VPC does. A transform job is where its model is.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import WARNING, Mistake, _examples, _security

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/infrastructure-give-access.html"
_VPC = {"VpcConfig": {"Subnets": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]}}
GOOD = _examples.definition(_examples.training("First", arguments=_VPC), _examples.training("Second", arguments=_VPC))
BAD = _examples.with_value(GOOD, "Steps[1].Arguments.VpcConfig", _examples.REMOVED)


def check(definition: Definition) -> Iterator[Mistake]:
    """Every job that could have it."""
    yield from _security.jobs_without(definition, _security.VPC, "one")

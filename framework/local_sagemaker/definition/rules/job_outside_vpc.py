"""One job runs in a VPC, but another job does not.

A job outside the VPC can reach the internet, but not the resources inside the VPC. A transform job runs where its model
runs.
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
    """Check every job that can run in a VPC."""
    yield from _security.jobs_without(definition, _security.VPC, "one")

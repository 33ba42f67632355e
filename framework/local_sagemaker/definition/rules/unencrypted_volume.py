"""The volumes of one job are encrypted with a key, but those of another job are not.

A job's data is on its volume while it runs. Instances with local storage are exempt, as they take no key.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import WARNING, Mistake, _examples, _security

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html"
_RESOURCES = {
    "InstanceType": "ml.m5.xlarge",
    "InstanceCount": 1,
    "VolumeSizeInGB": 30,
    "VolumeKmsKeyId": "alias/shells",
}
GOOD = _examples.definition(
    _examples.training("First", arguments={"ResourceConfig": _RESOURCES}),
    _examples.training("Second", arguments={"ResourceConfig": _RESOURCES}),
)
BAD = _examples.with_value(GOOD, "Steps[1].Arguments.ResourceConfig.VolumeKmsKeyId", _examples.REMOVED)


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every job that can have a key for its volumes."""
    yield from _security.jobs_without(definition, _security.VOLUMES, "a key", _security.takes_no_key)

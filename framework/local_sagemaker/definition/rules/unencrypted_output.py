"""The outputs of one job are encrypted with a key, but those of another job are not.

If some outputs have a key, an audit will report those without one, and a bucket policy may reject them.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import WARNING, Mistake, _examples, _security

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html"
_OUTPUT = {"S3OutputPath": "s3://bucket/models", "KmsKeyId": "alias/shells"}
GOOD = _examples.definition(
    _examples.training("First", arguments={"OutputDataConfig": _OUTPUT}),
    _examples.training("Second", arguments={"OutputDataConfig": _OUTPUT}),
)
BAD = _examples.with_value(GOOD, "Steps[1].Arguments.OutputDataConfig.KmsKeyId", _examples.REMOVED)


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every job that can have a key for its outputs."""
    yield from _security.jobs_without(definition, _security.OUTPUTS, "a key")

"""The outputs of one job are encrypted with a key, those of another are not.

Where a key is given at all, what is written without it is what an audit finds; a bucket policy may refuse it.
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
    """Every job that could have it."""
    yield from _security.jobs_without(definition, _security.OUTPUTS, "a key")

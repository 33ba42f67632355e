"""A role or a bucket belongs to another account than most roles of the definition.

A name that was copied from another account's definition makes the step fail when it starts. Public buckets and AWS's
own images are not checked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import WARNING, Mistake, _examples

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html"
GOOD = _examples.definition(_examples.processing(), _examples.training())
BAD = _examples.with_value(
    GOOD, "Steps[1].Arguments.OutputDataConfig.S3OutputPath", "s3://sagemaker-us-east-1-444455556666/models"
)
_ROLE = re.compile(r"arn:aws[a-z\-]*:iam::(\d{12}):role/")
#: The SDK's default bucket, and buckets that are named like it.
_BUCKET = re.compile(r"s3://[a-z0-9.\-]*?-[a-z]{2}(?:-[a-z]+)+-\d-(\d{12})(?=/|$)")


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every string that names a role, or a bucket whose name ends with a region and an account."""
    owners = [(path, text, account) for path, text in _strings(definition) if (account := _account(text))]
    roles = Counter(account for _, text, account in owners if _ROLE.match(text))
    usual = next((account for account, _ in roles.most_common(1)), None)
    for path, text, account in owners:
        if usual and account != usual:
            resource = "a role" if _ROLE.match(text) else "a bucket"
            yield Mistake(path, f"names {resource} of the account {account}; the roles are from {usual}")


def _strings(definition: Definition) -> Iterator[tuple[str, str]]:
    yield from ((slot.path, slot.value) for slot in definition.slots if isinstance(slot.value, str))
    for path, value, _ in definition.expressions:
        joined = value.get("Std:Join")
        parts = joined.get("Values") if isinstance(joined, dict) else None
        if isinstance(parts, list) and all(isinstance(part, str) for part in parts[:2]):
            on = joined["On"] if isinstance(joined, dict) and isinstance(joined.get("On"), str) else ""
            yield path, on.join(parts[:2])


def _account(text: str) -> str | None:
    match = _ROLE.match(text) or _BUCKET.match(text)
    return match[1] if match else None

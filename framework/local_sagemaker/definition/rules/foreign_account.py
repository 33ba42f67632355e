"""A role or a bucket of another account than the other roles'.

What was copied from another account's definition fails when its step starts. Public buckets, and AWS's own images,
carry no account that counts here.
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
#: The SDK's default bucket, and those named after it.
_BUCKET = re.compile(r"s3://[a-z0-9.\-]*?-[a-z]{2}(?:-[a-z]+)+-\d-(\d{12})(?=/|$)")


def check(definition: Definition) -> Iterator[Mistake]:
    """Every text that names a role, or a bucket whose name ends with a region and an account."""
    found = [(path, text, account) for path, text in _texts(definition) if (account := _account(text))]
    roles = Counter(account for _, text, account in found if _ROLE.match(text))
    ours = next((account for account, _ in roles.most_common(1)), None)
    for path, text, account in found:
        if ours and account != ours:
            what = "a role" if _ROLE.match(text) else "a bucket"
            yield Mistake(path, f"names {what} of the account {account}; the roles are of {ours}")


def _texts(definition: Definition) -> Iterator[tuple[str, str]]:
    yield from ((slot.path, slot.value) for slot in definition.slots if isinstance(slot.value, str))
    for path, value, _ in definition.expressions:
        joined = value.get("Std:Join")
        parts = joined.get("Values") if isinstance(joined, dict) else None
        if isinstance(parts, list) and all(isinstance(part, str) for part in parts[:2]):
            on = joined["On"] if isinstance(joined, dict) and isinstance(joined.get("On"), str) else ""
            yield path, on.join(parts[:2])


def _account(text: str) -> str | None:
    found = _ROLE.match(text) or _BUCKET.match(text)
    return found[1] if found else None

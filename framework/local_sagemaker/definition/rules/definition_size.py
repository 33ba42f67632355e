"""A definition has more characters than the service allows."""

from __future__ import annotations

import json
from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePipeline.html"
MAX_CHARACTERS = 1_048_576
GOOD = _examples.definition(_examples.fail())
BAD = GOOD | {"Metadata": {"notes": "x" * MAX_CHARACTERS}}


def check(definition: Definition) -> Iterator[Mistake]:
    """Check the length of the definition in JSON's shortest form."""
    length = len(json.dumps(definition.raw, separators=(",", ":"), ensure_ascii=False))
    if length > MAX_CHARACTERS:
        yield Mistake("", f"has {length} characters; the service allows {MAX_CHARACTERS}")

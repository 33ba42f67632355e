"""Something secret stands in the definition, where whoever may describe the pipeline or its jobs reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from local_sagemaker.definition.definition import NESTS, Definition
from local_sagemaker.definition.rules import WARNING, Mistake, _examples
from local_sagemaker.definition.slots import join_path

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html"
_ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:database"
GOOD = _examples.definition(_examples.processing(arguments={"Environment": {"DATABASE_PASSWORD_ARN": _ARN}}))
BAD = _examples.definition(_examples.processing(arguments={"Environment": {"DATABASE_PASSWORD": "to-be-or-not"}}))
#: What a text is called that is secret itself; a SECRET is often the name of one.
_NAME = re.compile(r"(?i)(password|passwd|_pass|secret_?key|private_?key|api_?key|access_?key|[a-z]_?token)$")
_KEY = re.compile(r"(AKIA|ASIA)[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----")
#: What stands for something else: where it is kept, or whether there is one.
_REFERENCE = re.compile(r"(?i)(arn:|s3://|/|\{\{)|(true|false|yes|no|none|\d*)$")
FIX = "keep it in Secrets Manager, and let the container ask for it"


def check(definition: Definition) -> Iterator[Mistake]:
    """Every text whose name, or whose own form, says that it is secret; those that are joined, and defaults, too."""
    for path, name, text in _texts(definition):
        if _KEY.search(text):
            yield Mistake(path, "holds a secret key", FIX)
        elif _NAME.search(name) and not _REFERENCE.match(text):
            yield Mistake(path, "looks like a secret, in plain text", FIX)


def _texts(definition: Definition) -> Iterator[tuple[str, str, str]]:
    """Path, name and text."""
    for step in definition.steps:
        own = {key: value for key, value in step.raw.items() if key != "Arguments"}
        own["Arguments"] = {key: value for key, value in step.arguments.items() if key not in NESTS}
        yield from _inside(own, step.path, "")
    for path, entry in definition.declared:
        if isinstance(entry.get("DefaultValue"), str):
            yield f"{path}.DefaultValue", str(entry.get("Name")), entry["DefaultValue"]


def _inside(value: Any, path: str, name: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, str) and value:
        yield path, name, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _inside(item, join_path(path, key), key)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _inside(item, f"{path}[{number}]", "")

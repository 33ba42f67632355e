"""A secret is written in plain text, where everyone who may describe the pipeline or its jobs can read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from local_sagemaker.definition.definition import STEP_LISTS, Definition
from local_sagemaker.definition.rules import WARNING, Mistake, _examples
from local_sagemaker.definition.slots import join_path

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html"
_ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:database"
GOOD = _examples.definition(_examples.processing(arguments={"Environment": {"DATABASE_PASSWORD_ARN": _ARN}}))
BAD = _examples.definition(_examples.processing(arguments={"Environment": {"DATABASE_PASSWORD": "to-be-or-not"}}))
#: Names of values that are secret; "secret" alone is left out, as it often holds only a secret's name.
_NAME = re.compile(r"(?i)(password|passwd|_pass|secret_?key|private_?key|api_?key|access_?key|[a-z]_?token)$")
_KEY = re.compile(r"(AKIA|ASIA)[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----")
#: Values that are not secrets: a reference to where the secret is stored, or a flag.
_REFERENCE = re.compile(r"(?i)(arn:|s3://|/|\{\{)|(true|false|yes|no|none|\d*)$")
FIX = "store it in Secrets Manager, and let the container read it"


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every string, including joined strings and defaults, for the name or the form of a secret."""
    for path, name, text in _strings(definition):
        if _KEY.search(text):
            yield Mistake(path, "contains a secret key", FIX)
        elif _NAME.search(name) and not _REFERENCE.match(text):
            yield Mistake(path, "looks like a secret, in plain text", FIX)


def _strings(definition: Definition) -> Iterator[tuple[str, str, str]]:
    """Yield the path, name and value of every string."""
    for step in definition.steps:
        members = {key: value for key, value in step.raw.items() if key != "Arguments"}
        members["Arguments"] = {key: value for key, value in step.arguments.items() if key not in STEP_LISTS}
        yield from _strings_inside(members, step.path, "")
    for path, entry in definition.parameter_entries:
        if isinstance(entry.get("DefaultValue"), str):
            yield f"{path}.DefaultValue", str(entry.get("Name")), entry["DefaultValue"]


def _strings_inside(value: Any, path: str, name: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, str) and value:
        yield path, name, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _strings_inside(item, join_path(path, key), key)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _strings_inside(item, f"{path}[{number}]", "")

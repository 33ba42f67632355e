"""A processing job's LocalPath is missing or not below /opt/ml/processing/, or two inputs or outputs have the same one.

An input or output that the program manages itself (AppManaged) needs none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingS3Input.html"
GOOD = _examples.definition(_examples.processing())
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.ProcessingInputs[0].S3Input.LocalPath", "/tmp/data")
_ENDS = ("ProcessingS3Input", "ProcessingS3Output")
_FOLDER = "/opt/ml/processing/"


def _is_managed(definition: Definition, path: str) -> bool:
    """Return whether the input or output around an S3Input or S3Output is one that the program manages itself."""
    around = path.rpartition(".")[0]
    return any(slot.path == around and slot.value.get("AppManaged") for slot in definition.slots)


def check(definition: Definition) -> Iterator[Mistake]:
    """Check the inputs and outputs of every processing job."""
    first: dict[tuple[Any, str], str] = {}
    for path, value, shape, is_open in definition.slots:
        if shape.name not in _ENDS or not isinstance(value, dict) or is_open:
            continue
        local_path = value.get("LocalPath")
        if local_path is None and not _is_managed(definition, path):
            yield Mistake(path, "has no LocalPath", f"name a folder below {_FOLDER}")
        if not isinstance(local_path, str):
            continue
        folder = local_path.rstrip("/")
        if not f"{folder}/".startswith(_FOLDER):
            yield Mistake(path, f"has the LocalPath {local_path}", f"choose a folder below {_FOLDER}")
        step = definition.step_at(path)
        earlier_path = first.setdefault((step.path if step else "", folder), path)
        if earlier_path != path:
            yield Mistake(path, f"has the LocalPath {local_path}, as {earlier_path} does", "give each its own folder")

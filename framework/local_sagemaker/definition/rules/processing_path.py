"""A processing job's LocalPath is not below /opt/ml/processing/, or two inputs or outputs have the same one."""

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


def check(definition: Definition) -> Iterator[Mistake]:
    """Check the inputs and outputs of every processing job."""
    first: dict[tuple[Any, str], str] = {}
    for path, value, shape, is_open in definition.slots:
        local_path = value.get("LocalPath") if shape.name in _ENDS and isinstance(value, dict) and not is_open else None
        if not isinstance(local_path, str):
            continue
        folder = local_path.rstrip("/")
        if not f"{folder}/".startswith(_FOLDER):
            yield Mistake(path, f"has the LocalPath {local_path}", f"choose a folder below {_FOLDER}")
        step = definition.step_at(path)
        earlier_path = first.setdefault((step.path if step else "", folder), path)
        if earlier_path != path:
            yield Mistake(path, f"has the LocalPath {local_path}, as {earlier_path} does", "give each its own folder")

"""An input is to be decompressed, but is not streamed: Gzip needs the input mode Pipe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingS3Input.html"
GOOD = _examples.definition(_examples.processing())
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.ProcessingInputs[0].S3Input.S3CompressionType", "Gzip")
_FIX = "decompress it in the program, or stream it"


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every input of a processing job, and every channel of a training job."""
    for path, value, shape, is_open in definition.slots:
        if not isinstance(value, dict) or is_open:
            continue
        if shape.name == "ProcessingS3Input" and value.get("S3CompressionType") == "Gzip":
            yield from _mistakes(path, value.get("S3InputMode", "File"))
        if shape.name == "Channel" and value.get("CompressionType") == "Gzip":
            step = definition.step_at(path)
            yield from _mistakes(path, value.get("InputMode", _mode_of_job(step.arguments if step else {})))


def _mode_of_job(arguments: Mapping[str, Any]) -> Any:
    """Return the input mode of a training job's channels that have none of their own."""
    request = arguments.get("TrainingJobDefinition", arguments)
    algorithm = request.get("AlgorithmSpecification") if isinstance(request, dict) else None
    return algorithm.get("TrainingInputMode") if isinstance(algorithm, dict) else None


def _mistakes(path: str, mode: Any) -> Iterator[Mistake]:
    if mode in ("File", "FastFile"):
        yield Mistake(path, f"is of the compression type Gzip, but its input mode is {mode}", _FIX)

"""A Std:JsonGet reads a file of S3 that another step writes, but does not wait for that step.

A property file names its step; a URI alone does not. List the writer in DependsOn.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition, WrittenStep
from local_sagemaker.definition.rules import ERROR, Mistake, _examples, _outputs

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-propertyfile.html"
_VALUE = {"Std:JsonGet": {"S3Uri": _examples.execution_prefix("Prepare/report.json"), "Path": "mse"}}
_GATE = _examples.condition("Gate", _examples.compare("LessThan", _VALUE, 6), otherwise=(_examples.fail(),))
GOOD = _examples.definition(_examples.processing(), _GATE | {"DependsOn": ["Prepare"]})
BAD = _examples.definition(_examples.processing(), _GATE)


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every Std:JsonGet with a URI against the outputs of the steps."""
    writers = [
        (_outputs.format_prefix(uri), step)
        for slot, uri in _outputs.output_prefixes(definition)
        if (step := definition.step_at(slot.path))
    ]
    for path, value, reader in definition.expressions:
        request = value.get("Std:JsonGet")
        if not isinstance(request, dict) or "S3Uri" not in request or reader is None:
            continue
        uri = _outputs.format_prefix(request["S3Uri"])
        for prefix, writer in writers:
            if f"{uri}/".startswith(f"{prefix}/") and not _waits(definition, reader, writer):
                message = f"reads {uri}, which {writer.name} writes, and does not wait for it"
                yield Mistake(path, message, f"add {writer.name!r} to DependsOn of {reader.name!r}")


def _waits(definition: Definition, reader: WrittenStep, writer: WrittenStep) -> bool:
    """Return whether a step starts after another one has ended, directly or through other steps."""
    waiting, visited = [reader.name], set()
    while waiting:
        name = waiting.pop()
        if name == writer.name:
            return True
        if name not in visited:
            visited.add(name)
            waiting += definition.edges.get(name, ())
    return False

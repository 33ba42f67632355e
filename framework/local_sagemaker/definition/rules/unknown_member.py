"""An object has a member that its type does not have.

The service ignores no member: a misspelt one ends the step with a ValidationException, minutes after the start.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples
from local_sagemaker.definition.slots import join_path
from local_sagemaker.near_names import did_you_mean

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html"
IS_GENERIC = True
GOOD = _examples.definition(_examples.training(arguments={"EnableNetworkIsolation": True}))
BAD = _examples.definition(_examples.training(arguments={"EnableNetworkIsolatoin": True}))


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every object for members that its shape does not have; nulls are ignored."""
    for path, value, shape, _ in definition.slots:
        if shape.type_name == "structure" and isinstance(value, dict) and not shape.metadata.get("open"):
            for name in sorted(key for key in value.keys() - shape.members.keys() if value[key] is not None):
                hint = did_you_mean(name, shape.members).removeprefix("; ")
                yield Mistake(join_path(path, name), f"is not a member of {shape.name}", hint)

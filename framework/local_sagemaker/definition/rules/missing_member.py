"""An object lacks a required member."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html"
IS_GENERIC = True
GOOD = _examples.definition(_examples.training())
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.RoleArn", _examples.REMOVED)


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every object for the members that its shape requires."""
    for path, value, shape, is_open in definition.slots:
        if shape.type_name == "structure" and isinstance(value, dict) and not is_open:
            for name in shape.required_members:
                if value.get(name) is None:
                    yield Mistake(path, f"lacks {name}", f"{shape.name} needs {', '.join(shape.required_members)}")

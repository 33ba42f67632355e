"""An expression for a value of another type than its place takes, such as an Integer parameter among hyperparameters.

The commonest fault of all: hyperparameters, environments and container arguments are texts, so a numeric parameter must
be joined with nothing to become one. The SDK does not do so by itself; the service finds out when the step starts.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples
from local_sagemaker.definition.value_types import TYPE_OF_SHAPE, fits, type_of

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-parameters.html"
_ROUNDS = _examples.parameter("Rounds", "Integer", 50)
GOOD = _examples.definition(
    _examples.training(
        arguments={"HyperParameters": {"num_round": _examples.join(_examples.get("Parameters.Rounds"), on="")}}
    ),
    Parameters=[_ROUNDS],
)
BAD = _examples.with_value(GOOD, "Steps[0].Arguments.HyperParameters.num_round", _examples.get("Parameters.Rounds"))
_TO_TEXT = 'in a place for text, write {"Std:Join": {"On": "", "Values": [...]}}: to_string() of the SDK'


def check(definition: Definition) -> Iterator[Mistake]:
    """Expressions whose type is known, and is not the place's."""
    for path, value, shape, is_open in definition.slots:
        kind = type_of(definition, value) if is_open else None
        if kind and not fits(kind, shape):
            wanted = TYPE_OF_SHAPE[shape.type_name]
            yield Mistake(
                path, f"takes {wanted}, and the expression gives {kind}", _TO_TEXT if wanted == "String" else ""
            )

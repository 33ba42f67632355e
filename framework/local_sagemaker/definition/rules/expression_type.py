"""An expression has another type than its place takes, such as an Integer parameter among hyperparameters.

This is the most common mistake: hyperparameters, environments and container arguments are strings, so that a number
must be converted by a Std:Join. The SDK does not do so by itself, and the service reports it only when the step starts.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.rules import ERROR, Mistake, _examples
from local_sagemaker.definition.value_types import VALUE_TYPES, fits_shape, value_type

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
_TO_STRING = 'convert it to a string with {"Std:Join": {"On": "", "Values": [...]}}, to_string() in the SDK'


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every expression whose type is known."""
    for path, value, shape, is_open in definition.slots:
        actual = value_type(definition, value) if is_open else None
        if actual and not fits_shape(actual, shape):
            expected = VALUE_TYPES[shape.type_name]
            yield Mistake(
                path, f"takes {expected}, but the expression gives {actual}", _TO_STRING if expected == "String" else ""
            )

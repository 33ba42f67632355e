"""Test how the values of parameters are resolved."""

from __future__ import annotations

from local_sagemaker.definition.definition_errors import ParameterError
from local_sagemaker.definition.parameters import Parameter, resolve

import pytest

DECLARED = {
    "Count": Parameter("Count", "Integer", 1),
    "Limit": Parameter("Limit", "Float", 6.0),
    "Name": Parameter("Name", "String", None),
    "Skip": Parameter("Skip", "Boolean", False),
}


def test_strings_are_converted_to_the_declared_type():
    values = resolve(DECLARED, {"Count": "3", "Limit": "5", "Name": "a", "Skip": "True"})

    assert values == {"Count": 3, "Limit": 5.0, "Name": "a", "Skip": True}
    assert [type(v) for v in values.values()] == [int, float, str, bool]


def test_defaults_replace_missing_values():
    assert resolve(DECLARED, {"Name": "a"}) == {"Count": 1, "Limit": 6.0, "Name": "a", "Skip": False}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"Count": "1.5", "Name": "a"}, "parameter 'Count' is Integer; '1.5' is not"),
        ({"Limit": "low", "Name": "a"}, "parameter 'Limit' is Float; 'low' is not"),
        ({"Limit": "nan", "Name": "a"}, "parameter 'Limit' is Float; 'nan' is not"),
        ({"Skip": "maybe", "Name": "a"}, "parameter 'Skip' is Boolean; 'maybe' is not"),
        ({"Nmae": "a"}, "unknown parameter 'Nmae'; did you mean 'Name'?"),
        ({}, "no value for Name"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(values, message):
    with pytest.raises(ParameterError) as raised:
        resolve(DECLARED, values)

    assert message in str(raised.value)

"""Test every case of cases/*.json: an expression, evaluated in a scope, gives a result or an error.

New cases need no Python.
"""

from __future__ import annotations

import json
from pathlib import Path

from local_sagemaker.definition.definition_errors import ExpressionError
from local_sagemaker.definition.expressions import evaluate

import pytest


def cases():
    for path in sorted(Path(__file__).with_name("cases").glob("*.json")):
        for group in json.loads(path.read_text()):
            for number, case in enumerate(group["cases"]):
                yield pytest.param(group, case, id=f"{path.stem}-{number}")


@pytest.mark.parametrize(("group", "case"), list(cases()))
def test_an_expression_gives_its_result_or_error(group, case):
    objects = group.get("objects", {})

    if "error" in case:
        with pytest.raises(ExpressionError) as raised:
            evaluate(case["expression"], group["scope"], objects.__getitem__)
        assert case["error"] in str(raised.value)
    else:
        result = evaluate(case["expression"], group["scope"], objects.__getitem__)
        assert result == case["result"]
        assert type(result) is type(case["result"])

"""A Std:JsonGet that cannot give a value: no property file of a step, or a Path that is no fixed path.

The path is the service's own: names, ['key'] and [0], joined by dots; it cannot be a parameter.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.definition_errors import ExpressionError
from local_sagemaker.definition.expressions import path_parts, without_root
from local_sagemaker.definition.fits import shorten
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-propertyfile.html"
GOOD = _examples.condition_on_report()
BAD = _examples.condition_on_report("metrics..mse")


def check(definition: Definition) -> Iterator[Mistake]:
    """Every Std:JsonGet that is whole."""
    for path, value, _ in definition.expressions:
        request = value.get("Std:JsonGet")
        if isinstance(request, dict) and "Path" in request:
            yield from _path_problems(path, request["Path"])
            if "PropertyFile" in request:
                yield from _source_problems(path, request["PropertyFile"])


def _path_problems(path: str, asked: Any) -> Iterator[Mistake]:
    if not isinstance(asked, str):
        yield Mistake(path, f"has the Path {shorten(asked)}; it must be a text, known before the execution")
        return
    try:
        path_parts(without_root(asked))
    except ExpressionError as error:
        yield Mistake(path, f"has a Path that cannot be followed: {error}")


def _source_problems(path: str, source: Any) -> Iterator[Mistake]:
    named = source.get("Get") if isinstance(source, dict) else None
    if not isinstance(named, str) or ".PropertyFiles." not in named.replace("['", ".").replace('["', "."):
        words = f"reads {shorten(source)}, which is no property file"
        yield Mistake(path, words, 'name one as {"Get": "Steps.STEP.PropertyFiles.NAME"}')

"""A Std:JsonGet cannot give a value, because it does not name a property file or its Path is not a fixed path.

The path uses the service's own notation: names, ['key'] and [0], joined by dots; it cannot be a parameter.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.definition_errors import ExpressionError
from local_sagemaker.definition.expressions import path_parts, strip_root
from local_sagemaker.definition.fits import shorten
from local_sagemaker.definition.rules import ERROR, Mistake, _examples

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-propertyfile.html"
GOOD = _examples.condition_on_report()
BAD = _examples.condition_on_report("metrics..mse")


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every Std:JsonGet that is complete."""
    for path, value, _ in definition.expressions:
        request = value.get("Std:JsonGet")
        if isinstance(request, dict) and "Path" in request:
            yield from _path_mistakes(path, request["Path"])
            if "PropertyFile" in request:
                yield from _source_mistakes(path, request["PropertyFile"])


def _path_mistakes(path: str, json_path: Any) -> Iterator[Mistake]:
    if not isinstance(json_path, str):
        yield Mistake(path, f"has the Path {shorten(json_path)}; it must be a string, known before the execution")
        return
    try:
        path_parts(strip_root(json_path))
    except ExpressionError as error:
        yield Mistake(path, f"has a Path that cannot be followed: {error}")


def _source_mistakes(path: str, source: Any) -> Iterator[Mistake]:
    reference = source.get("Get") if isinstance(source, dict) else None
    if not isinstance(reference, str) or ".PropertyFiles." not in reference.replace("['", ".").replace('["', "."):
        message = f"reads {shorten(source)}, which is not a property file"
        yield Mistake(path, message, 'name one as {"Get": "Steps.STEP.PropertyFiles.NAME"}')

"""Reads the examples of a lint rule, with the code of their scripts if the rule looks at code."""

from __future__ import annotations

from local_sagemaker.definition.definition import Definition
from local_sagemaker.service_model import sagemaker


def example(rule, kind):
    """Return the definition GOOD or BAD of a rule."""
    code = getattr(rule, "CODE", {})
    return Definition(getattr(rule, kind), sagemaker(), read_code=lambda uri: code.get(uri, {}))

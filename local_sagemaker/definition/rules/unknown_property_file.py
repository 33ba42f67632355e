"""A property file that the step does not have.

The SDK takes the name as it is given, and does not look whether the step has such a file.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.document import Document
from local_sagemaker.definition.rules import ERROR, Problem, _examples, _paths

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-propertyfile.html"
_FILE = {"PropertyFileName": "Report", "OutputName": "train", "FilePath": "report.json"}
_VALUE = {"Std:JsonGet": {"PropertyFile": _examples.get("Steps.Prepare.PropertyFiles.Report"), "Path": "mse"}}
GOOD = _examples.definition(
    _examples.processing(PropertyFiles=[_FILE]),
    _examples.condition("Gate", _examples.compare("LessThan", _VALUE, 6), otherwise=(_examples.fail(),)),
)
BAD = _examples.changed(GOOD, "Steps[0].PropertyFiles[0].PropertyFileName", "Evaluation")


def check(document: Document) -> Iterator[Problem]:
    """Every Get."""
    yield from _paths.leading_nowhere(document, "unknown-property-file")

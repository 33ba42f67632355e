"""A property file is in an output that the step does not have."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition, WrittenStep
from local_sagemaker.definition.rules import ERROR, Mistake, _examples
from local_sagemaker.definition.slots import objects
from local_sagemaker.near_names import did_you_mean

LEVEL = ERROR
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-propertyfile.html"
_FILE = {"PropertyFileName": "Report", "OutputName": "train", "FilePath": "report.json"}
GOOD = _examples.definition(_examples.processing(PropertyFiles=[_FILE]))
BAD = _examples.definition(_examples.processing(PropertyFiles=[_FILE | {"OutputName": "report"}]))


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every property file of every step."""
    for step in definition.steps:
        names = outputs(step)
        for path, file in objects(step.raw.get("PropertyFiles"), f"{step.path}.PropertyFiles"):
            name = file.get("OutputName")
            if isinstance(name, str) and name not in names:
                hint = did_you_mean(name, names).removeprefix("; ")
                listed = ", ".join(names) or "none"
                yield Mistake(f"{path}.OutputName", f"is {name!r}, but the step's outputs are: {listed}", hint)


def outputs(step: WrittenStep) -> list[str]:
    """Return the names of a Processing step's outputs."""
    config = step.arguments.get("ProcessingOutputConfig")
    entries = config.get("Outputs") if isinstance(config, dict) else None
    return [entry["OutputName"] for _, entry in objects(entries) if isinstance(entry.get("OutputName"), str)]

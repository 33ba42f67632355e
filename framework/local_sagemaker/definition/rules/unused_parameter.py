"""A parameter is not used, so that setting it has no effect."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.expressions import references
from local_sagemaker.definition.rules import WARNING, Mistake, _examples

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-parameters.html"
GOOD = _examples.definition(
    _examples.fail(message=_examples.get("Parameters.Message")),
    Parameters=[_examples.parameter("Message", "String", "no")],
)
BAD = _examples.definition(_examples.fail(), Parameters=[_examples.parameter("Message", "String", "no")])


def check(definition: Definition) -> Iterator[Mistake]:
    """Check every declaration that has a name."""
    used = set(references({key: value for key, value in definition.raw.items() if key != "Parameters"}))
    for path, entry in definition.parameter_entries:
        name = entry.get("Name")
        if isinstance(name, str) and name and not {f"Parameters.{name}", f"Parameters['{name}']"} & used:
            yield Mistake(path, f"declares {name!r}, which nothing uses", "use it, or remove it")

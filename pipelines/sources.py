"""What a command looks at: a file, a module with get_pipeline, or a pipeline as it is deployed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, NamedTuple

from local_sagemaker.definition.errors import DefinitionError
from local_sagemaker.definition.parse import load
from pipelines._utils import convert_struct, get_pipeline_driver, known_modules
from pipelines.command_line import add_kwargs, read_text

DEPLOYED = "deployed:"


class Source(NamedTuple):
    """A definition's text; ``file`` is the one to show where something of it is wrong, if there is one."""

    name: str
    text: str
    file: str | None = None

    def definition(self) -> dict[str, Any]:
        """Its JSON; raise DefinitionError, with the source's name, where it is no definition."""
        try:
            return load(self.text)
        except DefinitionError as error:
            raise DefinitionError(f"{self.name}: {error}") from None


def add_sources(parser: argparse.ArgumentParser, *names: str) -> None:
    """The arguments that name definitions, ``source`` by default, and what modules among them are given."""
    for name in names or ("source",):
        argument: Any = parser.add_argument(name, metavar=name.upper(), help="FILE, MODULE or deployed:NAME")
        argument.completer = offered
    add_kwargs(parser)


def offered(**_: Any) -> list[str]:
    """What TAB offers for a source."""
    return [*known_modules(), DEPLOYED]


def read(word: str, kwargs: str | None = None, local: str | bool | None = None, region: str | None = None) -> Source:
    """The definition that a word of the command line names.

    Args:
        word: ``FILE``, ``MODULE`` or ``deployed:NAME``. What is a file, or ends as one, is one.
        kwargs: of a module's get_pipeline, as JSON.
        local: of --local, for what is deployed on this machine; a module then has its region.
        region: on AWS; a module is compiled for it.

    Raises:
        UsageError: there is no such file, module or pipeline; or a module has no region to be compiled for.
    """
    given = convert_struct(kwargs)
    if word.startswith(DEPLOYED):
        return Source(word, _deployed(word.removeprefix(DEPLOYED), local, region))
    if word.endswith(".json") or Path(word).is_file():
        return Source(word, read_text(word), word)
    if local:
        given = {"region": _target(local, region).session.region_name} | given
    elif region:
        given = {"region": region} | given
    text = get_pipeline_driver(word, given).definition()
    return Source(word, text, f"{word.replace('.', '/')}.py")


def _deployed(name: str, local: str | bool | None, region: str | None) -> str:
    found = _target(local, region).client.describe_pipeline(PipelineName=name)
    return str(found["PipelineDefinition"])


def _target(local: str | bool | None, region: str | None) -> Any:
    # Here and not above: to look at a file, boto3 is not needed, and its import is most of the time.
    from pipelines.targets import open_existing_target

    return open_existing_target(local, region)

"""What a command looks at: a file, a module with get_pipeline, or a pipeline as it is deployed."""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from local_sagemaker import project
from local_sagemaker.account import DEFAULTS
from local_sagemaker.definition import definition
from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.definition_errors import DefinitionError
from local_sagemaker.project import known_modules
from local_sagemaker.tools.modules import REGION_VARIABLES, convert_struct, get_pipeline_driver
from local_sagemaker.tools.terminal.command_line import add_kwargs, read_text

DEPLOYED = "deployed:"


class Source(NamedTuple):
    """A definition's text; ``file`` is the one to show where something of it is wrong, if there is one.

    ``account``: what a module is compiled with to be compared with it: region, role and bucket of what is deployed.
    """

    name: str
    text: str
    file: str | None = None
    account: Mapping[str, Any] = MappingProxyType({})

    def definition(self) -> Definition:
        """What it reads; raise DefinitionError, with the source's name, where it is no definition."""
        try:
            return definition.read(self.text)
        except DefinitionError as error:
            raise DefinitionError(f"{self.name}: {error}") from None


def add_sources(parser: argparse.ArgumentParser, *names: str) -> None:
    """The arguments that name definitions, ``source`` by default, and what modules among them are given."""
    for name in names or ("source",):
        argument: Any = parser.add_argument(name, metavar=name.upper(), help="FILE, MODULE or deployed:NAME")
        argument.completer = available_sources
    add_kwargs(parser)


def available_sources(**_: Any) -> list[str]:
    """What TAB offers for a source."""
    return [*known_modules(), DEPLOYED]


def read_all(words: Sequence[str], arguments: argparse.Namespace) -> list[Source]:
    """The definitions that words name; where one is deployed, modules are compiled for its account."""
    found: dict[str, Source] = {}
    account: Mapping[str, Any] = {}
    for word in sorted(words, key=lambda word: not word.startswith(DEPLOYED)):
        found[word] = read(word, arguments.kwargs, arguments.local, arguments.region, account)
        account = account or found[word].account
    return [found[word] for word in words]


def read(
    word: str,
    kwargs: str | None = None,
    local: str | bool | None = None,
    region: str | None = None,
    account: Mapping[str, Any] = MappingProxyType({}),
) -> Source:
    """The definition that a word of the command line names.

    Args:
        word: ``FILE``, ``MODULE`` or ``deployed:NAME``. What is a file, or ends as one, is one.
        kwargs: of a module's get_pipeline, as JSON.
        local: of --local, for what is deployed on this machine; a module then has its region.
        region: on AWS; a module is compiled for it. Where none is named anywhere, that of local.toml will do.
        account: keyword arguments of a module's get_pipeline, which those of ``kwargs`` go before.

    Raises:
        UsageError: there is no such file, module or pipeline.
    """
    given = convert_struct(kwargs)
    if word.startswith(DEPLOYED):
        return _deployed(word, local, region)
    if word.endswith(".json") or Path(word).is_file():
        return Source(word, read_text(word), word)
    if not account and (local or region):
        account = {"region": _target(local, region).session.region_name if local else region}
    named = {**account, **given}
    if not named.get("region") and not any(map(os.environ.get, REGION_VARIABLES)):
        named["region"] = _local_region()
        print(f"no region is named, so {word} is looked at for {named['region']}, that of local.toml", file=sys.stderr)
    text = get_pipeline_driver(word, named).definition()
    return Source(word, text, f"{word.replace('.', '/')}.py")


def _local_region() -> str:
    """The region of the project's local.toml, or else that of a root folder without one."""
    path = project.config()
    return str((DEFAULTS | (tomllib.loads(path.read_text(encoding="utf-8")) if path else {}))["region"])


def _deployed(word: str, local: str | bool | None, region: str | None) -> Source:
    target = _target(local, region)
    found = target.client.describe_pipeline(PipelineName=word.removeprefix(DEPLOYED))
    return Source(word, found["PipelineDefinition"], account=target.defaults({"role": found.get("RoleArn")}, None))


def _target(local: str | bool | None, region: str | None) -> Any:
    # Here and not above: to look at a file, boto3 is not needed, and its import is most of the time.
    from local_sagemaker.tools.targets import open_existing_target

    return open_existing_target(local, region)

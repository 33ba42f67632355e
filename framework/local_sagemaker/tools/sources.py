"""Reads the definition that a command examines: from a file, a module with get_pipeline, or a deployed pipeline."""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from local_sagemaker import project
from local_sagemaker.definition import definition
from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.definition_errors import DefinitionError
from local_sagemaker.definition.step_code import ReadCode, no_code
from local_sagemaker.project import known_modules
from local_sagemaker.root import DEFAULT_ROOT, RECORDS_FILE
from local_sagemaker.settings import DEFAULTS
from local_sagemaker.tools.modules import REGION_VARIABLES, convert_struct
from local_sagemaker.tools.terminal.command_line import add_kwargs, read_text

if TYPE_CHECKING:
    from local_sagemaker.tools.compiling.compiled import Compiled

DEPLOYED_PREFIX = "deployed:"
#: The definition in the folder of a bundle; see ``runs.bundles``.
BUNDLED_DEFINITION = "definition.json"


class Source(NamedTuple):
    """A definition as JSON, with the name that the command line has for it.

    ``file``: the file to which findings refer, if there is one.
    ``account``: the keyword arguments with which a module is compiled to be compared with a deployed pipeline: that
    pipeline's region, role and bucket.
    ``read_code``: reads the code that a module uploads.
    """

    name: str
    text: str
    file: str | None = None
    account: Mapping[str, Any] = MappingProxyType({})
    read_code: ReadCode = no_code

    def definition(self) -> Definition:
        """Return the parsed definition; raise DefinitionError, with the source's name, if it is not a definition."""
        try:
            return definition.read(self.text)
        except DefinitionError as error:
            raise DefinitionError(f"{self.name}: {error}") from None


def add_sources(parser: argparse.ArgumentParser, *names: str) -> None:
    """Add the arguments that name definitions (``source`` by default), and the keyword arguments for modules."""
    for name in names or ("source",):
        argument: Any = parser.add_argument(name, metavar=name.upper(), help="FILE, MODULE or deployed:NAME")
        argument.completer = available_sources
    add_kwargs(parser)


def available_modules(**_: Any) -> list[str]:
    """Return what TAB offers for a module."""
    return known_modules()


def available_sources(**_: Any) -> list[str]:
    """Return what TAB offers for a source."""
    return [*known_modules(), DEPLOYED_PREFIX]


def is_file_name(name: str) -> bool:
    """Return whether a source is a file, or the folder of a bundle, rather than a module."""
    return name.endswith(".json") or Path(name).is_file() or Path(name, BUNDLED_DEFINITION).is_file()


def read_all(names: Sequence[str], arguments: argparse.Namespace) -> list[Source]:
    """Return the definitions with these names; if one is deployed, compile the modules for its account."""
    sources: dict[str, Source] = {}
    account: Mapping[str, Any] = {}
    for name in sorted(names, key=lambda name: not name.startswith(DEPLOYED_PREFIX)):
        sources[name] = read(name, arguments.kwargs, arguments.local, arguments.region, account)
        account = account or sources[name].account
    return [sources[name] for name in names]


def read(
    name: str,
    kwargs: str | None = None,
    local: str | bool | None = None,
    region: str | None = None,
    account: Mapping[str, Any] = MappingProxyType({}),
) -> Source:
    """Return the definition that the command line names.

    Args:
        name: ``FILE``, ``MODULE`` or ``deployed:NAME``. An existing file, or a name that ends in .json, is a FILE.
        kwargs: keyword arguments of a module's get_pipeline, as JSON.
        local: value of --local, for a pipeline deployed on this machine; a module is then compiled for its region.
        region: the AWS region; a module is compiled for it. If no region is named anywhere, that of local.toml is used.
        account: keyword arguments of a module's get_pipeline; those in ``kwargs`` take precedence.

    Raises:
        UsageError: the file, module or pipeline does not exist.
    """
    arguments = convert_struct(kwargs)
    if name.startswith(DEPLOYED_PREFIX):
        return _read_deployed(name, local, region)
    if is_file_name(name):
        file = f"{name}/{BUNDLED_DEFINITION}" if Path(name).is_dir() else name
        return Source(name, read_text(file), file)
    if not account and (region := _root_region(local) or region):
        account = {"region": region}
    compiled = compile_module(name, arguments, account)
    return Source(name, compiled.definition, f"{name.replace('.', '/')}.py", read_code=compiled.read_code)


def compile_module(name: str, arguments: Mapping[str, Any], account: Mapping[str, Any]) -> Compiled:
    """Compile a module to look at its definition: an empty account of this machine answers its calls.

    Args:
        name: the module.
        arguments: keyword arguments for get_pipeline.
        account: region, role and bucket for a get_pipeline that takes them. Without a region here, in the arguments or
            in the environment, it is that of local.toml.
    """
    # Imported here: a FILE does not need boto3, whose import would take most of the time.
    from local_sagemaker.tools.compiling.process import compile_here

    names = [arguments.get("region"), account.get("region"), *map(os.environ.get, REGION_VARIABLES)]
    region = next(filter(None, names), None)
    if not region:
        region, origin = _local_region()
        print(f"no region is set, so {name} is compiled for {region} ({origin})", file=sys.stderr)
    return compile_here(name, arguments, {**account, "region": region}, region)


def _root_region(local: str | bool | None) -> str | None:
    """Return the region of a root that exists; None if the command names none."""
    if not local or (local is True and not Path(DEFAULT_ROOT, RECORDS_FILE).is_file()):
        return None
    return str(_target(local, None).session.region_name)


def _local_region() -> tuple[str, str]:
    """Return the region of the project's local.toml, or the default region, and which of the two it is."""
    path = project.config()
    settings = tomllib.loads(path.read_text(encoding="utf-8")) if path else {}
    return str((DEFAULTS | settings)["region"]), "of local.toml" if "region" in settings else "the default"


def _read_deployed(name: str, local: str | bool | None, region: str | None) -> Source:
    target = _target(local, region)
    pipeline = target.client.describe_pipeline(PipelineName=name.removeprefix(DEPLOYED_PREFIX))
    return Source(
        name, pipeline["PipelineDefinition"], account=target.defaults({"role": pipeline.get("RoleArn")}, None)
    )


def _target(local: str | bool | None, region: str | None) -> Any:
    # Imported here: a FILE does not need boto3, whose import would take most of the time.
    from local_sagemaker.tools.targets import open_existing_target

    return open_existing_target(local, region)

"""Inspect definitions, pipelines, executions, logs and models; stop, retry, approve. On AWS, or on this machine."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from local_sagemaker.tools import commands
from local_sagemaker.tools.command_names import FRAMEWORK, TEMPLATE, command_name
from local_sagemaker.tools.terminal import command_line

#: The entry point group by which a project adds its own subcommands: NAME = MODULE.
ENTRY_POINT_GROUP = "local_sagemaker.commands"
EPILOG = """\
Name an execution by its id, the beginning of its id, PIPELINE/ID or its ARN; a pipeline's name means its newest
execution. Name a model version by GROUP/VERSION or its ARN; a group's name means its newest version that applies.

examples:
  pipelines lint
  pipelines list --local
  pipelines show --local
  pipelines logs AbalonePipeline -f --local
  pipelines approve AbalonePackageGroup/3 --local --reason "reviewed"

TAB completion:  eval "$(register-python-argcomplete pipelines)"

The result goes to stdout (JSON if stdout is not a terminal), messages go to stderr.
exit codes: 0 success, 1 failure, 2 usage error, 3 violations found by a check, 130 interrupted
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``pipelines``, or ``local-sagemaker`` if no template is installed; return the exit code."""
    return command_line.run_command(partial(_main, command_name()), argv)


def local_sagemaker(argv: Sequence[str] | None = None) -> int:
    """Run ``local-sagemaker``, which has the framework's subcommands alone; return the exit code."""
    return command_line.run_command(partial(_main, FRAMEWORK), argv)


def _main(name: str, argv: Sequence[str] | None) -> int:
    strings = list(sys.argv[1:] if argv is None else argv)
    parser = _parser(subcommands(_select_modules(name, strings)), name)
    command_line.complete(parser)
    arguments = parser.parse_args(strings)
    if arguments.verb is None:
        parser.print_help(sys.stderr)
        return 2
    result = _run_offline(arguments) if hasattr(arguments.verb, "FORMATS") else _run_on_target(arguments)
    return arguments.verb.exit_code(result) if result is not None and hasattr(arguments.verb, "exit_code") else 0


def _run_on_target(arguments: argparse.Namespace) -> Any:
    """Run a subcommand on AWS or on a folder of this machine; print and return its result."""
    # Imported here: for a subcommand that needs neither boto3 nor rich, their import would take most of the time.
    from local_sagemaker.tools.targets import open_existing_target, open_target
    from local_sagemaker.tools.terminal import output

    open_any = open_target if getattr(arguments.verb, "MAKES_ROOT", False) else open_existing_target
    open_its = getattr(arguments.verb, "open_target", lambda options: open_any(options.local, options.region))
    result = arguments.verb.run(arguments, open_its(arguments))
    if result is not None:
        output.emit(result, arguments.verb.text, arguments.format)
    return result


def _run_offline(arguments: argparse.Namespace) -> Any:
    """Run a subcommand on definitions; print its result in one of its formats and return it."""
    formats = arguments.verb.FORMATS
    result = arguments.verb.run(arguments)
    if result is None:
        return None
    default = "text" if "text" in formats and sys.stdout.isatty() else next(iter(formats))
    # JSON may contain half of a surrogate pair, which UTF-8 cannot encode.
    print(formats[arguments.format or default](result).encode("utf-8", "backslashreplace").decode())
    return result


def own_commands() -> dict[str, str]:
    """Return name -> module of each subcommand in this folder."""
    names = (module.name for module in iter_modules(commands.__path__) if not module.name.startswith("_"))
    return {name: f"{commands.__name__}.{name}" for name in names}


def known_commands(name: str = TEMPLATE) -> dict[str, str]:
    """Return name -> module of every subcommand of a command: of this folder, and of the template if it is that one."""
    declared = {entry.name: entry.value for entry in entry_points(group=ENTRY_POINT_GROUP) if name == TEMPLATE}
    return dict(sorted((own_commands() | declared).items()))


def subcommands(modules: Mapping[str, str] | None = None) -> dict[str, ModuleType]:
    """Import modules by name -> module; all subcommands by default."""
    return {name: import_module(module) for name, module in (modules or known_commands()).items()}


def _select_modules(command: str, argv: Sequence[str]) -> dict[str, str]:
    """Return the subcommand that the command line names, so that no other is imported.

    All subcommands are needed for help, for TAB, and for an unknown name.
    """
    if not argv or "_ARGCOMPLETE" in os.environ:
        return known_commands(command)
    name = argv[0]
    # Listing the entry points of all installed packages takes 10 ms.
    modules = own_commands() if name in own_commands() else known_commands(command)
    return {name: modules[name]} if name in modules else modules


def _parser(imported: Mapping[str, ModuleType] | None = None, name: str = TEMPLATE) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        name, description=__doc__, epilog=_adapt(EPILOG, name), formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.set_defaults(verb=None, local=None, region=None)
    choices = parser.add_subparsers(metavar="SUBCOMMAND", title="subcommands")
    for verb, module in (imported or subcommands()).items():
        description = (module.__doc__ or "").strip()
        examples = "examples:\n" + "".join(f"  {line}\n" for line in module.EXAMPLES)
        subparser = choices.add_parser(
            verb,
            help=description.partition("\n")[0],
            description=description,
            epilog=_adapt(examples, name),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(subparser)
        command_line.add_local(subparser)
        if name == FRAMEWORK:
            subparser.add_argument("--aws", dest="local", action="store_const", const=None, help="work on AWS")
            subparser.set_defaults(local=True)
        subparser.add_argument("--region", help="AWS region; by default that of the environment or the profile")
        command_line.add_format(subparser, list(getattr(module, "FORMATS", ("json", "text"))))
        subparser.set_defaults(verb=module)
    return parser


def _adapt(text: str, name: str) -> str:
    """Return a text of the help for the command with this name; the framework's own needs no --local."""
    if name == TEMPLATE:
        return text
    return re.sub(rf"\b{TEMPLATE}(?= [a-z]|\))", name, text).replace(" --local", "")


if __name__ == "__main__":
    sys.exit(main())

"""Look at definitions, pipelines, executions, logs and models; stop, retry, approve. On AWS, or on this machine."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from local_sagemaker.tools import commands
from local_sagemaker.tools.terminal import command_line

#: By which a project adds verbs of its own: NAME = MODULE.
GROUP = "local_sagemaker.commands"
EPILOG = """\
An execution is named by its id, the beginning of its id, PIPELINE/ID, its ARN, or by its pipeline for the newest one; a
model version by GROUP/VERSION, its ARN, or by its group.

examples:
  pipelines lint
  pipelines list --local
  pipelines show --local
  pipelines logs AbalonePipeline -f --local
  pipelines approve AbalonePackageGroup/3 --local --reason "reviewed"

For names on TAB:  eval "$(register-python-argcomplete pipelines)"

stdout gets the result (JSON where it is no terminal), stderr the rest.
exit codes: 0 done, 1 failed, 2 wrong use, 3 a check found violations, 130 interrupted
"""


def main(argv: Sequence[str] | None = None) -> int:
    """The command; its exit code."""
    return command_line.run_command(_main, argv)


def _main(argv: Sequence[str] | None) -> int:
    given = list(sys.argv[1:] if argv is None else argv)
    parser = _parser(subcommands(_asked(given)))
    command_line.complete(parser)
    arguments = parser.parse_args(given)
    if arguments.verb is None:
        parser.print_help(sys.stderr)
        return 2
    result = _offline(arguments) if hasattr(arguments.verb, "FORMATS") else _on_target(arguments)
    return arguments.verb.exit_code(result) if result is not None and hasattr(arguments.verb, "exit_code") else 0


def _on_target(arguments: argparse.Namespace) -> Any:
    """What a verb says of AWS, or of a folder of this machine."""
    # Here and not above, for verbs that need neither: boto3 and rich take longer than the rest of such a verb.
    from local_sagemaker.tools.targets import open_existing_target
    from local_sagemaker.tools.terminal import output

    result = arguments.verb.run(arguments, open_existing_target(arguments.local, arguments.region))
    if result is not None:
        output.emit(result, arguments.verb.text, arguments.format)
    return result


def _offline(arguments: argparse.Namespace) -> Any:
    """What a verb says of a definition, in one of the forms that it knows."""
    formats = arguments.verb.FORMATS
    result = arguments.verb.run(arguments)
    usual = "text" if "text" in formats and sys.stdout.isatty() else next(iter(formats))
    # Half a character, as JSON may have it, is no text that can be written.
    print(formats[arguments.format or usual](result).encode("utf-8", "backslashreplace").decode())
    return result


def own_commands() -> dict[str, str]:
    """Name -> module of each verb of this folder."""
    found = (module.name for module in iter_modules(commands.__path__) if not module.name.startswith("_"))
    return {name: f"{commands.__name__}.{name}" for name in found}


def known_commands() -> dict[str, str]:
    """Name -> module of every verb: of this folder, and of the projects that are installed."""
    return dict(sorted((own_commands() | {one.name: one.value for one in entry_points(group=GROUP)}).items()))


def subcommands(asked: Mapping[str, str] | None = None) -> dict[str, ModuleType]:
    """Name -> module, imported; all of them where none is asked for."""
    return {name: import_module(module) for name, module in (asked or known_commands()).items()}


def _asked(argv: Sequence[str]) -> dict[str, str]:
    """The verb that the command line names, so that no other is imported; all for help, a wrong word or TAB."""
    if not argv or "_ARGCOMPLETE" in os.environ:
        return known_commands()
    name = argv[0]
    found = (
        own_commands() if name in own_commands() else known_commands()
    )  # to look through all that is installed takes 10 ms
    return {name: found[name]} if name in found else found


def _parser(imported: Mapping[str, ModuleType] | None = None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "pipelines", description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.set_defaults(verb=None, local=None, region=None)
    choices = parser.add_subparsers(metavar="VERB", title="verbs")
    for name, verb in (imported or subcommands()).items():
        words = (verb.__doc__ or "").strip()
        examples = "examples:\n" + "".join(f"  {line}\n" for line in verb.EXAMPLES)
        its = choices.add_parser(
            name,
            help=words.partition("\n")[0],
            description=words,
            epilog=examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        verb.add_arguments(its)
        command_line.add_local(its)
        its.add_argument("--region", help="on AWS; the environment's or the profile's by default")
        command_line.add_format(its, list(getattr(verb, "FORMATS", ("json", "text"))))
        its.set_defaults(verb=verb)
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""Look at definitions, pipelines, executions, logs and models; stop, retry, approve. On AWS, or on this machine."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from pipelines import command_line, commands

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
    return command_line.edge(_main, argv)


def _main(argv: Sequence[str] | None) -> int:
    given = list(sys.argv[1:] if argv is None else argv)
    parser = _parser(verbs(_asked(given)))
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
    from pipelines import output
    from pipelines.targets import open_existing_target

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


def names() -> list[str]:
    """Every verb: the modules of the folder."""
    return [module.name for module in iter_modules(commands.__path__) if not module.name.startswith("_")]


def verbs(asked: Sequence[str] | None = None) -> dict[str, ModuleType]:
    """Name -> module; all of them where none is asked for."""
    return {name: import_module(f"{commands.__name__}.{name}") for name in asked or names()}


def _asked(argv: Sequence[str]) -> list[str]:
    """The verb that the command line names, so that no other is imported; all for help, a wrong word or TAB."""
    return [argv[0]] if argv and argv[0] in names() and "_ARGCOMPLETE" not in os.environ else names()


def _parser(known: Mapping[str, ModuleType] | None = None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "pipelines", description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.set_defaults(verb=None, local=None, region=None)
    choices = parser.add_subparsers(metavar="VERB", title="verbs")
    for name, verb in (known or verbs()).items():
        words = (verb.__doc__ or "").strip()
        examples = "examples:\n" + "".join(f"  {line}\n" for line in verb.EXAMPLES)
        own = choices.add_parser(
            name,
            help=words.partition("\n")[0],
            description=words,
            epilog=examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        verb.add_arguments(own)
        command_line.add_local(own)
        own.add_argument("--region", help="on AWS; the environment's or the profile's by default")
        command_line.add_format(own, list(getattr(verb, "FORMATS", ("json", "text"))))
        own.set_defaults(verb=verb)
    return parser


if __name__ == "__main__":
    sys.exit(main())

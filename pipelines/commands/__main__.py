"""Look at pipelines, their executions, logs and models; stop, retry, approve. On AWS, or on this machine."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from pipelines import command_line, commands, output
from pipelines.targets import open_existing_target

import argcomplete

EPILOG = """\
An execution is named by its id, the beginning of its id, PIPELINE/ID, its ARN, or by its pipeline for the newest one; a
model version by GROUP/VERSION, its ARN, or by its group.

examples:
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
    parser = _parser()
    argcomplete.autocomplete(parser)
    arguments = parser.parse_args(argv)
    if arguments.verb is None:
        parser.print_help(sys.stderr)
        return 2
    target = open_existing_target(arguments.local, arguments.region)
    result = arguments.verb.run(arguments, target)
    if result is None:
        return 0
    output.emit(result, arguments.verb.text, arguments.format)
    return arguments.verb.exit_code(result) if hasattr(arguments.verb, "exit_code") else 0


def verbs() -> dict[str, ModuleType]:
    """Name -> module."""
    names = [m.name for m in iter_modules(commands.__path__) if not m.name.startswith("_")]
    return {name: import_module(f"{commands.__name__}.{name}") for name in names}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "pipelines", description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.set_defaults(verb=None, local=None, region=None)
    choices = parser.add_subparsers(metavar="VERB", title="verbs")
    for name, verb in verbs().items():
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
        command_line.add_format(own)
        own.set_defaults(verb=verb)
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""Adds the options that the commands share, parses parameters, and handles errors."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from local_sagemaker import project
from local_sagemaker.definition.definition_errors import DefinitionError
from local_sagemaker.project import known_modules
from local_sagemaker.tools import aws_errors
from local_sagemaker.tools.command_errors import Interrupted, LintError, UsageError

from botocore.exceptions import BotoCoreError, ClientError


def run_command(main: Callable[[Sequence[str] | None], int], argv: Sequence[str] | None) -> int:
    """Call ``main`` and return its exit code.

    An expected error becomes one line on stderr and its exit code; any other error a traceback.
    """
    try:
        project.refuse_two_frameworks()
        warn_of_another_clone(Path.cwd())
        code = main(argv)
        sys.stdout.flush()
        return code
    except (KeyboardInterrupt, Interrupted) as error:
        print(str(error) or "interrupted", file=sys.stderr)
        return Interrupted.exit_code
    except BrokenPipeError:
        # The reader of the pipe has closed it. https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if (described := describe(error)) is None:
            raise
        message, error_code = described
        print(f"error: {message}", file=sys.stderr)
        return error_code


def describe(error: Exception) -> tuple[str, int] | None:
    """Return the message and the exit code of an expected error; None for any other."""
    code = _exit_code(error)
    return None if code is None else (_message(error), code)


def warn_of_another_clone(folder: Path) -> None:
    """Warn on stderr if ``folder`` is in a clone of this project, but the running code is from another clone."""
    if (package := project.folder()) is None:
        return
    for parent in (folder, *folder.parents):
        here = parent / package.name
        if here.joinpath("run_pipeline.py").is_file() and here.resolve() != package.resolve():
            print(
                f"WARNING: you are in {parent}, but the code that runs is {package.resolve().parent}.\n"
                f"         To run this folder's code: pip install -e {parent}",
                file=sys.stderr,
            )
            return


def complete(parser: argparse.ArgumentParser) -> None:
    """Print the completions and exit, if the shell asks for them because of TAB."""
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete

        argcomplete.autocomplete(parser)


def add_source(parser: argparse.ArgumentParser) -> None:
    """Add the options that name the pipeline: those of the upstream template, in both spellings."""
    module: Any = parser.add_argument(
        "-n", "--module-name", metavar="MODULE", help="module with get_pipeline, e.g. pipelines.abalone.pipeline"
    )
    module.completer = lambda **_: known_modules()
    add_kwargs(parser)


def add_kwargs(parser: argparse.ArgumentParser) -> None:
    """Add the option with the keyword arguments of a module's get_pipeline."""
    parser.add_argument(
        "-kwargs",
        "--kwargs",
        metavar="JSON",
        help="""get_pipeline's keyword arguments, e.g. '{"region": "eu-west-1", "role": "arn:aws:iam::..."}'""",
    )


def add_local(parser: argparse.ArgumentParser) -> None:
    """Add the option that selects this machine instead of AWS."""
    parser.add_argument(
        "--local",
        nargs="?",
        const=True,
        metavar="ROOT",
        help="run on this machine, in the folder ROOT (default: .local-sagemaker), without AWS",
    )


def add_format(parser: argparse.ArgumentParser, choices: Sequence[str] = ("json", "text")) -> None:
    """Add the option that sets the format in which the result is printed."""
    default = f"{choices[0] if choices[0] != 'json' else 'JSON'} if stdout is not a terminal"
    parser.add_argument("--format", choices=choices, help=f"format of the result on stdout; {default}")


def parameters(assignments: Sequence[str], option: str = "--parameters") -> dict[str, str]:
    """Parse the ``NAME=VALUE`` assignments of an option into a dictionary.

    Raises:
        UsageError: an assignment has no ``=`` or no name, or two have the same name.
    """
    values: dict[str, str] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not name:
            raise UsageError(f"{option} takes NAME=VALUE; got {assignment!r}")
        if name in values:
            raise UsageError(f"parameter {name!r} is given twice")
        values[name] = value
    return values


def read_text(path: str) -> str:
    """Return a file's text; raise UsageError if it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"there is no file {path!r}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path!r}: {error}") from None


def write_text(path: str, text: str) -> None:
    """Write a file; raise UsageError if it cannot be written."""
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path!r}: {error.strerror}") from None


def _exit_code(error: Exception) -> int | None:
    if isinstance(error, ClientError | BotoCoreError):
        return aws_errors.exit_code(error)
    return getattr(error, "exit_code", None)


def _message(error: Exception) -> str:
    """Return an error's message on one line; a list of findings, or of reasons, keeps its lines."""
    if isinstance(error, LintError | DefinitionError):
        return str(error)
    text = aws_errors.message(error) if isinstance(error, ClientError | BotoCoreError) else str(error)
    return " ".join(text.split())

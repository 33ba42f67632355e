"""What the commands share: common options, parameters, and the one place where errors end."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from local_sagemaker import project
from local_sagemaker.project import known_modules
from local_sagemaker.tools import aws_errors
from local_sagemaker.tools.command_errors import Interrupted, LintError, UsageError

from botocore.exceptions import BotoCoreError, ClientError


def run_command(main: Callable[[Sequence[str] | None], int], argv: Sequence[str] | None) -> int:
    """Call ``main``; an error that was foreseen becomes one line on stderr and its exit code, any other a traceback."""
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
        # Whoever read us has read enough. https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if (known := _exit_code(error)) is None:
            raise
        print(f"error: {_message(error)}", file=sys.stderr)
        return known


def warn_of_another_clone(folder: Path) -> None:
    """Say so when ``folder`` lies in a clone of this project, and the code that runs is another clone's."""
    if (package := project.folder()) is None:
        return
    for parent in (folder, *folder.parents):
        here = parent / package.name
        if here.joinpath("run_pipeline.py").is_file() and here.resolve() != package.resolve():
            print(
                f"WARNING: you are in {parent}, but the code that runs is {package.resolve().parent}.\n"
                f"         For this folder's code: pip install -e {parent}",
                file=sys.stderr,
            )
            return


def complete(parser: argparse.ArgumentParser) -> None:
    """Where the shell asks for what TAB offers, answer and end."""
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete

        argcomplete.autocomplete(parser)


def add_source(parser: argparse.ArgumentParser) -> None:
    """The options that say which pipeline: upstream's, in both spellings."""
    module: Any = parser.add_argument(
        "-n", "--module-name", metavar="MODULE", help="module with get_pipeline, e.g. pipelines.abalone.pipeline"
    )
    module.completer = lambda **_: known_modules()
    add_kwargs(parser)


def add_kwargs(parser: argparse.ArgumentParser) -> None:
    """The option that a module's get_pipeline is given."""
    parser.add_argument(
        "-kwargs",
        "--kwargs",
        metavar="JSON",
        help="""get_pipeline's keyword arguments, e.g. '{"region": "eu-west-1", "role": "arn:aws:iam::..."}'""",
    )


def add_local(parser: argparse.ArgumentParser) -> None:
    """The option that says where."""
    parser.add_argument(
        "--local",
        nargs="?",
        const=True,
        metavar="ROOT",
        help="on this machine, in this folder (.local-sagemaker by default); AWS is not involved",
    )


def add_format(parser: argparse.ArgumentParser, choices: Sequence[str] = ("json", "text")) -> None:
    """The option that says how the result is printed."""
    default = f"{choices[0] if choices[0] != 'json' else 'JSON'} where stdout is no terminal"
    parser.add_argument("--format", choices=choices, help=f"of the result on stdout; {default}")


def parameters(words: Sequence[str], option: str = "--parameters") -> dict[str, str]:
    """``NAME=VALUE`` words of an option to a dictionary.

    Raises:
        UsageError: a word without ``=``, or a name given twice.
    """
    given: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UsageError(f"{option} takes NAME=VALUE; got {word!r}")
        if name in given:
            raise UsageError(f"parameter {name!r} is given twice")
        given[name] = value
    return given


def read_text(path: str) -> str:
    """A file's text; raise UsageError when it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"there is no file {path!r}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path!r}: {error}") from None


def write_text(path: str, text: str) -> None:
    """Write a file; raise UsageError when it cannot be written."""
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path!r}: {error.strerror}") from None


def _exit_code(error: Exception) -> int | None:
    if isinstance(error, ClientError | BotoCoreError):
        return aws_errors.exit_code(error)
    return getattr(error, "exit_code", None)


def _message(error: Exception) -> str:
    """One line, whatever it comes from; but a list of findings as it is."""
    if isinstance(error, LintError):
        return str(error)
    text = aws_errors.message(error) if isinstance(error, ClientError | BotoCoreError) else str(error)
    return " ".join(text.split())

"""What the commands share: common options, parameters, and the one place where errors end."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from pipelines.errors import UsageError

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

INTERRUPTED = 130
#: Codes by which AWS says that the request itself is wrong.
WRONG_USE = ("ValidationException", "ResourceNotFound", "ResourceNotFoundException")


def edge(main: Callable[[Sequence[str] | None], int], argv: Sequence[str] | None) -> int:
    """Call ``main``; an error that was foreseen becomes one line on stderr and its exit code, any other a traceback."""
    try:
        return main(argv)
    except KeyboardInterrupt:
        print("interrupted; an execution that has started goes on", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        code = _exit_code(error)
        if code is None:
            raise
        print(f"error: {_message(error)}", file=sys.stderr)
        return code


def add_source(parser: argparse.ArgumentParser) -> None:
    """The options that say which pipeline: upstream's, in both spellings."""
    parser.add_argument(
        "-n", "--module-name", metavar="MODULE", help="module with get_pipeline, e.g. pipelines.abalone.pipeline"
    )
    parser.add_argument(
        "-kwargs",
        "--kwargs",
        metavar="JSON",
        help="""get_pipeline's keyword arguments, e.g. '{"region": "eu-west-1", "role": "arn:aws:iam::..."}'""",
    )


def parameters(words: Sequence[str]) -> dict[str, str]:
    """``NAME=VALUE`` words to a dictionary.

    Raises:
        UsageError: a word without ``=``, or a name given twice.
    """
    given: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UsageError(f"--parameters takes NAME=VALUE; got {word!r}")
        if name in given:
            raise UsageError(f"parameter {name!r} is given twice")
        given[name] = value
    return given


def read_text(path: str) -> str:
    """A file's text; raise UsageError when it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8")
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
    match error:
        case ClientError():
            return 2 if error.response["Error"]["Code"] in WRONG_USE else 1
        case ParamValidationError():
            return 2
        case BotoCoreError():
            return 1
    return getattr(error, "exit_code", None)


def _message(error: Exception) -> str:
    """One line, whatever it comes from."""
    text = error.response["Error"]["Message"] if isinstance(error, ClientError) else str(error)
    return " ".join(text.split())

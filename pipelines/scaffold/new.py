"""Create a use case from a file of rows: its folder, its test and its golden definition.

The command reads the file and writes pipelines/NAME: the columns that a model may use, the container script, and a
pipeline that trains, checks and registers, here and on AWS. You can edit all of it. Columns that leak the target, count
the rows or carry no information are left out. Before anything is written, the command reports what it renamed, left out
or reads as missing, and the option that overrules it. Nothing is overwritten.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from local_sagemaker.tools.command_errors import UsageError

if TYPE_CHECKING:
    from pipelines.scaffold.profile import Overrides, Profile

PROBLEM_TYPES = ("regression", "binary", "multiclass")
EXAMPLES = (
    "pipelines new clams --problem regression --target rings --data clams.csv",
    "pipelines new loans --problem binary --target paid --data loans.csv --drop id branch --numeric income",
)
COLUMN_OPTIONS = {
    "keep": "use these columns, whatever they look like",
    "drop": "do not use these columns",
    "numeric": "read these as numbers; cells that are not numbers are missing",
    "text": "read these as text, even if they are numbers",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments: the name of the use case, the file, the target, and the options for columns."""
    parser.add_argument("name", metavar="NAME", help="name of the package, such as clams")
    parser.add_argument("--problem", choices=PROBLEM_TYPES, required=True)
    parser.add_argument("--target", required=True, metavar="COLUMN", help="the column to predict")
    parser.add_argument("--data", type=Path, required=True, metavar="FILE", help="CSV with a header")
    for option, description in COLUMN_OPTIONS.items():
        parser.add_argument(f"--{option}", nargs="+", action="extend", default=[], metavar="COLUMN", help=description)
    parser.add_argument(
        "--max-missing-marks", type=_parse_share, default=0.05, metavar="SHARE",
        help="a column is numeric if at most this share of its cells is not a number (default: %(default)s)",
    )  # fmt: skip
    rare_options = parser.add_mutually_exclusive_group()
    rare_options.add_argument("--drop-rare", action="store_true", help="skip rows of classes with fewer than 10 rows")
    rare_options.add_argument("--merge-rare", metavar="NAME", help="merge the classes with fewer than 10 rows into one")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Profile the file and write the use case; return the decisions and the paths."""
    # Imported here, not above: the help of all subcommands imports this module, and pandas and the SDK load slowly.
    from pipelines.scaffold import writing
    from pipelines.scaffold.messages import messages
    from pipelines.scaffold.profile import profile_file

    writing.check_name(arguments.name)
    sdk = _import_sdk()
    profile = profile_file(arguments.data, arguments.target, arguments.problem, _overrides(arguments))
    for message in messages(profile):
        print(message, file=sys.stderr)
    _try_preprocessing(arguments.data, profile)
    sdk.join()
    return _result(arguments, profile, writing.write(arguments.name, profile, str(arguments.data)))


def _import_sdk() -> Thread:
    """Start importing the SDK, which takes longest, while the file is read: its readers release the interpreter's lock.

    An import error is raised again, and reported, when the SDK is used.
    """

    def import_it() -> None:
        with suppress(Exception):
            import_module("pipelines.compiling.offline_pipeline")

    thread = Thread(target=import_it, daemon=True)
    thread.start()
    return thread


def _overrides(arguments: argparse.Namespace) -> Overrides:
    from pipelines.scaffold.profile import Overrides

    columns = {option: getattr(arguments, option) for option in COLUMN_OPTIONS}
    return Overrides(
        **columns,
        max_markers=arguments.max_missing_marks,
        drop_rare=arguments.drop_rare,
        merge_rare=arguments.merge_rare,
    )


def _parse_share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError
    return value


def _try_preprocessing(data: Path, profile: Profile) -> None:
    """Raise UsageError if preprocessing would reject the file."""
    from pipelines.scripts.container import InputError
    from pipelines.scripts.preprocess import fit_rows

    try:
        fit_rows([data], 0, profile.schema)[0].finish()
    except InputError as error:
        raise UsageError(str(error)) from None


def _result(arguments: argparse.Namespace, profile: Profile, files: list[str]) -> dict[str, Any]:
    schema, data = profile.schema, shlex.quote(str(arguments.data))
    return {
        "name": arguments.name,
        "problem_type": schema.problem_type,
        "target": schema.label,
        "classes": list(schema.classes),
        "numeric": list(schema.numeric),
        "categorical": {name: len(values) for name, values in schema.categories.items()},
        "dates": dict(schema.dates),
        "frequencies": list(schema.frequencies),
        "left_out": dict(profile.excluded),
        "separator": profile.separator,
        "renamed": dict(profile.renamed),
        "stripped": dict(profile.padded),
        "missing": dict(profile.missing),
        "sums": [profile.leaking_sum] if profile.leaking_sum else [],
        "rows": profile.rows,
        "rows_without_target": profile.without_target,
        "files": files,
        "next": f"run-pipeline -n pipelines.{arguments.name}.pipeline --local --parameters InputDataUrl={data}",
    }


def text(result: dict[str, Any]) -> str:
    """Return the result as lines of text."""
    many_categories = result["frequencies"]
    counts = {
        "numeric": len(result["numeric"]),
        "categorical": len(result["categorical"].keys() - many_categories),
        "with dates": len(result["dates"]),
        "with many categories": len(many_categories),
    }
    column_counts = [f"{count} {name}" for name, count in counts.items() if count]
    lines = [
        f"{result['name']}: {result['problem_type']} of {result['target']}",
        f"  columns: {', '.join(column_counts)}; {result['rows']} rows",
        *(f"  {path}" for path in result["files"]),
        f"next: {result['next']}",
    ]
    return "\n".join(lines)


FORMATS = {"json": json.dumps, "text": text}

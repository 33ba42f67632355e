"""Make a use case of a file of rows: its folder, its test and its golden definition.

Looks at the file, and writes pipelines/NAME: the columns that a model may be told of, the container script, and a
pipeline that trains, checks and registers, here and on AWS. It is yours to edit. Columns that would give the answer
away, count the rows or say nothing are left out; what was left out, renamed, or taken for missing is told before
anything is written, with the option that overrules it. Nothing is overwritten.
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

from local_sagemaker.tools.errors import UsageError

if TYPE_CHECKING:
    from pipelines.scaffold.inspection import Found, Wishes

PROBLEMS = ("regression", "binary", "multiclass")
EXAMPLES = (
    "pipelines new clams --problem regression --target rings --data clams.csv",
    "pipelines new loans --problem binary --target paid --data loans.csv --drop id branch --numeric income",
)
COLUMNS = {
    "keep": "tell the model of these, whatever they look like",
    "drop": "leave these out",
    "numeric": "numbers, whatever share of their cells is none: such are missing",
    "text": "texts, even if they are numbers",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What it is called, and what is to be predicted."""
    parser.add_argument("name", metavar="NAME", help="of the package, such as clams")
    parser.add_argument("--problem", choices=PROBLEMS, required=True)
    parser.add_argument("--target", required=True, metavar="COLUMN", help="what is to be predicted")
    parser.add_argument("--data", type=Path, required=True, metavar="FILE", help="CSV with a header")
    for option, what in COLUMNS.items():
        parser.add_argument(f"--{option}", nargs="+", action="extend", default=[], metavar="COLUMN", help=what)
    parser.add_argument(
        "--max-missing-marks", type=_share, default=0.05, metavar="SHARE",
        help="a column is one of numbers if at most this share of its cells is none, such as ? (default: %(default)s)",
    )  # fmt: skip
    rare = parser.add_mutually_exclusive_group()
    rare.add_argument("--drop-rare", action="store_true", help="leave out classes of fewer than 10 rows")
    rare.add_argument("--merge-rare", metavar="NAME", help="make one class of those of fewer than 10 rows")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """What was found, and what was written."""
    # Here and not above: pandas and the SDK take longer than the help of all verbs, which imports each of them.
    from pipelines.scaffold import writing
    from pipelines.scaffold.inspection import look, messages

    writing.check_name(arguments.name)
    compiles = _imports_the_sdk()
    found = look(arguments.data, arguments.target, arguments.problem, _wishes(arguments))
    print(*messages(found), sep="\n", end="\n" if messages(found) else "", file=sys.stderr)
    _try(arguments.data, found)
    compiles.join()
    return _result(arguments, found, writing.write(arguments.name, found, str(arguments.data)))


def _imports_the_sdk() -> Thread:
    """Begin with what takes longest, while the file is read: its readers leave the interpreter to others.

    What goes wrong goes wrong once more where the SDK is used, and is told there.
    """

    def imports() -> None:
        with suppress(Exception):
            import_module("pipelines.compiling.compiled")

    thread = Thread(target=imports, daemon=True)
    thread.start()
    return thread


def _wishes(arguments: argparse.Namespace) -> Wishes:
    from pipelines.scaffold.inspection import Wishes

    columns = {option: getattr(arguments, option) for option in COLUMNS}
    return Wishes(
        **columns,
        max_markers=arguments.max_missing_marks,
        drop_rare=arguments.drop_rare,
        merge_rare=arguments.merge_rare,
    )


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError
    return value


def _try(data: Path, found: Found) -> None:
    """Raise UsageError where preprocessing would refuse the file."""
    from pipelines.scripts.container import InputError
    from pipelines.scripts.preprocess import fitted

    try:
        fitted([data], 0, found.schema)[0].finish()
    except InputError as error:
        raise UsageError(str(error)) from None


def _result(arguments: argparse.Namespace, found: Found, files: list[str]) -> dict[str, Any]:
    schema, data = found.schema, shlex.quote(str(arguments.data))
    return {
        "name": arguments.name,
        "problem_type": schema.problem_type,
        "target": schema.label,
        "classes": list(schema.classes),
        "numeric": list(schema.numeric),
        "categorical": {name: len(kinds) for name, kinds in schema.categories.items()},
        "dates": dict(schema.dates),
        "frequencies": list(schema.frequencies),
        "left_out": dict(found.left_out),
        "separator": found.separator,
        "renamed": dict(found.renamed),
        "stripped": dict(found.stripped),
        "missing": dict(found.missing),
        "sums": list(found.sums[:1]),
        "rows": found.rows,
        "rows_without_target": found.without_target,
        "files": files,
        "next": f"run-pipeline -n pipelines.{arguments.name}.pipeline --local --parameters InputDataUrl={data}",
    }


OTHERS = {"dates": "dates", "frequencies": "many kinds"}


def text(result: dict[str, Any]) -> str:
    """For a person."""
    kinds = [f"{len(result['numeric'])} numeric", f"{len(result['categorical'])} categorical"]
    kinds += [f"{len(result[of])} of {what}" for of, what in OTHERS.items() if result[of]]
    lines = [
        f"{result['name']}: {result['problem_type']} of {result['target']}",
        f"  columns: {', '.join(kinds)}; {result['rows']} rows",
        *(f"  {path}" for path in result["files"]),
        f"next: {result['next']}",
    ]
    return "\n".join(lines)


FORMATS = {"json": json.dumps, "text": text}

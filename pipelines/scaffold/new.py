"""Make a use case of a file of rows: its folder, its test and its golden definition.

Looks at the file, and writes pipelines/NAME: the columns that a model may be told of, the container script, and a
pipeline that trains, checks and registers, here and on AWS. It is yours to edit. Columns that would give the answer
away, count the rows or say nothing are left out, and it is told which. Nothing is overwritten.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from local_sagemaker.tools.errors import UsageError

if TYPE_CHECKING:
    from pipelines.scaffold.inspection import Found

PROBLEMS = ("regression", "binary", "multiclass")
EXAMPLES = ("pipelines new clams --problem regression --target rings --data clams.csv",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What it is called, and what is to be predicted."""
    parser.add_argument("name", metavar="NAME", help="of the package, such as clams")
    parser.add_argument("--problem", choices=PROBLEMS, required=True)
    parser.add_argument("--target", required=True, metavar="COLUMN", help="what is to be predicted")
    parser.add_argument("--data", type=Path, required=True, metavar="FILE", help="CSV with a header")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """What was found, and what was written."""
    # Here and not above: pandas and the SDK take longer than the help of all verbs, which imports each of them.
    from pipelines.scaffold import writing
    from pipelines.scaffold.inspection import look

    writing.check_name(arguments.name)
    found = look(arguments.data, arguments.target, arguments.problem)
    for column, why in found.left_out.items():
        print(f"left out: {column} {why}", file=sys.stderr)
    _try(arguments.data, found)
    return _result(arguments, found, writing.write(arguments.name, found, str(arguments.data)))


def _try(data: Path, found: Found) -> None:
    """Raise UsageError where preprocessing would refuse the file; nothing of it is kept."""
    from pipelines.scripts.container import InputError
    from pipelines.scripts.preprocess import preprocess

    with TemporaryDirectory() as folder:
        try:
            preprocess(data, Path(folder), 0, found.schema)
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
        "left_out": dict(found.left_out),
        "rows": found.rows,
        "rows_without_target": found.without_target,
        "files": files,
        "next": f"run-pipeline -n pipelines.{arguments.name}.pipeline --local --parameters InputDataUrl={data}",
    }


def text(result: dict[str, Any]) -> str:
    """For a person."""
    kinds = [f"{len(result['numeric'])} numeric", f"{len(result['categorical'])} categorical"]
    lines = [
        f"{result['name']}: {result['problem_type']} of {result['target']}",
        f"  {' and '.join(kinds)} columns, {result['rows']} rows",
        *(f"  {path}" for path in result["files"]),
        f"next: {result['next']}",
    ]
    return "\n".join(lines)


FORMATS = {"json": json.dumps, "text": text}

"""Statistics and constraints of a dataset, as SageMaker Model Monitor writes them; violations of a baseline.

Writes statistics.json and constraints.json, and with --baseline also constraint_violations.json.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from model_monitor import command_line
from model_monitor.data_quality.analysis import analyse
from model_monitor.data_quality.baseline import Baseline
from model_monitor.data_quality.drift import CDF
from model_monitor.monitor_error import MonitorError
from model_monitor.result import CONSTRAINTS, STATISTICS, Result, describe_violation
from model_monitor.tables.scripts import postprocess

EXAMPLES = """\
examples:
  python -m model_monitor data-quality january.csv --output january
  python -m model_monitor data-quality february.csv --baseline january --output february
  python -m model_monitor data-quality records/ --format capture --baseline january --output today

To demand something else than what is suggested, edit a copy of constraints.json and give it with --constraints.
stdout gets the result (JSON where it is no terminal), stderr what a person should know beside it.
exit codes: 0 no violation, 2 wrong use or data that cannot be read, 3 violations
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The dataset, the baseline, and how to read and compare them."""
    add = parser.add_argument
    command_line.add_arguments(parser, "data-quality")
    add(
        "--constraints",
        type=Path,
        metavar="FILE",
        help="these instead of the folder's; without a folder drift is left out",
    )
    add("--statistics", type=Path, metavar="FILE", help="these instead of the folder's")
    add("--drift", choices=CDF, default="compat", help="as AWS computes it, defect included, or mended: %(choices)s")


def run(arguments: argparse.Namespace) -> tuple[dict[str, Any], list[str], int]:
    """Analyse and write; the result for a program, notes for a person, the exit code."""
    command_line.check_output(arguments, arguments.constraints, arguments.statistics)
    dataset = command_line.dataset(arguments)
    result = analyse(dataset, _baseline(arguments), arguments.shape, arguments.drift, command_line.show_progress)
    result.write(arguments.output)
    if arguments.postprocessor:
        postprocess(arguments.postprocessor)
    return _summary(result, arguments), result.notes, 3 if result.violations else 0


def text(summary: dict[str, Any]) -> str:
    """The result for a person."""
    rows = "rows not looked at" if summary["rows"] is None else f"{summary['rows']} rows"
    lines = [f"{rows}, {summary['columns']} columns"]
    if summary["violations"] is not None:
        lines[0] += f", {len(summary['violations'])} violations (drift: {summary['drift']})"
        lines += [f"  {describe_violation(v)}" for v in summary["violations"]]
    return "\n".join([*lines, *(f"  file     {file}" for file in summary["files"])])


def _summary(result: Result, arguments: argparse.Namespace) -> dict[str, Any]:
    return {
        "rows": result.rows,
        "columns": result.columns,
        "violations": result.violations,
        "drift": arguments.drift if result.violations is not None else None,
        "files": [str(arguments.output / name) for name in result.documents],
    }


def _baseline(arguments: argparse.Namespace) -> Baseline | None:
    folder = arguments.baseline
    constraints = arguments.constraints or (folder and folder / CONSTRAINTS)
    statistics = arguments.statistics or (folder and folder / STATISTICS)
    if constraints is None:
        if statistics:
            raise MonitorError("--statistics needs --constraints, or --baseline with both")
        return None
    return Baseline.load(constraints, statistics)

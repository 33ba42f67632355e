"""Compute statistics and constraints of a dataset as SageMaker Model Monitor does, and violations of a baseline.

Writes statistics.json and constraints.json, and with --baseline also constraint_violations.json.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from model_monitor import command_line
from model_monitor.data_quality.analysis import analyse
from model_monitor.data_quality.baseline import Baseline
from model_monitor.data_quality.drift import CDF_BY_METHOD
from model_monitor.monitor_error import MonitorError
from model_monitor.result import CONSTRAINTS_FILE, STATISTICS_FILE, Result, describe_violation
from model_monitor.tables.scripts import postprocess

EXAMPLES = """\
examples:
  model-monitor data-quality january.csv --output january
  model-monitor data-quality february.csv --baseline january --output february
  model-monitor data-quality records/ --format capture --baseline january --output today

To change the suggested constraints, edit a copy of constraints.json and pass it with --constraints.
The result goes to stdout (JSON unless it is a terminal), notes and warnings go to stderr.
exit codes: 0 no violation, 2 invalid arguments or unreadable data, 3 violations
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments for the dataset, the baseline, and how to read and compare them."""
    add = parser.add_argument
    command_line.add_arguments(parser, "data-quality")
    add(
        "--constraints",
        type=Path,
        metavar="FILE",
        help="constraints to use instead of those in --baseline; without any statistics, drift is not checked",
    )
    add("--statistics", type=Path, metavar="FILE", help="statistics to use instead of those in --baseline")
    add(
        "--drift",
        choices=CDF_BY_METHOD,
        default="compat",
        help="compat: as AWS computes drift, with its defect; exact: without it (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> tuple[dict[str, Any], list[str], int]:
    """Run the analysis and write its documents; return the result, notes for the user, and the exit code."""
    command_line.check_output(arguments, arguments.constraints, arguments.statistics)
    dataset = command_line.dataset(arguments)
    result = analyse(dataset, _baseline(arguments), arguments.shape, arguments.drift, command_line.show_progress)
    result.write(arguments.output)
    if arguments.postprocessor:
        postprocess(arguments.postprocessor)
    return _summary(result, arguments), result.notes, 3 if result.violations else 0


def text(summary: dict[str, Any]) -> str:
    """Return the result as text for the user."""
    rows = "rows not counted" if summary["rows"] is None else f"{summary['rows']} rows"
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
    constraints = arguments.constraints or (folder and folder / CONSTRAINTS_FILE)
    statistics = arguments.statistics or (folder and folder / STATISTICS_FILE)
    if constraints is None:
        if statistics:
            raise MonitorError("--statistics needs constraints, too: add --constraints or --baseline")
        return None
    return Baseline.load(constraints, statistics)

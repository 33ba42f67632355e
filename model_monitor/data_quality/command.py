"""Statistics and constraints of a dataset, as SageMaker Model Monitor writes them; violations of a baseline.

Writes statistics.json and constraints.json, and with --baseline also constraint_violations.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from model_monitor.data_quality.analysis import CONSTRAINTS, FILES, STATISTICS, Result, analyse
from model_monitor.data_quality.baseline import Baseline
from model_monitor.data_quality.drift import CDF
from model_monitor.data_quality.statistics import SHAPES
from model_monitor.errors import MonitorError
from model_monitor.tables.dataset import Dataset
from model_monitor.tables.files import files_in
from model_monitor.tables.partitions import PACKED
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
#: --format -> the analyzer's dataset_format.
FORMATS: dict[str, dict[str, Any]] = {
    "csv": {"csv": {"header": True}},
    "csv-without-header": {"csv": {"header": False}},
    "json-lines": {"json": {"lines": True}},
    "parquet": {"parquet": {}},
    "capture": {"sagemakerCaptureJson": {}},
    "manifest": {"batchCaptureManifest": {}},
}
_BY_SUFFIX = {".jsonl": "json-lines", ".json": "json-lines", ".parquet": "parquet"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The dataset, the baseline, and how to read and compare them."""
    add = parser.add_argument
    add("data", type=Path, help="a file, or a folder of files; packed ones (.gz, .bz2) too")
    add("--output", type=Path, default=Path("data-quality"), help="the folder to write to (default: %(default)s)")
    add("--baseline", type=Path, metavar="FOLDER", help="compare with the statistics and constraints in this folder")
    add(
        "--constraints",
        type=Path,
        metavar="FILE",
        help="these instead of the folder's; without a folder drift is left out",
    )
    add("--statistics", type=Path, metavar="FILE", help="these instead of the folder's")
    add("--format", choices=FORMATS, help="of the data; by the file's name where it is not given, else csv")
    add("--root", action="append", default=[], metavar="URI=FOLDER", help="manifest: where the objects below a URI lie")
    add("--preprocessor", type=Path, metavar="FILE", help="a script with preprocess_handler(record)")
    add("--postprocessor", type=Path, metavar="FILE", help="a script with postprocess_handler()")
    add("--shape", choices=SHAPES, default=SHAPES[0], help="of the documents: AWS's since 2023, or those of 2021")
    add("--drift", choices=CDF, default="compat", help="as AWS computes it, defect included, or mended: %(choices)s")


def run(arguments: argparse.Namespace) -> tuple[dict[str, Any], list[str], int]:
    """Analyse and write; the result for a program, notes for a person, the exit code."""
    _check_output(arguments)
    dataset = Dataset(arguments.data, FORMATS[_format(arguments)], arguments.preprocessor, _roots(arguments.root))
    result = analyse(dataset, _baseline(arguments), arguments.shape, arguments.drift, _show_progress)
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
        lines += [f"  {v['feature_name']}: {v['description']}" for v in summary["violations"]]
    return "\n".join([*lines, *(f"  file     {file}" for file in summary["files"])])


def _check_output(arguments: argparse.Namespace) -> None:
    """The baseline stays what it is."""
    output, files = arguments.output, (arguments.constraints, arguments.statistics)
    folders = [arguments.baseline, *(path.parent for path in files if path and path.name in FILES)]
    if output.resolve() in [folder.resolve() for folder in folders if folder]:
        raise MonitorError(f"--output {str(output)!r} is where the baseline is; give another folder")
    if output.exists() and not output.is_dir():
        raise MonitorError(f"--output {str(output)!r} is no folder")


def _show_progress(done: int, total: int) -> None:
    """How far it is, to a person at a terminal."""
    if sys.stderr.isatty() and total > 1:
        print(f"\r{done} of {total} parts", end="\n" if done == total else "", file=sys.stderr, flush=True)


def _summary(result: Result, arguments: argparse.Namespace) -> dict[str, Any]:
    return {
        "rows": result.rows,
        "columns": result.columns,
        "violations": result.violations,
        "drift": arguments.drift if result.violations is not None else None,
        "files": [str(arguments.output / name) for name in result.documents],
    }


def _format(arguments: argparse.Namespace) -> str:
    """As it was given, else by the ending of the first file."""
    if arguments.format:
        return str(arguments.format)
    suffixes = [s.lower() for s in files_in(arguments.data)[0].suffixes if s.lower() not in PACKED]
    return _BY_SUFFIX.get(suffixes[-1] if suffixes else "", "csv")


def _baseline(arguments: argparse.Namespace) -> Baseline | None:
    folder = arguments.baseline
    constraints = arguments.constraints or (folder and folder / CONSTRAINTS)
    statistics = arguments.statistics or (folder and folder / STATISTICS)
    if constraints is None:
        if statistics:
            raise MonitorError("--statistics needs --constraints, or --baseline with both")
        return None
    return Baseline.load(constraints, statistics)


def _roots(words: list[str]) -> dict[str, str]:
    pairs = [word.partition("=") for word in words]
    if any(not equals for _, equals, _ in pairs):
        raise MonitorError(f"--root takes URI=FOLDER; got {json.dumps(words)}")
    return {uri: folder for uri, _, folder in pairs}

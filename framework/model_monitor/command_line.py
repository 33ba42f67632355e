"""Defines what the subcommands share: arguments for the dataset, its format and the output, and the progress line."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from model_monitor.monitor_error import MonitorError
from model_monitor.result import DOCUMENT_FILES, SHAPES
from model_monitor.tables.dataset import Dataset
from model_monitor.tables.files import files_in
from model_monitor.tables.partitions import COMPRESSION_BY_SUFFIX

#: --format -> the analyzer's dataset_format.
FORMATS: dict[str, dict[str, Any]] = {
    "csv": {"csv": {"header": True}},
    "csv-without-header": {"csv": {"header": False}},
    "json-lines": {"json": {"lines": True}},
    "parquet": {"parquet": {}},
    "capture": {"sagemakerCaptureJson": {}},
    "merged": {"sagemakerMergeJson": {}},
    "manifest": {"batchCaptureManifest": {}},
}
_BY_SUFFIX = {".jsonl": "json-lines", ".json": "json-lines", ".parquet": "parquet"}


def add_arguments(parser: argparse.ArgumentParser, output: str) -> None:
    """Add the arguments that every analysis has.

    Args:
        parser: the subcommand's parser.
        output: the default folder to write to.
    """
    add = parser.add_argument
    add("data", type=Path, help="a file, or a folder of files; also compressed (.gz, .bz2)")
    add("--output", type=Path, default=Path(output), help="the folder to write to (default: %(default)s)")
    add("--baseline", type=Path, metavar="FOLDER", help="compare with the documents in this folder")
    add("--format", choices=FORMATS, help="format of the data (default: by the file's name, else csv)")
    add(
        "--root",
        action="append",
        default=[],
        metavar="URI=FOLDER",
        help="manifest: the folder with the objects below a URI",
    )
    add("--preprocessor", type=Path, metavar="FILE", help="a script with preprocess_handler(record)")
    add("--postprocessor", type=Path, metavar="FILE", help="a script with postprocess_handler()")
    add(
        "--shape",
        choices=SHAPES,
        default=SHAPES[0],
        help="shape of the documents: AWS's since 2023, or that of 2021 (default: %(default)s)",
    )


def dataset(arguments: argparse.Namespace) -> Dataset:
    """Return the dataset that the arguments name.

    Raises:
        MonitorError: there is no such file, or --root is not URI=FOLDER.
    """
    return Dataset(
        arguments.data,
        FORMATS[arguments.format or format_of(arguments.data)],
        arguments.preprocessor,
        _roots(arguments.root),
    )


def check_output(arguments: argparse.Namespace, *files: Path | None) -> None:
    """Raise MonitorError if the output would overwrite the baseline or the data; call this before the analysis."""
    output = arguments.output
    folders = [arguments.baseline, *(path.parent for path in files if path and path.name in DOCUMENT_FILES)]
    if output.resolve() in [folder.resolve() for folder in folders if folder]:
        raise MonitorError(f"--output {str(output)!r} is where the baseline is; give another folder")
    data = arguments.data.resolve()
    if output.resolve().is_relative_to(data) or data in [output.resolve() / name for name in DOCUMENT_FILES]:
        raise MonitorError(f"--output {str(output)!r} is where the data are; give another folder")
    if arguments.postprocessor and not arguments.postprocessor.is_file():
        raise MonitorError(f"there is no script {str(arguments.postprocessor)!r}")
    if output.exists() and not output.is_dir():
        raise MonitorError(f"--output {str(output)!r} is not a folder")


def show_progress(done: int, total: int) -> None:
    """Print how many parts are done, if the user is at a terminal."""
    if sys.stderr.isatty() and total > 1:
        print(f"\r{done} of {total} parts", end="\n" if done == total else "", file=sys.stderr, flush=True)


def format_of(path: Path) -> str:
    """Return the format that the suffix of a file, or of a folder's first file, stands for."""
    suffixes = [s.lower() for s in files_in(path)[0].suffixes if s.lower() not in COMPRESSION_BY_SUFFIX]
    return _BY_SUFFIX.get(suffixes[-1] if suffixes else "", "csv")


def _roots(arguments: list[str]) -> dict[str, str]:
    pairs = [argument.partition("=") for argument in arguments]
    if any(not equals for _, equals, _ in pairs):
        raise MonitorError(f"--root takes URI=FOLDER; got {json.dumps(arguments)}")
    return {uri: folder for uri, _, folder in pairs}

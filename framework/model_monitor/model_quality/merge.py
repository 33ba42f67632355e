"""Predictions that were captured, merged with what turned out to be true.

Writes the JSON lines that AWS's merge job writes, for model-quality --format merged.
"""

from __future__ import annotations

import argparse
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from model_monitor.monitor_error import MonitorError
from model_monitor.tables.files import files_in
from model_monitor.tables.ground_truth import MergeCounts, merge
from model_monitor.tables.partitions import PACKED

EXAMPLES = """\
examples:
  python -m model_monitor merge captured/ truth/ --output merged.jsonl

A captured record and a record of the truth meet by inferenceId where the prediction has one, else by eventId.
exit codes: 0 merged, 2 wrong use, data that cannot be read, or nothing that meets
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Both kinds of records, and the file to write."""
    parser.add_argument("captured", type=Path, help="a file or folder of captured records")
    parser.add_argument("truth", type=Path, help="a file or folder of ground truth records")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="the file to write")


def run(arguments: argparse.Namespace) -> tuple[dict[str, Any], list[str], int]:
    """Merge and write; the result for a program, notes for a person, the exit code."""
    counts, output = MergeCounts(), arguments.output
    for source in (arguments.captured, arguments.truth):
        if output.resolve().is_relative_to(source.resolve()):
            raise MonitorError(f"--output {str(output)!r} is, or lies in, {str(source)!r}, which is read; name another")
    if not output.name or output.is_dir() or output.suffix.lower() in PACKED:
        raise MonitorError(f"--output {str(output)!r} must be a file, and not a packed one")
    records = merge(files_in(arguments.captured), files_in(arguments.truth), counts)
    partial = output.with_name(".merged.partial")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(record)}\n" for record in records)
        if not counts.met:
            raise MonitorError(
                f"none of {counts.predictions} predictions meets one of {counts.truths} truths: no inferenceId or "
                "eventId is the same"
            )
        partial.replace(output)
    except OSError as error:
        raise MonitorError(f"cannot write {str(output)!r}: {error.strerror}") from None
    finally:
        with suppress(OSError):  # the folder may not be one
            partial.unlink(missing_ok=True)
    return {**vars(counts), "files": [str(output)]}, _notes(counts), 0


def text(summary: dict[str, Any]) -> str:
    """The result for a person."""
    counts = "{predictions} predictions, {truths} truths, {met} met".format(**summary)
    return "\n".join([counts, *(f"  file     {file}" for file in summary["files"])])


def _notes(counts: MergeCounts) -> list[str]:
    missing = counts.predictions - counts.met
    return [f"{missing} predictions have no truth yet and were left out"] if missing else []

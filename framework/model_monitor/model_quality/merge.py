"""Merge captured predictions with the ground truth.

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
from model_monitor.tables.partitions import COMPRESSION_BY_SUFFIX

EXAMPLES = """\
examples:
  model-monitor merge captured/ ground-truth/ --output merged.jsonl

Records are matched by inferenceId if the prediction has one, else by eventId.
exit codes: 0 merged, 2 invalid arguments, unreadable data, or no match
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments for both types of records, and the file to write."""
    parser.add_argument("captured", type=Path, help="a file or folder of captured records")
    parser.add_argument("truth", type=Path, help="a file or folder of ground truth records")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="the file to write")


def run(arguments: argparse.Namespace) -> tuple[dict[str, Any], list[str], int]:
    """Merge the records and write them; return the result, notes for the user, and the exit code."""
    counts, output = MergeCounts(), arguments.output
    for source in (arguments.captured, arguments.truth):
        if output.resolve().is_relative_to(source.resolve()):
            raise MonitorError(
                f"--output {str(output)!r} is the input {str(source)!r}, or is inside it; give another file"
            )
    if not output.name or output.is_dir() or output.suffix.lower() in COMPRESSION_BY_SUFFIX:
        raise MonitorError(f"--output {str(output)!r} must name an uncompressed file, not a folder")
    records = merge(files_in(arguments.captured), files_in(arguments.truth), counts)
    partial = output.with_name(".merged.partial")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(record)}\n" for record in records)
        if not counts.met:
            raise MonitorError(
                f"none of {counts.predictions} predictions matches any of {counts.truths} ground truth records: "
                "they have no inferenceId or eventId in common"
            )
        partial.replace(output)
    except OSError as error:
        raise MonitorError(f"cannot write {str(output)!r}: {error.strerror}") from None
    finally:
        with suppress(OSError):  # the output's parent may be a file
            partial.unlink(missing_ok=True)
    return {**vars(counts), "files": [str(output)]}, _notes(counts), 0


def text(summary: dict[str, Any]) -> str:
    """Return the result as text for the user."""
    counts = "{predictions} predictions, {truths} ground truths, {met} met".format(**summary)
    return "\n".join([counts, *(f"  file     {file}" for file in summary["files"])])


def _notes(counts: MergeCounts) -> list[str]:
    missing = counts.predictions - counts.met
    return [f"{missing} predictions have no ground truth yet and were left out"] if missing else []

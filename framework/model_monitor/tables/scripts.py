"""Run the user's own scripts: a record preprocessor before the analysis, a postprocessor after it.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-pre-and-post-processing.html
"""

from __future__ import annotations

import inspect
import logging
import math
import runpy
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from model_monitor.monitor_error import MonitorError
from model_monitor.tables import capture
from model_monitor.tables.chunk import Chunk
from model_monitor.tables.files import lines
from model_monitor.tables.json_lines import chunks
from model_monitor.tables.partitions import Partition

CAPTURE_FORMAT = "sagemakerCaptureJson"


def preprocess(partition: Partition, format_name: str, script: Path) -> Iterator[Chunk]:
    """Yield the rows that ``preprocess_handler(record)`` (or ``(record, logger)``) makes of each record.

    The handler returns a dictionary, a list of them, or nothing to skip the record. Columns are ordered by their names.

    Args:
        partition: one partition of the dataset.
        format_name: the dataset's format. If it is ``sagemakerCaptureJson``, each record is what an endpoint captured;
            otherwise, it is one line, which is passed as the input's data.
        script: the Python file.

    Raises:
        MonitorError: the script has no such function, or it failed; the message names the record.
    """
    handler = _load_function(script, "preprocess_handler")
    for part in partition:
        yield from chunks(part, _rows(_records(part.file, format_name), handler, script))


def postprocess(script: Path) -> None:
    """Call ``postprocess_handler()``.

    Raises:
        MonitorError: the script has no such function, or it failed.
    """
    handler = _load_function(script, "postprocess_handler")
    try:
        handler()
    except (Exception, SystemExit) as error:
        raise _failure(script, "after the analysis", error) from error


def _rows(
    records: Iterator[tuple[str, SimpleNamespace]], handler: Callable[..., Any], script: Path
) -> Iterator[dict[str, Any]]:
    logger_arguments = [logging.getLogger("model_monitor.preprocessor")][
        : len(inspect.signature(handler).parameters) - 1
    ]
    for where, record in records:
        try:
            result = handler(record, *logger_arguments) or []
        except (Exception, SystemExit) as error:
            raise _failure(script, where, error) from error
        for row in result if isinstance(result, list) else [result]:
            if not isinstance(row, Mapping):
                raise MonitorError(
                    f"{script.name}, {where}: preprocess_handler returned {row!r}, which is not a dictionary"
                )
            yield {str(name): _to_python(row[name]) for name in sorted(row, key=str)}


def _to_python(value: Any) -> Any:
    """Return NumPy's scalars as Python's, and None for NaN."""
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and math.isnan(value) else value


def _records(file: Path, format_name: str) -> Iterator[tuple[str, SimpleNamespace]]:
    if format_name != CAPTURE_FORMAT:
        for number, line in enumerate(lines(file), 1):
            if line.strip():
                text = line.decode("utf-8", errors="replace").rstrip("\r")
                yield f"{file.name}, line {number}", _record({"endpointInput": {"data": text}}, {})
        return
    for where, record in capture.records(file):
        yield where, _record(record["captureData"], record)


def _record(captured: Mapping[str, Any], record: Mapping[str, Any]) -> SimpleNamespace:
    def part(name: str) -> SimpleNamespace:
        values = captured.get(name) or {}
        return SimpleNamespace(data=values.get("data", ""), encoding=values.get("encoding", "CSV"))

    return SimpleNamespace(
        endpoint_input=part("endpointInput"),
        endpoint_output=part("endpointOutput"),
        event_metadata=SimpleNamespace(**(record.get("eventMetadata") or {})),
        ground_truth=(record.get("groundTruthData") or {}).get("data"),
    )


def _load_function(script: Path, name: str) -> Callable[..., Any]:
    if not script.is_file():
        raise MonitorError(f"there is no script {str(script)!r}")
    try:
        function = runpy.run_path(str(script)).get(name)
    except (Exception, SystemExit) as error:
        raise _failure(script, "while it was loaded", error) from error
    if not callable(function):
        raise MonitorError(f"{script.name} has no function {name}")
    return function


def _failure(script: Path, where: str, error: BaseException) -> MonitorError:
    return MonitorError(f"{script.name} failed ({where}): {type(error).__name__}: {error}")

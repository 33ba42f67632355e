"""The caller's own scripts: a record preprocessor before the analysis, a postprocessor after it.

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

CAPTURE = "sagemakerCaptureJson"


def preprocessed(partition: Partition, name: str, script: Path) -> Iterator[Chunk]:
    """The rows that ``preprocess_handler(record)``, or ``preprocess_handler(record, logger)``, makes of each record.

    It returns a dictionary, a list of them, or nothing to leave the record out. Columns are ordered by their names.

    Args:
        partition: of the dataset.
        name: of its format. Records are what an endpoint captured, else the lines of the files, as the input's data.
        script: the Python file.

    Raises:
        MonitorError: the script has no such function, or it failed; the message says at which record.
    """
    handler = _function(script, "preprocess_handler")
    for part in partition:
        yield from chunks(part, _rows(_records(part.file, name), handler, script))


def postprocess(script: Path) -> None:
    """Call ``postprocess_handler()``.

    Raises:
        MonitorError: the script has no such function, or it failed.
    """
    handler = _function(script, "postprocess_handler")
    try:
        handler()
    except (Exception, SystemExit) as error:
        raise _failed(script, "after the analysis", error) from error


def _rows(
    records: Iterator[tuple[str, SimpleNamespace]], handler: Callable[..., Any], script: Path
) -> Iterator[dict[str, Any]]:
    logger = [logging.getLogger("model_monitor.preprocessor")][: len(inspect.signature(handler).parameters) - 1]
    for where, record in records:
        try:
            made = handler(record, *logger) or []
        except (Exception, SystemExit) as error:
            raise _failed(script, where, error) from error
        for row in made if isinstance(made, list) else [made]:
            if not isinstance(row, Mapping):
                raise MonitorError(f"{script.name}, {where}: preprocess_handler gave {row!r}, which is no dictionary")
            yield {str(name): _plain(row[name]) for name in sorted(row, key=str)}


def _plain(value: Any) -> Any:
    """NumPy's scalars as Python's; what is no number is missing."""
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and math.isnan(value) else value


def _records(file: Path, name: str) -> Iterator[tuple[str, SimpleNamespace]]:
    if name != CAPTURE:
        for number, line in enumerate(lines(file), 1):
            if line.strip():
                text = line.decode("utf-8", errors="replace").rstrip("\r")
                yield f"{file.name}, line {number}", _record({"endpointInput": {"data": text}}, {})
        return
    for where, record in capture.records(file):
        yield where, _record(record["captureData"], record)


def _record(captured: Mapping[str, Any], record: Mapping[str, Any]) -> SimpleNamespace:
    def part(name: str) -> SimpleNamespace:
        given = captured.get(name) or {}
        return SimpleNamespace(data=given.get("data", ""), encoding=given.get("encoding", "CSV"))

    return SimpleNamespace(
        endpoint_input=part("endpointInput"),
        endpoint_output=part("endpointOutput"),
        event_metadata=SimpleNamespace(**(record.get("eventMetadata") or {})),
        ground_truth=(record.get("groundTruthData") or {}).get("data"),
    )


def _function(script: Path, name: str) -> Callable[..., Any]:
    if not script.is_file():
        raise MonitorError(f"there is no script {str(script)!r}")
    try:
        found = runpy.run_path(str(script)).get(name)
    except (Exception, SystemExit) as error:
        raise _failed(script, "as it was loaded", error) from error
    if not callable(found):
        raise MonitorError(f"{script.name} has no function {name}")
    return found


def _failed(script: Path, where: str, error: BaseException) -> MonitorError:
    return MonitorError(f"{script.name} failed, {where}: {type(error).__name__}: {error}")

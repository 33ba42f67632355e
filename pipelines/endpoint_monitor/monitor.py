"""The container script of the monitoring step: captured requests and answers in, what has drifted out."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model_monitor.data_quality.analysis import analyse
from model_monitor.data_quality.baseline import Baseline
from model_monitor.data_quality.drift import CDF
from model_monitor.data_quality.metrics import OF_ENDPOINT, metric_data
from model_monitor.monitor_error import MonitorError
from model_monitor.result import CONSTRAINTS, STATISTICS, Result
from model_monitor.tables import capture
from pipelines.endpoint_monitor.metrics import put
from pipelines.endpoint_monitor.received import Row, table
from pipelines.scripts.container import InputError, files_in, ml, run

REPORT_FILE = "report.json"


def main() -> None:
    """Read the arguments and compare; violations are reported, not an error."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("captured", "baseline"):
        parser.add_argument(f"--{name}", type=Path, default=ml("processing", name), help="its folder")
    parser.add_argument("--output", type=Path, default=ml("processing", "endpoint_quality"))
    parser.add_argument("--drift", choices=CDF, default="exact", help="how it is computed (default: %(default)s)")
    parser.add_argument(
        "--metrics",
        nargs=2,
        metavar=("URL", "SCHEDULE"),
        help="send metrics of .../<endpoint>/<variant>",
    )
    given = parser.parse_args()
    dimensions = _dimensions(*given.metrics) if given.metrics else None
    try:
        print(json.dumps(monitor(given.captured, given.baseline, given.output, given.drift, dimensions)))
    except MonitorError as error:
        raise InputError(str(error)) from None


def monitor(
    captured: Path, baseline: Path, output: Path, drift: str = "exact", dimensions: dict[str, str] | None = None
) -> dict[str, Any]:
    """Write statistics, constraints, violations, and the report, which is returned: rows, violations, of which columns.

    Args:
        captured: the folder with the captured files.
        baseline: the folder with statistics.json and constraints.json.
        output: the folder to write to.
        drift: compat, as AWS computes it, by which columns of few values never drift; or exact.
        dimensions: of the metrics that are sent to CloudWatch; None for none. That they cannot be sent is said on
            stderr and in the report, and is no error: drift is still reported.

    Raises:
        InputError, MonitorError: a record is not of this model, or one of the files is not what it should be.
    """
    compared = Baseline.load(baseline / CONSTRAINTS, baseline / STATISTICS)
    columns = [feature.name for feature in compared.constraints.features][1:]
    with table(columns, _rows(captured, len(columns))) as (dataset, count):
        result = analyse(dataset, compared, method=drift)
    result.write(output)
    violated = list(dict.fromkeys(one["feature_name"] for one in result.violations or ()))
    report = {"rows": count, "violations": len(result.violations or ()), "violated": ", ".join(violated) or "none"}
    if dimensions:
        report["metrics"] = _sent(result, compared, dimensions)
    output.joinpath(REPORT_FILE).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return report


def _sent(result: Result, compared: Baseline, dimensions: dict[str, str]) -> int | str:
    """How many metrics were sent, or why not."""
    try:
        return put(OF_ENDPOINT, list(metric_data(result, compared, dimensions)))
    except InputError as error:
        print(f"warning: {error}", file=sys.stderr)
        return f"none: {error}"


def _dimensions(capture_url: str, schedule: str) -> dict[str, str]:
    """A captured file lies at <DestinationS3Uri>/<endpoint>/<variant>/<year>/<month>/<day>/<hour>/."""
    return {"Endpoint": capture_url.rstrip("/").rsplit("/", 2)[-2], "MonitoringSchedule": schedule}


def _rows(captured: Path, width: int) -> Iterator[Row]:
    for file in files_in(captured):
        for where, record in capture.records(file):
            asked, answered = (capture.part(record["captureData"], name, where) for name in capture.INDEX_NAMES)
            # XGBoost's server puts the answers for several rows into one line, or a line each.
            predictions = [cell for row in answered for cell in row]
            if len(predictions) != len(asked):
                raise InputError(f"{where}: {len(asked)} rows were asked for, and {len(predictions)} numbers answered")
            for prediction, row in zip(predictions, asked, strict=True):
                if len(row) != width:
                    raise InputError(f"{where}: a row of {len(row)} cells, where the model takes {width} features")
                yield [_number(cell, where) for cell in (prediction, *row)]


def _number(cell: str, where: str) -> float | None:
    try:
        return float(cell) if cell.strip() else None
    except (AttributeError, ValueError):
        raise InputError(f"{where}: {cell!r} is no number; requests and answers have to be captured as CSV") from None


if __name__ == "__main__":
    run(main)

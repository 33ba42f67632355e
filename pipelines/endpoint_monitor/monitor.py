"""Run the monitoring step in its container: report how captured requests and answers have drifted."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model_monitor.data_quality.analysis import analyse
from model_monitor.data_quality.baseline import Baseline
from model_monitor.data_quality.drift import CDF_BY_METHOD
from model_monitor.data_quality.metrics import ENDPOINT_NAMESPACE, metric_data
from model_monitor.monitor_error import MonitorError
from model_monitor.result import CONSTRAINTS_FILE, STATISTICS_FILE, Result
from model_monitor.tables import capture
from pipelines.endpoint_monitor.metrics import put_metrics
from pipelines.endpoint_monitor.received import Row, dataset_of_rows
from pipelines.scripts.container import InputError, files_in, ml, run

REPORT_FILE = "report.json"


def main() -> None:
    """Read the arguments and compare; violations are reported, but are not an error."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("captured", "baseline"):
        parser.add_argument(f"--{name}", type=Path, default=ml("processing", name), help=f"folder of the {name} files")
    parser.add_argument("--output", type=Path, default=ml("processing", "endpoint_quality"))
    parser.add_argument(
        "--drift",
        choices=CDF_BY_METHOD,
        default="exact",
        help="compat: as AWS; exact: without its defect (default: %(default)s)",
    )
    parser.add_argument(
        "--metrics",
        nargs=2,
        metavar=("URL", "SCHEDULE"),
        help="send metrics to CloudWatch; URL is that of the captured data, .../<endpoint>/<variant>",
    )
    arguments = parser.parse_args()
    dimensions = _metric_dimensions(*arguments.metrics) if arguments.metrics else None
    try:
        print(
            json.dumps(monitor(arguments.captured, arguments.baseline, arguments.output, arguments.drift, dimensions))
        )
    except MonitorError as error:
        raise InputError(str(error)) from None


def monitor(
    captured: Path,
    baseline_folder: Path,
    output: Path,
    drift: str = "exact",
    dimensions: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Write statistics, constraints, violations, and the report; return the report.

    The report has the numbers of rows and of violations, and the columns that violate a constraint.

    Args:
        captured: the folder with the captured files.
        baseline_folder: the folder with statistics.json and constraints.json.
        output: the folder to write to.
        drift: compat, as AWS computes it, so that columns with few values never drift; or exact.
        dimensions: those of the metrics for CloudWatch; None to send no metrics. If sending fails, stderr and the
            report say so, and it is not an error: drift is still reported.

    Raises:
        InputError, MonitorError: a record does not fit this model, or one of the files is invalid.
    """
    baseline = Baseline.load(baseline_folder / CONSTRAINTS_FILE, baseline_folder / STATISTICS_FILE)
    columns = [feature.name for feature in baseline.constraints.features][1:]
    with dataset_of_rows(columns, _captured_rows(captured, len(columns))) as (dataset, count):
        result = analyse(dataset, baseline, method=drift)
    result.write(output)
    violated = list(dict.fromkeys(violation["feature_name"] for violation in result.violations or ()))
    report = {"rows": count, "violations": len(result.violations or ()), "violated": ", ".join(violated) or "none"}
    if dimensions:
        report["metrics"] = _send_metrics(result, baseline, dimensions)
    output.joinpath(REPORT_FILE).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return report


def _send_metrics(result: Result, baseline: Baseline, dimensions: dict[str, str]) -> int | str:
    """Send the metrics; return how many were sent, or why none was."""
    try:
        return put_metrics(ENDPOINT_NAMESPACE, list(metric_data(result, baseline, dimensions)))
    except InputError as error:
        print(f"warning: {error}", file=sys.stderr)
        return f"none: {error}"


def _metric_dimensions(capture_url: str, schedule: str) -> dict[str, str]:
    """Return the dimensions of the metrics: the endpoint's name, taken from the capture URL, and the schedule.

    A captured file's URI is <DestinationS3Uri>/<endpoint>/<variant>/<year>/<month>/<day>/<hour>/<file>.
    """
    return {"Endpoint": capture_url.rstrip("/").rsplit("/", 2)[-2], "MonitoringSchedule": schedule}


def _captured_rows(captured: Path, width: int) -> Iterator[Row]:
    for file in files_in(captured):
        for location, record in capture.records(file):
            requested, answers = (
                capture.part_rows(record["captureData"], name, location) for name in capture.INDEX_NAMES
            )
            # XGBoost's server puts the answers for several rows into one line, or a line each.
            predictions = [cell for row in answers for cell in row]
            if len(predictions) != len(requested):
                raise InputError(
                    f"{location}: the request has {len(requested)} rows, but the answer has {len(predictions)} numbers"
                )
            for prediction, row in zip(predictions, requested, strict=True):
                if len(row) != width:
                    raise InputError(f"{location}: a row has {len(row)} cells, but the model takes {width} features")
                yield [_parse_number(cell, location) for cell in (prediction, *row)]


def _parse_number(cell: str, location: str) -> float | None:
    try:
        return float(cell) if cell.strip() else None
    except (AttributeError, ValueError):
        raise InputError(
            f"{location}: {cell!r} is not a number; requests and answers have to be captured as CSV"
        ) from None


if __name__ == "__main__":
    run(main)

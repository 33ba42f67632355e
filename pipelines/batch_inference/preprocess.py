"""Run the preprocessing step in its container: turn raw CSV into features with a model's featurizer.

If the baseline's documents are given, it also writes ``baseline/constraints.json``: the constraints that the batch is
compared with, with the tolerance that a sample of its size needs.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from model_monitor.data_quality.constraints import load_document
from model_monitor.data_quality.tolerance import relax
from model_monitor.monitor_error import MonitorError
from model_monitor.result import CONSTRAINTS_FILE
from pipelines.batch_inference.batch import REPORT_FILE, Task, has_rows, preprocess, tasks, write_report
from pipelines.scripts.container import InputError, hosts, ml, not_negative, only_file, run
from pipelines.scripts.features import Featurizer
from pipelines.scripts.preprocess import FEATURIZER

DROP, FAIL = BAD_ROWS = ("Drop", "Fail")
BASELINE = "baseline"


def main() -> None:
    """Read the arguments and preprocess; each of several instances takes its share of the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ml("processing", "data"), help="a CSV file or a folder of them")
    parser.add_argument(
        "--featurizer", type=Path, default=ml("processing", "featurizer"), help="the featurizer's folder"
    )
    parser.add_argument("--output", type=Path, default=ml("processing"), help="folder for the outputs' folders")
    parser.add_argument(
        "--id-column", default="id", help="the column that identifies a row, if there is one (default: %(default)s)"
    )
    parser.add_argument("--bad-rows", choices=BAD_ROWS, default=FAIL, help="leave bad rows out, or fail")
    for name in ("statistics", "constraints"):
        parser.add_argument(
            f"--{name}", type=Path, default=ml("processing", name), help=f"the baseline's {name}, if it has one"
        )
    excess = "by how many standard deviations a share may exceed the baseline's (default: %(default)s)"
    parser.add_argument("--tolerance", type=not_negative, default=0.0, help=excess)
    arguments = parser.parse_args()
    featurizer = Featurizer.load(arguments.featurizer / FEATURIZER)
    own_tasks, other_tasks = _split_tasks(tasks(arguments.data, arguments.output, featurizer, arguments.id_column))
    report = preprocess(own_tasks, arguments.output, arguments.bad_rows == DROP)
    print(f"{report.read} rows read, {report.written} written, {report.read - report.written} left out")
    _relax(arguments, report.written)
    number, count = hosts()
    document = report.document() | {"instance": number + 1, "instances": count}
    if number:
        write_report(arguments.output, f"report-{number + 1}.json", document)
    else:  # the Condition step reads only this report, so has_rows is about all instances
        is_empty = not report.written and not any(map(has_rows, other_tasks))
        write_report(arguments.output, REPORT_FILE, document | {"has_rows": int(not is_empty)})


def _relax(arguments: argparse.Namespace, rows: int) -> None:
    """Write the constraints with the tolerance that a batch of this size needs, if there is a baseline.

    Raises:
        InputError: a document is invalid.
    """
    if not arguments.constraints.exists():
        return
    try:
        constraints, statistics = (
            load_document(only_file(getattr(arguments, name), f"with {name}"), name, "features")
            for name in ("constraints", "statistics")
        )
        relaxed = relax(constraints, statistics, rows, arguments.tolerance)
    except MonitorError as error:
        raise InputError(str(error)) from None
    folder = arguments.output / BASELINE
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath(CONSTRAINTS_FILE).write_text(json.dumps(relaxed, indent=2) + "\n", encoding="utf-8")


def _split_tasks(all_tasks: list[Task]) -> tuple[list[Task], list[Task]]:
    """Return the tasks of this instance, and those of all other instances."""
    number, count = hosts()
    return all_tasks[number::count], [task for n, task in enumerate(all_tasks) if n % count != number]


if __name__ == "__main__":
    run(main)

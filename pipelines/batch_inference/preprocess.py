"""The container script of the preprocessing step: raw CSV and a model's featurizer in, its features out.

Beside them, where the baseline's documents are given, ``baseline/constraints.json``: what the batch is held against,
with the tolerance that a sample of its size needs.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from model_monitor.data_quality.constraints import load_document
from model_monitor.data_quality.tolerance import relax
from model_monitor.monitor_error import MonitorError
from model_monitor.result import CONSTRAINTS
from pipelines.batch_inference.batch import REPORT, Task, has_rows, preprocess, tasks, write_report
from pipelines.scripts.container import InputError, hosts, ml, not_negative, only_file, run
from pipelines.scripts.features import Featurizer
from pipelines.scripts.preprocess import FEATURIZER

DROP, FAIL = BAD_ROWS = ("Drop", "Fail")
BASELINE, RELAXED = "baseline", CONSTRAINTS


def main() -> None:
    """Read the arguments and preprocess; of several instances each takes its part of the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ml("processing", "data"), help="a CSV file or a folder of them")
    parser.add_argument("--featurizer", type=Path, default=ml("processing", "featurizer"), help="its folder")
    parser.add_argument("--output", type=Path, default=ml("processing"), help="where the outputs' folders are")
    parser.add_argument("--id-column", default="id", help="that names a row, where there is one (default: %(default)s)")
    parser.add_argument("--bad-rows", choices=BAD_ROWS, default=FAIL, help="leave them out, or fail")
    for name in ("statistics", "constraints"):
        parser.add_argument(
            f"--{name}", type=Path, default=ml("processing", name), help="the baseline's, if it is there"
        )
    excess = "standard deviations that a share may exceed the baseline's by (default: %(default)s)"
    parser.add_argument("--tolerance", type=not_negative, default=0.0, help=excess)
    arguments = parser.parse_args()
    featurizer = Featurizer.load(arguments.featurizer / FEATURIZER)
    own, others = _shared_out(tasks(arguments.data, arguments.output, featurizer, arguments.id_column))
    report = preprocess(own, arguments.output, arguments.bad_rows == DROP)
    print(f"{report.read} rows read, {report.written} written, {report.read - report.written} left out")
    _relax(arguments, report.written)
    number, count = hosts()
    document = report.document() | {"instance": number + 1, "instances": count}
    if number:
        write_report(arguments.output, f"report-{number + 1}.json", document)
    else:  # the one that the condition reads: it speaks for all
        is_empty = not report.written and not any(map(has_rows, others))
        write_report(arguments.output, REPORT, document | {"has_rows": int(not is_empty)})


def _relax(arguments: argparse.Namespace, rows: int) -> None:
    """Write the constraints with the tolerance that a batch of this size needs, if there is a baseline.

    Raises:
        InputError: a document is not what it should be.
    """
    if not arguments.constraints.exists():
        return
    try:
        constraints, statistics = (
            load_document(only_file(getattr(arguments, name), f"with {name}"), name, "features")
            for name in ("constraints", "statistics")
        )
        found = relax(constraints, statistics, rows, arguments.tolerance)
    except MonitorError as error:
        raise InputError(str(error)) from None
    folder = arguments.output / BASELINE
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath(RELAXED).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def _shared_out(files: list[Task]) -> tuple[list[Task], list[Task]]:
    """The files of this instance, and those of the others."""
    number, count = hosts()
    return files[number::count], [file for n, file in enumerate(files) if n % count != number]


if __name__ == "__main__":
    run(main)

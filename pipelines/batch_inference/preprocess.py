"""The container script of the preprocessing step: raw CSV and a model's featurizer in, its features out."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipelines.batch_inference.batch import REPORT, Task, has_rows, preprocess, tasks, write_report
from pipelines.scripts.container import hosts, ml, run
from pipelines.scripts.features import Featurizer
from pipelines.scripts.preprocess import FEATURIZER

DROP, FAIL = BAD_ROWS = ("Drop", "Fail")


def main() -> None:
    """Read the arguments and preprocess; of several instances each takes its part of the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ml("processing", "data"), help="a CSV file or a folder of them")
    parser.add_argument("--featurizer", type=Path, default=ml("processing", "featurizer"), help="its folder")
    parser.add_argument("--output", type=Path, default=ml("processing"), help="where the outputs' folders are")
    parser.add_argument("--id-column", default="id", help="that names a row, where there is one (default: %(default)s)")
    parser.add_argument("--bad-rows", choices=BAD_ROWS, default=FAIL, help="leave them out, or fail")
    arguments = parser.parse_args()
    featurizer = Featurizer.load(arguments.featurizer / FEATURIZER)
    own, others = _shared_out(tasks(arguments.data, arguments.output, featurizer, arguments.id_column))
    report = preprocess(own, arguments.output, arguments.bad_rows == DROP)
    print(f"{report.read} rows read, {report.written} written, {report.read - report.written} left out")
    number, count = hosts()
    document = report.document() | {"instance": number + 1, "instances": count}
    if number:
        write_report(arguments.output, f"report-{number + 1}.json", document)
    else:  # the one that the condition reads: it speaks for all
        is_empty = not report.written and not any(map(has_rows, others))
        write_report(arguments.output, REPORT, document | {"has_rows": int(not is_empty)})


def _shared_out(files: list[Task]) -> tuple[list[Task], list[Task]]:
    """The files of this instance, and those of the others."""
    number, count = hosts()
    return files[number::count], [file for n, file in enumerate(files) if n % count != number]


if __name__ == "__main__":
    run(main)

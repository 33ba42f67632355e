"""Run one of this project's own checks; this is the program that the check's processing job runs.

    python3 check.pyz --check DATA_QUALITY --skip-check false --register-new-baseline false --fail-on-violation true

Violations end the job with exit code 3, unless they are only to be reported; the report is written in either case.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from model_monitor.job.analyses import ANALYSES
from model_monitor.job.check import CheckJob, CheckResult, run
from model_monitor.monitor_error import MonitorError
from model_monitor.result import describe_violation
from pipelines.scripts.archive import extract_model
from pipelines.scripts.container import InputError, files_in, ml

VIOLATIONS_EXIT_CODE, ERROR_EXIT_CODE = 3, 1
#: Option -> its folder below /opt/ml/processing.
FOLDERS = {**{name: name for name in ("data", "config", "baseline", "model")}, "output": "check"}
BOOLEAN_OPTIONS = ("skip-check", "register-new-baseline", "fail-on-violation")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the check; return the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        with tempfile.TemporaryDirectory() as folder:
            result = run(_check_job(arguments, Path(folder)), ANALYSES[arguments.check])
    except (MonitorError, InputError, OSError) as error:
        return _report_end(f"error: {' '.join(str(error).split())}", ERROR_EXIT_CODE)
    for line in (
        *(f"note: {note}" for note in result.notes),
        *map(describe_violation, map(dict, result.violations or ())),
    ):
        print(line)
    return _report_end(result.message, _exit_code(result, arguments.fail_on_violation))


def _exit_code(result: CheckResult, fail_on_violation: bool) -> int:
    return VIOLATIONS_EXIT_CODE if result.violations and fail_on_violation else 0


def _report_end(message: str, code: int) -> int:
    """Print the message, and write it to the file from which SageMaker takes a job's exit message."""
    print(message, file=sys.stderr if code else sys.stdout)
    path = ml("output", "message")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(message, encoding="utf-8")
    return code


def _check_job(arguments: argparse.Namespace, folder: Path) -> CheckJob:
    archive = files_in(arguments.model)[0] if arguments.model.is_dir() else None
    return CheckJob(
        arguments.check,
        arguments.skip_check,
        arguments.register_new_baseline,
        arguments.data,
        files_in(arguments.config)[0],
        arguments.baseline,
        arguments.output,
        extract_model(archive, folder) if archive else None,
    )


def _parse_flag(text: str) -> bool:
    """Return the value of a boolean parameter, which the service writes as true and Python as True."""
    if text.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", choices=ANALYSES, required=True)
    for name in BOOLEAN_OPTIONS:
        parser.add_argument(f"--{name}", type=_parse_flag, required=True, metavar="true|false")
    for name, folder in FOLDERS.items():
        parser.add_argument(f"--{name}", type=Path, default=ml("processing", folder), metavar="FOLDER")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""A check of this project's own: the program of its processing job.

    python3 check.pyz --check DATA_QUALITY --skip-check false --register-new-baseline false --fail-on-violation true

Violations end the job with exit code 3, unless they are only to be reported; its report is there all the same.
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
from pipelines.scripts.archive import model_in
from pipelines.scripts.container import InputError, files_in, ml

VIOLATED, FAILED = 3, 1
#: Option -> its folder below /opt/ml/processing.
FOLDERS = {**{name: name for name in ("data", "config", "baseline", "model")}, "output": "check"}
FLAGS = ("skip-check", "register-new-baseline", "fail-on-violation")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the check; the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = run(_job(arguments, Path(folder)), ANALYSES[arguments.check])
    except (MonitorError, InputError, OSError) as error:
        return _end(f"error: {' '.join(str(error).split())}", FAILED)
    for line in (
        *(f"note: {note}" for note in found.notes),
        *map(describe_violation, map(dict, found.violations or ())),
    ):
        print(line)
    return _end(found.message, _code(found, arguments.fail_on_violation))


def _code(found: CheckResult, fail_on_violation: bool) -> int:
    return VIOLATED if found.violations and fail_on_violation else 0


def _end(said: str, code: int) -> int:
    """Say it in the log, and where SageMaker takes a job's exit message from."""
    print(said, file=sys.stderr if code else sys.stdout)
    message = ml("output", "message")
    message.parent.mkdir(parents=True, exist_ok=True)
    message.write_text(said, encoding="utf-8")
    return code


def _job(arguments: argparse.Namespace, folder: Path) -> CheckJob:
    archive = files_in(arguments.model)[0] if arguments.model.is_dir() else None
    return CheckJob(
        arguments.check,
        arguments.skip_check,
        arguments.register_new_baseline,
        arguments.data,
        files_in(arguments.config)[0],
        arguments.baseline,
        arguments.output,
        model_in(archive, folder) if archive else None,
    )


def _flag(text: str) -> bool:
    """A parameter's value as text: the service writes true, Python True."""
    if text.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", choices=ANALYSES, required=True)
    for name in FLAGS:
        parser.add_argument(f"--{name}", type=_flag, required=True, metavar="true|false")
    for name, folder in FOLDERS.items():
        parser.add_argument(f"--{name}", type=Path, default=ml("processing", folder), metavar="FOLDER")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""The program of one instance; exit code 1 when a file could not be transformed."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from local_sagemaker.batch_transform import containers
from local_sagemaker.batch_transform.records import RecordError
from local_sagemaker.batch_transform.transform import Settings, transform
from local_sagemaker.errors import JobError
from local_sagemaker.sandbox.folders import Sandbox
from local_sagemaker.sandbox.programs import Program

TIMEOUT_SECONDS, RETRIES = 600, 3  # of ModelClientConfig, where a job has none


def main(specification: str) -> int:
    """Transform the files that the specification lists, and write down what went wrong where it says."""
    gc.set_threshold(100_000)  # lists of thousands of rows come and go, and none of them is part of a cycle
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started ends too
    given = json.loads(Path(specification).read_text(encoding="utf-8"))
    if given["cores"]:
        os.sched_setaffinity(0, given["cores"])
    try:
        failures = _transformed(given)
    except JobError as error:
        failures = [str(error)]
    if failures:
        more = f" (and {len(failures) - 1} more files)" if len(failures) > 1 else ""
        Path(given["failure"]).write_text(f"{failures[0]}{more}", encoding="utf-8")
    return 1 if failures else 0


def _transformed(given: dict[str, Any]) -> list[str]:
    """What is wrong with each file that has no output; the others are complete."""
    client, failures = given["request"].get("ModelClientConfig") or {}, []
    timeout = client.get("InvocationsTimeoutInSeconds", TIMEOUT_SECONDS)
    retries = client.get("InvocationsMaxRetries", RETRIES)
    with containers.serve_containers(_started(given), Path(given["log"]), timeout, retries) as listening:
        settings = Settings.of(given["request"], listening[0])
        for relative, source in given["files"]:
            began = time.monotonic()
            try:
                records = transform(Path(source), Path(given["output"], f"{relative}.out"), settings, listening)
                print(f"{relative}: {records} records in {time.monotonic() - began:.1f} s", flush=True)
            except RecordError as error:
                failures.append(f"{relative}, {error}")
                print(f"ERROR {relative}, {error}", file=sys.stderr, flush=True)
    return failures


def _started(given: dict[str, Any]) -> list[tuple[str, Program, Sandbox]]:
    return [(c["name"], Program.of(c["program"]), Sandbox(c["name"], Path(c["folder"]))) for c in given["containers"]]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

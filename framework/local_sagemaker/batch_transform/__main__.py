"""Runs the transform agent (see the package) on one instance; exits with 1 if a file could not be transformed."""

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

TIMEOUT_SECONDS, RETRIES = 600, 3  # defaults of ModelClientConfig


def main(specification_file: str) -> int:
    """Transform the files that the specification lists; write the first failure to its failure file."""
    gc.set_threshold(100_000)  # collect rarely: the many lists of rows live briefly, and none is in a cycle
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # runs the cleanup that ends the containers
    specification = json.loads(Path(specification_file).read_text(encoding="utf-8"))
    if specification["cores"]:
        os.sched_setaffinity(0, specification["cores"])
    try:
        failures = _transform_files(specification)
    except JobError as error:
        failures = [str(error)]
    if failures:
        more = f" (and {len(failures) - 1} more files)" if len(failures) > 1 else ""
        Path(specification["failure"]).write_text(f"{failures[0]}{more}", encoding="utf-8")
    return 1 if failures else 0


def _transform_files(specification: dict[str, Any]) -> list[str]:
    """Transform all files; return the error of each file that has no output."""
    client, failures = specification["request"].get("ModelClientConfig") or {}, []
    timeout = client.get("InvocationsTimeoutInSeconds", TIMEOUT_SECONDS)
    retries = client.get("InvocationsMaxRetries", RETRIES)
    with containers.serve_containers(
        _containers_to_start(specification), Path(specification["log"]), timeout, retries
    ) as running_containers:
        settings = Settings.of(specification["request"], running_containers[0])
        for relative, source in specification["files"]:
            began = time.monotonic()
            try:
                records = transform(
                    Path(source), Path(specification["output"], f"{relative}.out"), settings, running_containers
                )
                print(f"{relative}: {records} records in {time.monotonic() - began:.1f} s", flush=True)
            except RecordError as error:
                failures.append(f"{relative}, {error}")
                print(f"ERROR {relative}, {error}", file=sys.stderr, flush=True)
    return failures


def _containers_to_start(specification: dict[str, Any]) -> list[tuple[str, Program, Sandbox]]:
    return [
        (c["name"], Program.from_document(c["program"]), Sandbox(c["name"], Path(c["folder"])))
        for c in specification["containers"]
    ]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

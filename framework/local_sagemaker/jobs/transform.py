"""Emulated: a transform job runs what stands for the model's containers, and SageMaker's agent on each instance.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from local_sagemaker.errors import JobError
from local_sagemaker.jobs import inputs
from local_sagemaker.jobs.containers import Container, containers, prepare
from local_sagemaker.jobs.data_capture import capture
from local_sagemaker.jobs.job import Job
from local_sagemaker.objects import split_uri
from local_sagemaker.sandbox.folders import Sandbox, files_below
from local_sagemaker.sandbox.interpreters import find
from local_sagemaker.sandbox.programs import Program

SPECIFICATION, FAILURE = "transform.json", "/opt/ml/output/failure"
STRATEGIES = {"MultiRecord": "MULTI_RECORD", "SingleRecord": "SINGLE_RECORD"}


def run(job: Job) -> dict[str, Any]:
    """Run it; the members that the Describe response gains.

    Raises:
        JobError: an input or a model is not there, or a file could not be transformed; what could be is written then.
    """
    bucket, prefix = split_uri(job.request["TransformOutput"]["S3OutputPath"])
    files, model = _inputs(job), containers(job.account, job.request["ModelName"])
    for relative, _, _ in files:
        job.account.objects.check_place(bucket, _key(prefix, f"{relative}.out"))
    shares = [[one[:2] for one in files[n :: len(job.sandboxes)]] for n in range(len(job.sandboxes))]
    programs = [_agent(job, sandbox, model, share) for sandbox, share in zip(job.sandboxes, shares, strict=True)]
    job.update({"TransformStartTime": job.account.now()})
    try:
        job.run_each(programs, None)
    except JobError:
        _upload(job, bucket, prefix)
        raise
    _upload(job, bucket, prefix)
    capture(job, [uri for _, _, uri in files], [f"{relative}.out" for relative, _, _ in files])
    return {}


def _inputs(job: Job) -> list[tuple[str, str, str]]:
    """Each input object: its path below the input's prefix, the file that holds it, and its URI."""
    source = job.request["TransformInput"]["DataSource"]["S3DataSource"]
    found = inputs.find(job.account, source["S3DataType"], source["S3Uri"])
    return [(relative, str(path), uri) for relative, path, uri in found]


def _agent(job: Job, sandbox: Sandbox, model: list[Container], files: list[tuple[str, str]]) -> Program:
    """The program of one instance, and the file that says what it has to do."""
    number, count = job.sandboxes.index(sandbox), len(job.sandboxes)
    started = [prepare(job, container, sandbox.folder, _environment(job, container)) for container in model]
    sandbox.path(FAILURE).parent.mkdir(parents=True, exist_ok=True)
    specification = {
        "request": job.request,
        "containers": started,
        "files": files,
        "output": str(sandbox.folder / "output"),
        "failure": str(sandbox.path(FAILURE)),
        "log": str(job.log(sandbox)),
        "cores": _cores(number, count),
    }
    file = sandbox.folder / SPECIFICATION
    file.write_text(json.dumps(specification, indent=2), encoding="utf-8")
    code = {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    command, python = [sys.executable, "-m", "local_sagemaker.batch_transform", str(file)], find(sys.executable)
    return Program(command, code, python, job.reach(is_isolated=False))


def _environment(job: Job, container: Container) -> dict[str, str]:
    """What a container is told: its own variables, the job's, and what the job is like."""
    request = job.request
    named = {
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": request.get("MaxPayloadInMB"),
        "SAGEMAKER_BATCH_STRATEGY": STRATEGIES.get(request.get("BatchStrategy", "")),
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": request.get("MaxConcurrentTransforms") or None,
    }
    given = container.environment | (request.get("Environment") or {})
    return given | {name: str(value) for name, value in named.items() if value is not None}


def _cores(number: int, count: int) -> list[int]:
    """An instance's part of the cores that this process may use; no limit where the system knows none."""
    if not hasattr(os, "sched_getaffinity"):
        return []
    cores = sorted(os.sched_getaffinity(0))
    return cores[number::count] or [cores[number % len(cores)]]


def _upload(job: Job, bucket: str, prefix: str) -> None:
    """Every output that is complete."""
    for sandbox in job.sandboxes:
        folder = sandbox.folder / "output"
        for path in files_below(folder):
            if not path.name.endswith(".partial"):
                job.upload(path, bucket, _key(prefix, path.relative_to(folder).as_posix()))


def _key(prefix: str, relative: str) -> str:
    return "/".join(filter(None, [prefix.rstrip("/"), relative]))

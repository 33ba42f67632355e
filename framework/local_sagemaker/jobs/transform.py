"""Runs transform jobs (fidelity: emulated): counterparts of the model's containers and, per instance, of AWS's agent.

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
from local_sagemaker.jobs.containers import Container, model_containers, prepare
from local_sagemaker.jobs.data_capture import capture
from local_sagemaker.jobs.job import Job
from local_sagemaker.objects import split_uri
from local_sagemaker.sandbox.folders import Sandbox, files_below
from local_sagemaker.sandbox.interpreters import find_interpreter
from local_sagemaker.sandbox.programs import Program

SPECIFICATION, FAILURE = "transform.json", "/opt/ml/output/failure"
STRATEGIES = {"MultiRecord": "MULTI_RECORD", "SingleRecord": "SINGLE_RECORD"}


def run(job: Job) -> dict[str, Any]:
    """Run the job; return the members that the Describe response gains.

    Raises:
        JobError: if an input or a model does not exist, or a file could not be transformed; the other files' outputs
            are written then.
    """
    bucket, prefix = split_uri(job.request["TransformOutput"]["S3OutputPath"])
    files, model = _inputs(job), model_containers(job.account, job.request["ModelName"])
    for relative, _, _ in files:
        job.account.objects.check_writable(bucket, _key(prefix, f"{relative}.out"))
    shares = [[file[:2] for file in files[n :: len(job.sandboxes)]] for n in range(len(job.sandboxes))]
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
    """Return each input object: its path below the input's prefix, the file that stores it, and its URI."""
    source = job.request["TransformInput"]["DataSource"]["S3DataSource"]
    objects = inputs.find_inputs(job.account, source["S3DataType"], source["S3Uri"])
    return [(relative, str(path), uri) for relative, path, uri in objects]


def _agent(job: Job, sandbox: Sandbox, model: list[Container], files: list[tuple[str, str]]) -> Program:
    """Return the program of one instance, and write the file that specifies its work."""
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
    command = [sys.executable, "-m", "local_sagemaker.batch_transform", str(file)]
    return Program(command, code, find_interpreter(sys.executable), job.reach(is_isolated=False))


def _environment(job: Job, container: Container) -> dict[str, str]:
    """Return a container's variables: its own, the job's, and those that describe the job."""
    request = job.request
    description = {
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": request.get("MaxPayloadInMB"),
        "SAGEMAKER_BATCH_STRATEGY": STRATEGIES.get(request.get("BatchStrategy", "")),
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": request.get("MaxConcurrentTransforms") or None,
    }
    variables = container.environment | (request.get("Environment") or {})
    return variables | {name: str(value) for name, value in description.items() if value is not None}


def _cores(number: int, count: int) -> list[int]:
    """Return an instance's share of the cores that this process may use; empty if the system cannot limit cores."""
    if not hasattr(os, "sched_getaffinity"):
        return []
    cores = sorted(os.sched_getaffinity(0))
    return cores[number::count] or [cores[number % len(cores)]]


def _upload(job: Job, bucket: str, prefix: str) -> None:
    """Upload every output that is complete."""
    for sandbox in job.sandboxes:
        folder = sandbox.folder / "output"
        for path in files_below(folder):
            if not path.name.endswith(".partial"):
                job.upload(path, bucket, _key(prefix, path.relative_to(folder).as_posix()))


def _key(prefix: str, relative: str) -> str:
    return "/".join(filter(None, [prefix.rstrip("/"), relative]))

"""Executed: a processing job runs the user's program with the image's interpreter.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from local_sagemaker.errors import JobError
from local_sagemaker.jobs.job import Job
from local_sagemaker.objects import split_uri
from local_sagemaker.sandbox.folders import Sandbox
from local_sagemaker.sandbox.programs import Program

CONFIG = "/opt/ml/config"
MESSAGE_BYTES = 1024


def run(job: Job) -> dict[str, Any]:
    """Run it; the members that the Describe response gains.

    Raises:
        JobError: an input is not there, or the program failed. Nothing is uploaded then.
    """
    request = job.request
    program = _program(job)
    for sandbox in job.sandboxes:
        _prepare(job, sandbox)
    job.update({"ProcessingStartTime": job.account.now()})
    job.run(program, request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds"))
    for sandbox in job.sandboxes:
        for output in _outputs(request):
            _upload(job, sandbox, output)
    message = job.sandboxes[0].read_text("/opt/ml/output/message", MESSAGE_BYTES)
    return {"ExitMessage": message} if message else {}


def _program(job: Job) -> Program:
    specification = job.request["AppSpecification"]
    image = job.image(specification["ImageUri"])
    entrypoint = specification.get("ContainerEntrypoint")
    if not entrypoint:
        raise JobError(
            f"ClientError: {image.repository} has no processing program of its own here; give a ContainerEntrypoint"
        )
    environment = dict(job.request.get("Environment") or {}) | {
        "AWS_REGION": job.account.region,
        "AWS_DEFAULT_REGION": job.account.region,
        "PROCESSING_JOB_NAME": job.name,
        "PROCESSING_JOB_ARN": job.request["ProcessingJobArn"],
    }
    return Program([*entrypoint, *(specification.get("ContainerArguments") or ())], environment, image.python)


def _prepare(job: Job, sandbox: Sandbox) -> None:
    hosts = [s.host for s in job.sandboxes]
    sandbox.write_json(f"{CONFIG}/resourceconfig.json", {"current_host": sandbox.host, "hosts": hosts})
    sandbox.write_json(f"{CONFIG}/processingjobconfig.json", job.request)
    sandbox.make("/opt/ml/output")
    for entry in job.request.get("ProcessingInputs") or ():
        source = entry["S3Input"]
        sharded = source.get("S3DataDistributionType") == "ShardedByS3Key"
        job.download(sandbox, source["S3Uri"], source["LocalPath"], sharded)
    for output in _outputs(job.request):
        sandbox.make(output["S3Output"]["LocalPath"])


def _outputs(request: dict[str, Any]) -> list[dict[str, Any]]:
    return (request.get("ProcessingOutputConfig") or {}).get("Outputs") or []


def _upload(job: Job, sandbox: Sandbox, output: dict[str, Any]) -> None:
    """Files only, links left out, as on AWS; every instance uploads below the same prefix."""
    bucket, prefix = split_uri(output["S3Output"]["S3Uri"])
    folder = sandbox.path(output["S3Output"]["LocalPath"])
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            job.account.objects.move_in(path, bucket, _key(prefix, path.relative_to(folder)))


def _key(prefix: str, relative: Path) -> str:
    return "/".join(filter(None, [prefix.rstrip("/"), relative.as_posix()]))

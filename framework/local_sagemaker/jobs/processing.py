"""Runs processing jobs (fidelity: executed): the user's program runs with the image's interpreter.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from local_sagemaker.errors import JobError
from local_sagemaker.images import Image
from local_sagemaker.jobs.job import Job
from local_sagemaker.jobs.shadow_endpoint import shadow_endpoint
from local_sagemaker.objects import split_uri
from local_sagemaker.sandbox.folders import Sandbox, files_below
from local_sagemaker.sandbox.programs import Program

CONFIG = "/opt/ml/config"
MESSAGE_BYTES = 1024
#: S3UploadMode of an output that is uploaded while the job runs.
CONTINUOUS = "Continuous"


def run(job: Job) -> dict[str, Any]:
    """Run the job; return the members that the Describe response gains.

    Raises:
        JobError: if an input does not exist, an output cannot be written, or the program failed. Then only the outputs
            that are uploaded while a job runs are uploaded.
    """
    request = job.request
    image = job.image(request["AppSpecification"]["ImageUri"])
    program = _program(job, image)
    _check_outputs(job)
    for sandbox in job.sandboxes:
        _prepare(job, sandbox)
    job.update({"ProcessingStartTime": job.account.now()})
    seconds = (request.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds")
    model: AbstractContextManager[dict[str, str]] = shadow_endpoint(job) if image.asks_model else nullcontext({})
    try:
        with model as variables:
            job.run(replace(program, environment={**program.environment, **variables}), seconds)
    except JobError as error:
        _upload(job, [output for output in _outputs(request) if output["S3Output"].get("S3UploadMode") == CONTINUOUS])
        raise JobError(str(error), _exit_message(job)) from None
    _upload(job, _outputs(request))
    return _exit_message(job)


def _exit_message(job: Job) -> dict[str, str]:
    message = job.sandboxes[0].read_text("/opt/ml/output/message", MESSAGE_BYTES)
    return {"ExitMessage": message} if message else {}


def _upload(job: Job, outputs: Sequence[dict[str, Any]]) -> None:
    for path, bucket, key in [upload for sandbox in job.sandboxes for upload in _uploads(outputs, sandbox)]:
        job.upload(path, bucket, key)


def _program(job: Job, image: Image) -> Program:
    job_variables = {"PROCESSING_JOB_NAME": job.name, "PROCESSING_JOB_ARN": job.request["ProcessingJobArn"]}
    is_isolated = (job.request.get("NetworkConfig") or {}).get("EnableNetworkIsolation", False)
    return job.program(image, job.request["AppSpecification"], "process", job_variables, is_isolated)


def _prepare(job: Job, sandbox: Sandbox) -> None:
    sandbox.write_json(f"{CONFIG}/resourceconfig.json", job.resource_config(sandbox))
    sandbox.write_json(f"{CONFIG}/processingjobconfig.json", job.request)
    sandbox.make("/opt/ml/output")
    for entry in job.request.get("ProcessingInputs") or ():
        source = entry["S3Input"]
        sharded = source.get("S3DataDistributionType") == "ShardedByS3Key"
        job.download(sandbox, source["S3Uri"], source["LocalPath"], sharded, source.get("S3DataType", "S3Prefix"))
    for output in _outputs(job.request):
        sandbox.make(output["S3Output"]["LocalPath"])


def _outputs(request: dict[str, Any]) -> list[dict[str, Any]]:
    return (request.get("ProcessingOutputConfig") or {}).get("Outputs") or []


def _check_outputs(job: Job) -> None:
    """Check, before the program runs, that every output can be written and no two share a folder."""
    folders: list[PurePosixPath] = []
    for output in _outputs(job.request):
        target = output["S3Output"]
        bucket, prefix = split_uri(target["S3Uri"])
        job.account.objects.check_writable(bucket, _key(prefix, Path("file")))
        folder = PurePosixPath(target["LocalPath"])
        if any(folder.is_relative_to(earlier) or earlier.is_relative_to(folder) for earlier in folders):
            raise JobError(
                f"ClientError: output {output['OutputName']!r} shares the folder {folder} with another output"
            )
        folders.append(folder)


def _uploads(outputs: Sequence[dict[str, Any]], sandbox: Sandbox) -> Iterator[tuple[Path, str, str]]:
    """Yield each file that the program wrote, with its bucket and key; all instances upload below the same prefix."""
    for output in outputs:
        bucket, prefix = split_uri(output["S3Output"]["S3Uri"])
        folder = sandbox.path(output["S3Output"]["LocalPath"])
        for path in files_below(folder):
            yield path, bucket, _key(prefix, path.relative_to(folder))


def _key(prefix: str, relative: Path) -> str:
    return "/".join(filter(None, [prefix.rstrip("/"), relative.as_posix()]))

"""What executions without a registered model left behind: records of jobs and models, objects that are theirs alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_sagemaker.definition.definition import read
from local_sagemaker.tools.aws_errors import is_missing
from local_sagemaker.tools.service import registry, tuning_jobs
from local_sagemaker.tools.service.executions import RUNNING, pages, steps
from local_sagemaker.tools.service.step_metadata import jobs
from local_sagemaker.tools.service.tuning_jobs import KIND
from local_sagemaker.tools.targets import Target

from botocore.exceptions import ClientError

DELETE_AT_ONCE = 1000  # https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html


@dataclass
class Orphans:
    """``jobs``: (kind, name); ``objects``: (bucket, key); ``size`` in bytes."""

    executions: list[str] = field(default_factory=list)
    jobs: list[tuple[str, str]] = field(default_factory=list)
    objects: list[tuple[str, str]] = field(default_factory=list)
    size: int = 0


def find(target: Target, pipeline: str) -> Orphans:
    """Of the pipeline's executions that have ended, and whose models (if any) are no longer registered.

    Where the pipeline registers no models, as one that scores, what succeeded has left results.
    """
    found = Orphans()
    carried, registers = registry.baseline_files(target), _registers(target, pipeline)
    for execution in pages(target.client, "list_pipeline_executions", PipelineName=pipeline):
        arn = execution["PipelineExecutionArn"]
        if execution["PipelineExecutionStatus"] in RUNNING:
            continue
        if execution["PipelineExecutionStatus"] == "Succeeded" and not registers:
            continue
        metadata = [step.get("Metadata", {}) for step in steps(target.client, arn)]
        if any(_is_registered(target, m["RegisterModel"]["Arn"]) for m in metadata if "RegisterModel" in m):
            continue
        before = len(found.jobs) + len(found.objects)
        made = (one for m in metadata for one in (*jobs(m), *_models(m), *_tuned(target, m)))
        for kind, name in (one for one in made if one[0] in JOBS):
            _add_job(found, target, kind, name, arn.rpartition("/")[2], carried)
        if len(found.jobs) + len(found.objects) > before:
            found.executions.append(arn.rpartition("/")[2])
    return found


def _registers(target: Target, pipeline: str) -> bool:
    definition = target.client.describe_pipeline(PipelineName=pipeline)["PipelineDefinition"]
    return any(step.type == "RegisterModel" for step in read(definition).steps)


def delete(target: Target, found: Orphans) -> None:
    """Objects first: a job whose record is there can be cleaned once more, should this be interrupted."""
    s3 = target.session.client("s3")
    for bucket in sorted({bucket for bucket, _ in found.objects}):
        keys = [key for b, key in found.objects if b == bucket]
        for start in range(0, len(keys), DELETE_AT_ONCE):
            part = [{"Key": key} for key in keys[start : start + DELETE_AT_ONCE]]
            s3.delete_objects(Bucket=bucket, Delete={"Objects": part, "Quiet": True})
    for kind, name in found.jobs:
        if delete := JOBS[kind].delete:
            delete(target.client, name)


@dataclass(frozen=True)
class _Job:
    """How one kind of job is described and deleted, and where its description says that it wrote to.

    A kind that the service deletes no record of has no ``delete``.
    """

    describe: Callable[[Any, str], dict[str, Any]]
    delete: Callable[[Any, str], Any] | None
    outputs: Callable[[dict[str, Any]], list[str]]


def _processing_outputs(job: dict[str, Any]) -> list[str]:
    return [o["S3Output"]["S3Uri"] for o in job.get("ProcessingOutputConfig", {}).get("Outputs", ()) if "S3Output" in o]


def _training_outputs(job: dict[str, Any]) -> list[str]:
    return [f"{job['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{job['TrainingJobName']}"]


JOBS = {
    "ProcessingJob": _Job(
        lambda client, name: client.describe_processing_job(ProcessingJobName=name),
        lambda client, name: client.delete_processing_job(ProcessingJobName=name),
        _processing_outputs,
    ),
    "TrainingJob": _Job(
        lambda client, name: client.describe_training_job(TrainingJobName=name),
        lambda client, name: client.delete_training_job(TrainingJobName=name),
        _training_outputs,
    ),
    "TransformJob": _Job(
        lambda client, name: client.describe_transform_job(TransformJobName=name),
        None,
        lambda job: [job["TransformOutput"]["S3OutputPath"]],
    ),
    KIND: _Job(
        lambda client, name: client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name),
        lambda client, name: client.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName=name),
        lambda job: [],
    ),
    "Model": _Job(
        lambda client, name: client.describe_model(ModelName=name),
        lambda client, name: client.delete_model(ModelName=name),
        lambda model: [],
    ),
}


def _models(metadata: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The model that a step created."""
    return [("Model", metadata["Model"]["Arn"].rpartition("/")[2])] if "Model" in metadata else []


def _tuned(target: Target, metadata: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The jobs that a tuning step made, and that which made them."""
    if (
        not (name := tuning_jobs.name_of(metadata))
        or _or_none(lambda: JOBS[KIND].describe(target.client, name)) is None
    ):
        return []
    return [*(("TrainingJob", job) for job in tuning_jobs.training_jobs(target.client, name)), (KIND, name)]


def _is_registered(target: Target, package: str) -> bool:
    return _or_none(lambda: target.client.describe_model_package(ModelPackageName=package)) is not None


def _add_job(found: Orphans, target: Target, kind: str, name: str, execution: str, carried: set[str]) -> None:
    job = _or_none(lambda: JOBS[kind].describe(target.client, name))
    if job is None:  # cleaned before
        return
    if JOBS[kind].delete:
        found.jobs.append((kind, name))
    for uri in JOBS[kind].outputs(job):
        for bucket, key, size in _objects(target, uri, {name, execution}):
            if f"s3://{bucket}/{key}" in carried:
                continue
            found.objects.append((bucket, key))
            found.size += size


def _objects(target: Target, uri: str, owners: set[str]) -> Iterator[tuple[str, str, int]]:
    """Objects below a prefix that has the job's or the execution's own name in it: any other may be shared."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    if not owners & set(prefix.split("/")):
        return
    for page in target.session.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", ()):
            if entry["Key"] == prefix or entry["Key"].startswith(prefix.rstrip("/") + "/"):
                yield bucket, entry["Key"], entry["Size"]


def _or_none(describe: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    try:
        return describe()
    except ClientError as error:
        if is_missing(error):
            return None
        raise

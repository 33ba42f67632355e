"""Finds and deletes the orphans of executions without a registered model: job and model records, unshared objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_sagemaker.definition.definition import read
from local_sagemaker.tools.aws_errors import is_missing
from local_sagemaker.tools.service import registry, tuning_jobs
from local_sagemaker.tools.service.executions import RUNNING, pages, steps
from local_sagemaker.tools.service.s3 import delete_objects, split_uri
from local_sagemaker.tools.service.step_metadata import jobs
from local_sagemaker.tools.service.tuning_jobs import TUNING_JOB
from local_sagemaker.tools.targets import Target

from botocore.exceptions import ClientError


@dataclass
class Orphans:
    """The orphans that a pipeline has; ``jobs`` are (job kind, name), ``objects`` (bucket, key), ``size`` is bytes."""

    executions: list[str] = field(default_factory=list)
    jobs: list[tuple[str, str]] = field(default_factory=list)
    objects: list[tuple[str, str]] = field(default_factory=list)
    size: int = 0


def find(target: Target, pipeline: str) -> Orphans:
    """Find the orphans of a pipeline's executions that have ended, and whose models (if any) are no longer registered.

    If the pipeline registers no models, as one that scores, its successful executions have results and no orphans.
    """
    orphans = Orphans()
    baseline_files, registers = registry.baseline_files(target), _registers(target, pipeline)
    for execution in pages(target.client, "list_pipeline_executions", PipelineName=pipeline):
        arn = execution["PipelineExecutionArn"]
        if execution["PipelineExecutionStatus"] in RUNNING:
            continue
        if execution["PipelineExecutionStatus"] == "Succeeded" and not registers:
            continue
        metadata = [step.get("Metadata", {}) for step in steps(target.client, arn)]
        if any(_is_registered(target, m["RegisterModel"]["Arn"]) for m in metadata if "RegisterModel" in m):
            continue
        before = len(orphans.jobs) + len(orphans.objects)
        created = (job for m in metadata for job in (*jobs(m), *_models(m), *_tuning_jobs(target, m)))
        for job_kind, name in (job for job in created if job[0] in JOBS):
            _add_job(orphans, target, job_kind, name, arn.rpartition("/")[2], baseline_files)
        if len(orphans.jobs) + len(orphans.objects) > before:
            orphans.executions.append(arn.rpartition("/")[2])
    return orphans


def _registers(target: Target, pipeline: str) -> bool:
    definition = target.client.describe_pipeline(PipelineName=pipeline)["PipelineDefinition"]
    return any(step.type == "RegisterModel" for step in read(definition).steps)


def delete(target: Target, orphans: Orphans) -> None:
    """Delete the orphans, objects first: if this is interrupted, the records of the jobs allow another cleanup.

    Raises:
        UsageError: an object could not be deleted; then the records of the jobs stay.
    """
    delete_objects(target.session.client("s3"), orphans.objects)
    for job_kind, name in orphans.jobs:
        if delete_job := JOBS[job_kind].delete:
            delete_job(target.client, name)


@dataclass(frozen=True)
class _Job:
    """How to describe and to delete a job of one kind, and how to find its outputs in its description.

    ``delete`` is None for a kind whose records the service does not delete.
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
    TUNING_JOB: _Job(
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
    """Return the model that a step created, if any, as (job kind, name)."""
    return [("Model", metadata["Model"]["Arn"].rpartition("/")[2])] if "Model" in metadata else []


def _tuning_jobs(target: Target, metadata: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the training jobs of a tuning step, and its tuning job last."""
    if (
        not (name := tuning_jobs.tuning_job_name(metadata))
        or _or_none(lambda: JOBS[TUNING_JOB].describe(target.client, name)) is None
    ):
        return []
    return [*(("TrainingJob", job) for job in tuning_jobs.training_jobs(target.client, name)), (TUNING_JOB, name)]


def _is_registered(target: Target, package: str) -> bool:
    return _or_none(lambda: target.client.describe_model_package(ModelPackageName=package)) is not None


def _add_job(
    orphans: Orphans, target: Target, job_kind: str, name: str, execution: str, baseline_files: set[str]
) -> None:
    """Add a job, and the objects that it wrote, to the orphans; objects in ``baseline_files`` are still in use."""
    job = _or_none(lambda: JOBS[job_kind].describe(target.client, name))
    if job is None:  # cleaned before
        return
    if JOBS[job_kind].delete:
        orphans.jobs.append((job_kind, name))
    for uri in JOBS[job_kind].outputs(job):
        for bucket, key, size in _objects(target, uri, {name, execution}):
            if f"s3://{bucket}/{key}" in baseline_files:
                continue
            orphans.objects.append((bucket, key))
            orphans.size += size


def _objects(target: Target, uri: str, owners: set[str]) -> Iterator[tuple[str, str, int]]:
    """Yield bucket, key and size of the objects below a prefix that contains one of ``owners``.

    Owners are the names of the job and of the execution. Any other prefix may be shared, so nothing is yielded.
    """
    bucket, prefix = split_uri(uri)
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

"""Emulated: a training job runs what stands for the training image (the user's own code where the image is theirs).

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from local_sagemaker.errors import JobError
from local_sagemaker.images import Image
from local_sagemaker.jobs.archive import pack
from local_sagemaker.jobs.job import Job
from local_sagemaker.jobs.metrics import final_metrics
from local_sagemaker.objects import split_uri
from local_sagemaker.sandbox.folders import Sandbox
from local_sagemaker.sandbox.programs import Program

CONFIG = "/opt/ml/input/config"
MODEL = "/opt/ml/model"
OUTPUT = "/opt/ml/output/data"


def run(job: Job) -> dict[str, Any]:
    """Run it; the members that the Describe response gains.

    Raises:
        JobError: an input is not there, the program failed, or it left no model.
    """
    request = job.request
    specification = request["AlgorithmSpecification"]
    image = job.image(specification["TrainingImage"])
    sandbox = _only_sandbox(job)
    _prepare(job, sandbox)
    job.update({"TrainingStartTime": job.account.now(), "SecondaryStatus": "Training"})
    job.run(_program(job, image), request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds"))
    prefix = f"{request['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{job.name}/output"
    model = _upload(job, sandbox.path(MODEL), f"{prefix}/model.tar.gz")
    if not model:
        raise JobError(f"AlgorithmError: the program left no file in {MODEL}")
    _upload(job, sandbox.path(OUTPUT), f"{prefix}/output.tar.gz")
    return {
        "SecondaryStatus": "Completed",
        "ModelArtifacts": {"S3ModelArtifacts": model},
        "FinalMetricDataList": final_metrics(
            job.log(sandbox), specification.get("MetricDefinitions") or (), image.metrics, job.account.now()
        ),
    }


def _only_sandbox(job: Job) -> Sandbox:
    if len(job.sandboxes) != 1:
        raise JobError("ClientError: a training job runs on one instance here; set InstanceCount to 1")
    return job.sandboxes[0]


def _program(job: Job, image: Image) -> Program:
    specification = job.request["AlgorithmSpecification"]
    entrypoint = specification.get("ContainerEntrypoint")
    if not entrypoint and not image.train:
        raise JobError(
            f"ClientError: {image.repository} has no training program here; write train = [...] into "
            f"[images.{image.repository}] of local.toml, or give a ContainerEntrypoint"
        )
    command = [*entrypoint, *(specification.get("ContainerArguments") or ())] if entrypoint else image.train
    environment = dict(job.request.get("Environment") or {}) | {
        "AWS_REGION": job.account.region,
        "AWS_DEFAULT_REGION": job.account.region,
        "TRAINING_JOB_NAME": job.name,
        "TRAINING_JOB_ARN": job.request["TrainingJobArn"],
    }
    if not entrypoint:
        environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    return Program(command, environment, image.python)


def _prepare(job: Job, sandbox: Sandbox) -> None:
    hosts = {"current_host": sandbox.host, "hosts": [sandbox.host], "network_interface_name": "lo"}
    channels = {c["ChannelName"]: c for c in job.request.get("InputDataConfig") or ()}
    sandbox.write_json(f"{CONFIG}/resourceconfig.json", hosts)
    sandbox.write_json(f"{CONFIG}/hyperparameters.json", job.request.get("HyperParameters") or {})
    sandbox.write_json(f"{CONFIG}/inputdataconfig.json", {name: _channel(c) for name, c in channels.items()})
    for name, channel in channels.items():
        job.download(sandbox, channel["DataSource"]["S3DataSource"]["S3Uri"], f"/opt/ml/input/data/{name}", False)
    for folder in (MODEL, OUTPUT):
        sandbox.make(folder)


def _channel(channel: dict[str, Any]) -> dict[str, Any]:
    source = channel["DataSource"]["S3DataSource"]
    return {
        "ContentType": channel.get("ContentType", ""),
        "TrainingInputMode": channel.get("InputMode", "File"),
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }


def _upload(job: Job, folder: Path, uri: str) -> str:
    """Pack a folder into an object; its URI, or nothing for an empty folder."""
    if not any(folder.iterdir()):
        return ""
    bucket, key = split_uri(uri)
    with job.account.objects.writing(bucket, key) as file:
        pack(folder, file)
    return uri

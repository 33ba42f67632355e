"""Runs training jobs (fidelity: emulated): a counterpart of the training image, or the code of the user's own image.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
"""

from __future__ import annotations

from typing import Any

from local_sagemaker import script_mode
from local_sagemaker.images import Image
from local_sagemaker.jobs.archive import pack
from local_sagemaker.jobs.job import Job
from local_sagemaker.jobs.metrics import Metrics
from local_sagemaker.objects import split_uri
from local_sagemaker.sandbox.folders import Sandbox, files_below
from local_sagemaker.sandbox.programs import Program

CONFIG = "/opt/ml/input/config"
MODEL, CODE = "/opt/ml/model", "/opt/ml/code"
OUTPUT = "/opt/ml/output/data"


def run(job: Job) -> dict[str, Any]:
    """Run the job; return the members that the Describe response gains.

    Raises:
        JobError: if an input does not exist, or the program failed. Then nothing is uploaded.
    """
    request = job.request
    specification = request["AlgorithmSpecification"]
    image = job.image(specification["TrainingImage"])
    (sandbox,) = job.sandboxes  # a request with more instances is refused
    program, metrics = _program(job, image), Metrics(specification.get("MetricDefinitions") or (), image.metrics)
    bucket, prefix = _output_prefix(job)
    _prepare(job, sandbox)
    job.update({"TrainingStartTime": job.account.now(), "SecondaryStatus": "Training"})
    job.run(program, (request.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds"))
    if not files_below(sandbox.path(MODEL)):
        with job.log(sandbox).open("a", encoding="utf-8") as log:
            log.write(f"the program left no file in {MODEL}, so there is no model.tar.gz\n")
    final_metrics = metrics.last(job.log(sandbox), job.account.now())
    for folder, name in ((OUTPUT, "output.tar.gz"), (MODEL, "model.tar.gz")):
        if files_below(sandbox.path(folder)):
            with job.account.objects.open_for_writing(bucket, f"{prefix}/{name}") as file:
                pack(sandbox.path(folder), file)
    return {
        "SecondaryStatus": "Completed",
        "ModelArtifacts": {"S3ModelArtifacts": f"s3://{bucket}/{prefix}/model.tar.gz"},
        "FinalMetricDataList": final_metrics,
    }


def _output_prefix(job: Job) -> tuple[str, str]:
    """Return the bucket and prefix of the archives, after checking that they can be written."""
    bucket, path = split_uri(job.request["OutputDataConfig"]["S3OutputPath"])
    prefix = "/".join(filter(None, [path.rstrip("/"), job.name, "output"]))
    job.account.objects.check_writable(bucket, f"{prefix}/model.tar.gz")
    return bucket, prefix


def _program(job: Job, image: Image) -> Program:
    job_variables = {"TRAINING_JOB_NAME": job.name, "TRAINING_JOB_ARN": job.request["TrainingJobArn"]}
    is_isolated = job.request.get("EnableNetworkIsolation", False)
    return job.program(image, job.request["AlgorithmSpecification"], "train", job_variables, is_isolated)


def _prepare(job: Job, sandbox: Sandbox) -> None:
    channels = {c["ChannelName"]: c for c in job.request.get("InputDataConfig") or ()}
    sandbox.write_json(f"{CONFIG}/resourceconfig.json", job.resource_config(sandbox))
    sandbox.write_json(f"{CONFIG}/hyperparameters.json", job.request.get("HyperParameters") or {})
    sandbox.write_json(f"{CONFIG}/inputdataconfig.json", {name: _channel(c) for name, c in channels.items()})
    for name, channel in channels.items():
        source = channel["DataSource"]["S3DataSource"]
        job.download(sandbox, source["S3Uri"], f"/opt/ml/input/data/{name}", False, source["S3DataType"])
    for folder in (MODEL, OUTPUT):
        sandbox.make(folder)
    code = script_mode.decode_hyperparameters(job.request.get("HyperParameters") or {}).get(
        script_mode.SUBMIT_DIRECTORY
    )
    if isinstance(code, str) and code.startswith("s3://"):
        job.unpack(code, sandbox.make(CODE))


def _channel(channel: dict[str, Any]) -> dict[str, Any]:
    source = channel["DataSource"]["S3DataSource"]
    return {
        "ContentType": channel.get("ContentType", ""),
        "TrainingInputMode": channel.get("InputMode", "File"),
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }

"""Implements DataCaptureConfig of transform jobs: manifests list a job's inputs and outputs; data are not copied.

    <destination>/input/yyyy/mm/dd/hh/<id>.json     [{"prefix": "s3://bucket/"}, "key", ...]
    <destination>/output/yyyy/mm/dd/hh/<id>.json

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-batch.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from local_sagemaker.jobs.job import Job
from local_sagemaker.objects import split_uri


def capture(job: Job, inputs: Sequence[str], outputs: Sequence[str]) -> None:
    """Write both manifests if the job's request asks for them; the hour is that of the job's end, in UTC.

    Args:
        job: a job that has succeeded.
        inputs: URIs of the input objects.
        outputs: names of the output objects, below the job's output path.
    """
    destination = (job.request.get("DataCaptureConfig") or {}).get("DestinationS3Uri")
    if not destination:
        return
    bucket, key = split_uri(destination)
    source = split_uri(inputs[0])[0]
    manifests = {
        "input": [{"prefix": f"s3://{source}/"}, *(split_uri(uri)[1] for uri in inputs)],
        "output": [{"prefix": job.request["TransformOutput"]["S3OutputPath"].rstrip("/") + "/"}, *outputs],
    }
    for direction, manifest in manifests.items():
        parts = [key.rstrip("/"), direction, f"{job.account.clock():%Y/%m/%d/%H}", f"{job.account.new_id(32)}.json"]
        job.account.objects.write(bucket, "/".join(filter(None, parts)), json.dumps(manifest).encode())

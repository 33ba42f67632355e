"""Lambda function that starts the pipeline for a new file in the bucket.

Event: Object Created, from S3, filtered by the rule of deploy/events; multipart uploads and copies count, too.

    below TRAINING_PREFIX    TRAINING_PIPELINE, with everything below that prefix, unless there is a newer file, whose
                             own event starts it
    below INFERENCE_PREFIX   INFERENCE_PIPELINE, with the file, and with its ground truth if that exists
    below TRUTH_PREFIX       INFERENCE_PIPELINE, with this ground truth and the batch of the same name below
                             INFERENCE_PREFIX, if it exists; otherwise the batch's event starts it later

Environment: these, and TRAINING_PARAMETERS and INFERENCE_PARAMETERS (JSON, name -> value).

The token of a start is made from its files and the times of their uploads: an event that is delivered twice starts one
execution, and a file that is uploaded again starts another.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import boto3
from botocore.config import Config

CONFIG = Config(retries={"mode": "adaptive", "max_attempts": 8})


class NotNeeded(Exception):
    """Raised if nothing has to be started; the message says why."""


class Clients(NamedTuple):
    """Holds the clients of AWS's services."""

    sagemaker: Any
    s3: Any


class NewFile(NamedTuple):
    """Describes a file in the bucket."""

    bucket: str
    key: str

    @property
    def uri(self) -> str:
        """S3 URI that names the file."""
        return f"s3://{self.bucket}/{self.key}"


class Start(NamedTuple):
    """Describes what to start, with the files that it uses: key -> time of the upload."""

    pipeline: str
    parameters: dict[str, Any]
    files: dict[str, str]


def lambda_handler(
    event: dict[str, Any], context: Any, clients: Clients | None = None, settings: Mapping[str, str] = os.environ
) -> dict[str, Any]:
    """Start the pipeline; return the execution's ARN, or why nothing was started."""
    clients = clients or Clients(boto3.client("sagemaker", config=CONFIG), boto3.client("s3", config=CONFIG))
    try:
        new = NewFile(event["detail"]["bucket"]["name"], event["detail"]["object"]["key"])
        result: dict[str, Any] = {
            "started": True,
            "execution_arn": _start_execution(_plan_start(new, clients, settings), new, clients),
        }
    except NotNeeded as error:
        result = {"started": False, "reason": str(error)}
    except KeyError as missing:
        raise ValueError(f"the event, or the environment, has no {missing}; the event is {json.dumps(event)}") from None
    print(json.dumps(result))
    return result


def _plan_start(new: NewFile, clients: Clients, settings: Mapping[str, str]) -> Start:
    for prefix, plan in ROUTES.items():
        if new.key.startswith(settings[prefix]) and not new.key.endswith("/"):
            return plan(new, clients, settings)
    raise NotNeeded(f"{new.uri} is not for any pipeline")


def _training(new: NewFile, clients: Clients, settings: Mapping[str, str]) -> Start:
    prefix = settings["TRAINING_PREFIX"]
    files = _files(new.bucket, prefix, clients)
    newest = max(files, key=lambda key: (files[key], key), default=new.key)
    if newest != new.key:
        raise NotNeeded(f"s3://{new.bucket}/{newest} is newer, and starts {settings['TRAINING_PIPELINE']} itself")
    parameters = json.loads(settings["TRAINING_PARAMETERS"]) | {"InputDataUrl": f"s3://{new.bucket}/{prefix}"}
    return Start(settings["TRAINING_PIPELINE"], parameters, files)


def _inference(new: NewFile, clients: Clients, settings: Mapping[str, str]) -> Start:
    ground_truth = NewFile(new.bucket, settings["TRUTH_PREFIX"] + new.key[len(settings["INFERENCE_PREFIX"]) :])
    files = _file(new, clients) | (ground_truth_files := _file(ground_truth, clients))
    parameters = json.loads(settings["INFERENCE_PARAMETERS"]) | {"InputDataUrl": new.uri}
    if ground_truth_files:
        parameters |= {"GroundTruthAvailable": "true", "GroundTruthUrl": ground_truth.uri}
    return Start(settings["INFERENCE_PIPELINE"], parameters, files)


def _ground_truth(new: NewFile, clients: Clients, settings: Mapping[str, str]) -> Start:
    batch = NewFile(new.bucket, settings["INFERENCE_PREFIX"] + new.key[len(settings["TRUTH_PREFIX"]) :])
    if not _file(batch, clients):
        raise NotNeeded(f"{new.uri} waits for its batch {batch.uri}, which must have the same name")
    return _inference(batch, clients, settings)


def _file(file: NewFile, clients: Clients) -> dict[str, str]:
    """Return key -> time of the upload, if the file exists."""
    return {key: when for key, when in _files(file.bucket, file.key, clients).items() if key == file.key}


def _files(bucket: str, prefix: str, clients: Clients) -> dict[str, str]:
    """Return key -> time of the upload, for each non-empty file below a prefix."""
    pages = clients.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    items = (item for page in pages for item in page.get("Contents", ()) if item["Size"])
    return {item["Key"]: item["LastModified"].isoformat() for item in items}


def _start_execution(start: Start, new: NewFile, clients: Clients) -> str:
    """Start the execution, or find the one that was started with the same token; return its ARN."""
    token = hashlib.sha256(json.dumps([start.pipeline, sorted(start.files.items())]).encode()).hexdigest()
    return str(
        clients.sagemaker.start_pipeline_execution(
            PipelineName=start.pipeline,
            ClientRequestToken=token,
            PipelineExecutionDescription=f"{new.uri} was uploaded",
            PipelineParameters=[{"Name": name, "Value": str(value)} for name, value in start.parameters.items()],
        )["PipelineExecutionArn"]
    )


#: Variable of a prefix -> what a file below it starts; the first match counts.
ROUTES: dict[str, Callable[[NewFile, Clients, Mapping[str, str]], Start]] = {
    "TRAINING_PREFIX": _training,
    "INFERENCE_PREFIX": _inference,
    "TRUTH_PREFIX": _ground_truth,
}

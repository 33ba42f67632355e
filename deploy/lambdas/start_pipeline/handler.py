"""Lambda function: a new file in the bucket starts the pipeline that it is for.

Event: Object Created, of S3, as the rule of deploy/events lets it through: uploads in parts and copies too.

    below TRAINING_PREFIX    TRAINING_PIPELINE, on everything below that prefix, unless a newer file lies there, whose
                             own event starts it
    below INFERENCE_PREFIX   INFERENCE_PIPELINE, on the file, with its truth where that is there
    below TRUTH_PREFIX       INFERENCE_PIPELINE, on the batch of the same name below INFERENCE_PREFIX, with this truth,
                             where the batch is there; else it waits for it

Environment: these, and TRAINING_PARAMETERS and INFERENCE_PARAMETERS (JSON, name -> value).

The token of a start is made of the files that it is about and of when they came: an event that comes twice starts one
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
    """Raised where nothing is to be started; the message says why."""


class Clients(NamedTuple):
    """What is asked."""

    sagemaker: Any
    s3: Any


class New(NamedTuple):
    """A file that has come."""

    bucket: str
    key: str

    @property
    def uri(self) -> str:
        """Its S3 URI."""
        return f"s3://{self.bucket}/{self.key}"


class Start(NamedTuple):
    """What is to be started, and the files that it is about: key, and when each came."""

    pipeline: str
    parameters: dict[str, Any]
    files: dict[str, str]


def lambda_handler(
    event: dict[str, Any], context: Any, clients: Clients | None = None, settings: Mapping[str, str] = os.environ
) -> dict[str, Any]:
    """Start it; which execution that is."""
    clients = clients or Clients(boto3.client("sagemaker", config=CONFIG), boto3.client("s3", config=CONFIG))
    try:
        new = New(event["detail"]["bucket"]["name"], event["detail"]["object"]["key"])
        found: dict[str, Any] = {
            "started": True,
            "execution_arn": _started(_start(new, clients, settings), new, clients),
        }
    except NotNeeded as error:
        found = {"started": False, "reason": str(error)}
    except KeyError as missing:
        raise ValueError(f"the event, or the environment, has no {missing}; the event is {json.dumps(event)}") from None
    print(json.dumps(found))
    return found


def _start(new: New, clients: Clients, settings: Mapping[str, str]) -> Start:
    for prefix, made in ROUTES.items():
        if new.key.startswith(settings[prefix]) and not new.key.endswith("/"):
            return made(new, clients, settings)
    raise NotNeeded(f"{new.uri} is for no pipeline")


def _training(new: New, clients: Clients, settings: Mapping[str, str]) -> Start:
    prefix = settings["TRAINING_PREFIX"]
    files = _files(new.bucket, prefix, clients)
    newest = max(files, key=lambda key: (files[key], key), default=new.key)
    if newest != new.key:
        raise NotNeeded(f"s3://{new.bucket}/{newest} has come since, and starts {settings['TRAINING_PIPELINE']} itself")
    given = json.loads(settings["TRAINING_PARAMETERS"]) | {"InputDataUrl": f"s3://{new.bucket}/{prefix}"}
    return Start(settings["TRAINING_PIPELINE"], given, files)


def _inference(new: New, clients: Clients, settings: Mapping[str, str]) -> Start:
    truth = New(new.bucket, settings["TRUTH_PREFIX"] + new.key[len(settings["INFERENCE_PREFIX"]) :])
    files = _file(new, clients) | (came := _file(truth, clients))
    given = json.loads(settings["INFERENCE_PARAMETERS"]) | {"InputDataUrl": new.uri}
    if came:
        given |= {"GroundTruthAvailable": "true", "GroundTruthUrl": truth.uri}
    return Start(settings["INFERENCE_PIPELINE"], given, files)


def _truth(new: New, clients: Clients, settings: Mapping[str, str]) -> Start:
    batch = New(new.bucket, settings["INFERENCE_PREFIX"] + new.key[len(settings["TRUTH_PREFIX"]) :])
    if not _file(batch, clients):
        raise NotNeeded(f"{new.uri} is the truth of {batch.uri}, and waits for it: a truth is called as its batch is")
    return _inference(batch, clients, settings)


def _file(file: New, clients: Clients) -> dict[str, str]:
    """Key -> when it came, where the file is there."""
    return {key: when for key, when in _files(file.bucket, file.key, clients).items() if key == file.key}


def _files(bucket: str, prefix: str, clients: Clients) -> dict[str, str]:
    """Key -> when it came, of every file below a prefix that holds something."""
    pages = clients.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    found = [one for page in pages for one in page.get("Contents", ()) if one["Size"]]
    return {one["Key"]: one["LastModified"].isoformat() for one in found}


def _started(start: Start, new: New, clients: Clients) -> str:
    """ARN of the execution; the one that was started before for the same."""
    token = hashlib.sha256(json.dumps([start.pipeline, sorted(start.files.items())]).encode()).hexdigest()
    return str(
        clients.sagemaker.start_pipeline_execution(
            PipelineName=start.pipeline,
            ClientRequestToken=token,
            PipelineExecutionDescription=f"{new.uri} has come",
            PipelineParameters=[{"Name": name, "Value": str(value)} for name, value in start.parameters.items()],
        )["PipelineExecutionArn"]
    )


#: Variable of a prefix -> what a file below it starts; the first that fits.
ROUTES: dict[str, Callable[[New, Clients, Mapping[str, str]], Start]] = {
    "TRAINING_PREFIX": _training,
    "INFERENCE_PREFIX": _inference,
    "TRUTH_PREFIX": _truth,
}

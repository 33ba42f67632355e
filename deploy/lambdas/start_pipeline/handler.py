"""Lambda function: a new file in the bucket starts the pipeline that it is for.

Event: Object Created, of S3, as the rule of deploy/events lets it through: uploads in parts and copies too.

    below TRAINING_PREFIX    TRAINING_PIPELINE, on everything below that prefix
    below INFERENCE_PREFIX   INFERENCE_PIPELINE, on the file
    below TRUTH_PREFIX       INFERENCE_PIPELINE, on the batch of the same name below INFERENCE_PREFIX, with this truth

Environment: these, and TRAINING_PARAMETERS and INFERENCE_PARAMETERS (JSON, name -> value).

The token of a start is made of the files that it is about: an event that comes twice, and the events of files that came
together, start one execution.
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


class NoBatch(Exception):
    """Raised where a truth has come whose batch is not there; an alarm tells of it."""


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
    """What is to be started, and the files by which a second start would be the same."""

    pipeline: str
    parameters: dict[str, Any]
    files: list[tuple[str, str]]


def lambda_handler(
    event: dict[str, Any], context: Any, clients: Clients | None = None, settings: Mapping[str, str] = os.environ
) -> dict[str, Any]:
    """Start it; which execution that is."""
    clients = clients or Clients(boto3.client("sagemaker", config=CONFIG), boto3.client("s3", config=CONFIG))
    try:
        new = New(event["detail"]["bucket"]["name"], event["detail"]["object"]["key"])
        start = _start(new, clients, settings)
    except KeyError as missing:
        raise ValueError(f"the event, or the environment, has no {missing}; the event is {json.dumps(event)}") from None
    if start is None or new.key.endswith("/"):
        found: dict[str, Any] = {"started": False, "reason": f"{new.uri} is for no pipeline"}
    else:
        found = {"started": True, "execution_arn": _started(start, new, clients)}
    print(json.dumps(found))
    return found


def _start(new: New, clients: Clients, settings: Mapping[str, str]) -> Start | None:
    for prefix, made in ROUTES.items():
        if settings[prefix] and new.key.startswith(settings[prefix]):
            return made(new, clients, settings)
    return None


def _training(new: New, clients: Clients, settings: Mapping[str, str]) -> Start:
    prefix = settings["TRAINING_PREFIX"]
    pages = clients.s3.get_paginator("list_objects_v2").paginate(Bucket=new.bucket, Prefix=prefix)
    files = [(one["Key"], one["ETag"]) for page in pages for one in page.get("Contents", ()) if one["Size"]]
    given = json.loads(settings["TRAINING_PARAMETERS"]) | {"InputDataUrl": f"s3://{new.bucket}/{prefix}"}
    return Start(settings["TRAINING_PIPELINE"], given, files)


def _inference(new: New, clients: Clients, settings: Mapping[str, str]) -> Start:
    given = json.loads(settings["INFERENCE_PARAMETERS"]) | {"InputDataUrl": new.uri}
    return Start(settings["INFERENCE_PIPELINE"], given, [(new.key, _tag(new, clients))])


def _truth(new: New, clients: Clients, settings: Mapping[str, str]) -> Start:
    name = new.key[len(settings["TRUTH_PREFIX"]) :]
    batch = New(new.bucket, settings["INFERENCE_PREFIX"] + name)
    found = clients.s3.list_objects_v2(Bucket=new.bucket, Prefix=batch.key, MaxKeys=1).get("Contents", ())
    if not found or found[0]["Key"] != batch.key:
        raise NoBatch(f"{new.uri} is the truth of {batch.uri}, which is not there: a truth is called as its batch is")
    start = _inference(batch, clients, settings)
    given = {"GroundTruthAvailable": "true", "GroundTruthUrl": new.uri}
    return start._replace(parameters=start.parameters | given, files=[*start.files, (new.key, _tag(new, clients))])


def _tag(file: New, clients: Clients) -> str:
    return str(clients.s3.head_object(Bucket=file.bucket, Key=file.key)["ETag"])


def _started(start: Start, new: New, clients: Clients) -> str:
    token = hashlib.sha256(json.dumps([start.pipeline, sorted(start.files)]).encode()).hexdigest()
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

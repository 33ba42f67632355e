"""Lambda function of CodePipeline: start a pipeline of SageMaker's, and say later what its execution has registered.

Two actions, by what their UserParameters have:

    {"Parameters": {NAME: VALUE}}     start it. The action's input artifact has report.json, what run-pipeline
                                      --no-start has said: which pipeline, and the parameters that it needs. Those named
                                      here are added. Its definition.json has to be what SageMaker has: nobody has
                                      changed the pipeline since. Output variables: PipelineExecutionArn
    {"PipelineExecutionArn": ARN}     what it has registered, once it has ended. Output variables: ModelPackageArn

Nothing waits here: confirm_pipeline hears of the end. A start that comes twice starts one execution.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from deploy import codepipeline_job

import boto3

PLAN, DEFINITION = "report.json", "definition.json"
FAILED = "Failed"


class Clients(NamedTuple):
    """Of AWS's services; ``session`` makes one for the artifacts, with the credentials that come with a job."""

    codepipeline: Any
    sagemaker: Any
    session: Any


class NotWhatWasBuilt(Exception):
    """Raised where somebody has changed the pipeline since it was built."""


class NothingRegistered(Exception):
    """Raised where an execution has ended without a model; the message says which, and why."""


def lambda_handler(event: dict[str, Any], context: Any, clients: Clients | None = None) -> dict[str, Any]:
    """Do the one or the other."""
    clients = clients or Clients(boto3.client("codepipeline"), boto3.client("sagemaker"), boto3)

    def work(asked: dict[str, Any], job: dict[str, Any]) -> dict[str, Any]:
        if "PipelineExecutionArn" in asked:
            return registered_package(clients.sagemaker, asked["PipelineExecutionArn"])
        return _started(clients, asked, job)

    return codepipeline_job.answer(event, clients.codepipeline, work)


def registered_package(sagemaker: Any, execution: str) -> dict[str, Any]:
    """ARN of the version that an execution has registered.

    Raises:
        NothingRegistered: it runs, or failed, or has registered none.
    """
    status = sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)["PipelineExecutionStatus"]
    steps = list(_steps(sagemaker, execution))
    arns = [step["Metadata"]["RegisterModel"]["Arn"] for step in steps if "RegisterModel" in step.get("Metadata", {})]
    if status != "Succeeded" or not arns:
        failed = [f"{one['StepName']}: {one.get('FailureReason', '?')}" for one in steps if one["StepStatus"] == FAILED]
        raise NothingRegistered(f"{execution} is {status}, and has registered no model. {' '.join(failed)}".strip())
    return {"ModelPackageArn": arns[-1]}


def _steps(sagemaker: Any, execution: str) -> Iterator[dict[str, Any]]:
    pages = sagemaker.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=execution)
    return (step for page in pages for step in page["PipelineExecutionSteps"])


def _started(clients: Clients, asked: Mapping[str, Any], job: Mapping[str, Any]) -> dict[str, Any]:
    plan, definition = _built(clients.session, job["data"])
    found = clients.sagemaker.describe_pipeline(PipelineName=plan["pipeline"])["PipelineDefinition"]
    if json.loads(found)["Steps"] != definition["Steps"]:
        raise NotWhatWasBuilt(f"{plan['pipeline']} has been changed since this was built: release the change anew")
    values = {**plan["parameters"], **asked.get("Parameters", {})}
    started = clients.sagemaker.start_pipeline_execution(
        PipelineName=plan["pipeline"],
        PipelineParameters=[{"Name": name, "Value": str(value)} for name, value in values.items()],
        ClientRequestToken=job["id"],
    )
    return {"PipelineExecutionArn": started["PipelineExecutionArn"]}


def _built(session: Any, data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """report.json and definition.json of the input artifact, which is read with the job's own credentials."""
    (artifact,) = data["inputArtifacts"]
    given, where = data["artifactCredentials"], artifact["location"]["s3Location"]
    s3 = session.client(
        "s3",
        aws_access_key_id=given["accessKeyId"],
        aws_secret_access_key=given["secretAccessKey"],
        aws_session_token=given["sessionToken"],
    )
    body = s3.get_object(Bucket=where["bucketName"], Key=where["objectKey"])["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        names = archive.namelist()
        if missing := [name for name in (PLAN, DEFINITION) if name not in names]:
            raise ValueError(
                f"artifact {artifact['name']} has no {' and no '.join(missing)}; it has {', '.join(names)}"
            )
        return json.loads(archive.read(PLAN)), json.loads(archive.read(DEFINITION))

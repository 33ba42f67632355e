"""Lambda function of CodePipeline that starts a SageMaker pipeline, and later returns what its execution registered.

There are two actions, which differ in their UserParameters:

    {"Parameters": {NAME: VALUE}}     start it. The action's input artifact contains report.json, the output of
                                      run-pipeline --no-start: the pipeline and the parameters that it needs. The
                                      parameters given here are added. The artifact's definition.json must be equal to
                                      SageMaker's, so that the pipeline was not changed in the meantime. Output
                                      variables: PipelineExecutionArn
    {"PipelineExecutionArn": ARN}     return what it registered, after its end. Output variables: ModelPackageArn

This function does not wait: confirm_pipeline gets the event of the end. A repeated start starts one execution.
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
    """Holds the clients of AWS's services; ``session`` creates one for the artifacts, with the job's credentials."""

    codepipeline: Any
    sagemaker: Any
    session: Any


class NotWhatWasBuilt(Exception):
    """Raised if the pipeline was changed after it was built."""


class NothingRegistered(Exception):
    """Raised if an execution has ended without a model; the message says which, and why."""


def lambda_handler(event: dict[str, Any], context: Any, clients: Clients | None = None) -> dict[str, Any]:
    """Do the action that the parameters select."""
    clients = clients or Clients(boto3.client("codepipeline"), boto3.client("sagemaker"), boto3)

    def work(parameters: dict[str, Any], job: dict[str, Any]) -> dict[str, Any]:
        if "PipelineExecutionArn" in parameters:
            return registered_package(clients.sagemaker, parameters["PipelineExecutionArn"])
        return _start(clients, parameters, job)

    return codepipeline_job.answer(event, clients.codepipeline, work)


def registered_package(sagemaker: Any, execution: str) -> dict[str, Any]:
    """Return the ARN of the version that an execution has registered.

    Raises:
        NothingRegistered: it is running, it failed, or it has registered no version.
    """
    status = sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)["PipelineExecutionStatus"]
    steps = list(_steps(sagemaker, execution))
    arns = [step["Metadata"]["RegisterModel"]["Arn"] for step in steps if "RegisterModel" in step.get("Metadata", {})]
    if status != "Succeeded" or not arns:
        failed = [f"{s['StepName']}: {s.get('FailureReason', '?')}" for s in steps if s["StepStatus"] == FAILED]
        raise NothingRegistered(f"{execution} is {status}, and has registered no model. {' '.join(failed)}".strip())
    return {"ModelPackageArn": arns[-1]}


def _steps(sagemaker: Any, execution: str) -> Iterator[dict[str, Any]]:
    pages = sagemaker.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=execution)
    return (step for page in pages for step in page["PipelineExecutionSteps"])


def _start(clients: Clients, user_parameters: Mapping[str, Any], job: Mapping[str, Any]) -> dict[str, Any]:
    plan, definition = _read_artifact(clients.session, job["data"])
    definition_text = clients.sagemaker.describe_pipeline(PipelineName=plan["pipeline"])["PipelineDefinition"]
    if json.loads(definition_text)["Steps"] != definition["Steps"]:
        raise NotWhatWasBuilt(f"{plan['pipeline']} was changed after this was built; release the change again")
    values = {**plan["parameters"], **user_parameters.get("Parameters", {})}
    response = clients.sagemaker.start_pipeline_execution(
        PipelineName=plan["pipeline"],
        PipelineParameters=[{"Name": name, "Value": str(value)} for name, value in values.items()],
        ClientRequestToken=job["id"],
    )
    return {"PipelineExecutionArn": response["PipelineExecutionArn"]}


def _read_artifact(session: Any, data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return report.json and definition.json of the input artifact, which is read with the job's own credentials."""
    (artifact,) = data["inputArtifacts"]
    credentials, location = data["artifactCredentials"], artifact["location"]["s3Location"]
    s3 = session.client(
        "s3",
        aws_access_key_id=credentials["accessKeyId"],
        aws_secret_access_key=credentials["secretAccessKey"],
        aws_session_token=credentials["sessionToken"],
    )
    body = s3.get_object(Bucket=location["bucketName"], Key=location["objectKey"])["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        names = archive.namelist()
        if missing := [name for name in (PLAN, DEFINITION) if name not in names]:
            raise ValueError(
                f"artifact {artifact['name']} has no {' and no '.join(missing)}; it has {', '.join(names)}"
            )
        return json.loads(archive.read(PLAN)), json.loads(archive.read(DEFINITION))

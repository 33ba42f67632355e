"""Builds the scope: the values that the expressions of a running execution can read."""

from __future__ import annotations

from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.definition.graph import Graph
from local_sagemaker.definition.step import Step


def initial_scope(account: Account, graph: Graph, execution: dict[str, Any]) -> dict[str, Any]:
    """Return a scope with the parameters and the execution's own variables, and no step yet."""
    arn = execution["PipelineExecutionArn"]
    values = {p["Name"]: graph.parameters[p["Name"]].read(p["Value"]) for p in execution["PipelineParameters"]}
    return {
        "Parameters": values,
        "Execution": {
            "PipelineArn": execution["PipelineArn"],
            "PipelineName": execution["PipelineArn"].rsplit("/", 1)[-1],
            "PipelineExecutionArn": arn,
            "PipelineExecutionId": arn.rsplit("/", 1)[-1],
            "StartDateTime": execution["StartTime"],
            "CurrentDateTime": account.now(),
        },
        "Steps": {},
    }


def with_property_files(step: Step, properties: dict[str, Any]) -> dict[str, Any]:
    """Return a step's properties, with the S3 URI of each of its property files added."""
    outputs = (properties.get("ProcessingOutputConfig") or {}).get("Outputs") or ()
    uris = {o["OutputName"]: o["S3Output"]["S3Uri"].rstrip("/") for o in outputs}
    files = {
        name: f"{uris[file['OutputName']]}/{file['FilePath']}"
        for name, file in step.property_files.items()
        if file["OutputName"] in uris
    }
    return properties | {"PropertyFiles": files} if files else properties

"""Lambda function of CodePipeline that approves a version in the model registry after a reviewer has agreed to it.

UserParameters: {"ModelPackageArn": ARN, "Reason": TEXT}. After that, look-ups of the approved version, as by batch
inference, find the version that goes into production; if its endpoint is then rolled back, a reviewer has to reject it.
An approved version is not changed; a rejected one stays rejected, and the action fails.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from deploy import codepipeline_job

import boto3

APPROVED, REJECTED = "Approved", "Rejected"


class Clients(NamedTuple):
    """Holds the clients of AWS's services."""

    codepipeline: Any
    sagemaker: Any


class WasRejected(Exception):
    """Raised if the version was rejected; the message says which, and why."""


def lambda_handler(event: dict[str, Any], context: Any, clients: Clients | None = None) -> dict[str, Any]:
    """Approve the version."""
    clients = clients or Clients(boto3.client("codepipeline"), boto3.client("sagemaker"))
    return codepipeline_job.answer(
        event,
        clients.codepipeline,
        lambda parameters, job: approve(clients.sagemaker, parameters["ModelPackageArn"], parameters["Reason"]),
    )


def approve(sagemaker: Any, arn: str, reason: str) -> dict[str, Any]:
    """Approve the version unless it is approved; return its ARN.

    Raises:
        WasRejected: it was rejected.
    """
    package = sagemaker.describe_model_package(ModelPackageName=arn)
    if package["ModelApprovalStatus"] == REJECTED:
        raise WasRejected(f"{arn} was rejected: {package.get('ApprovalDescription', 'no reason given')}")
    if package["ModelApprovalStatus"] != APPROVED:
        sagemaker.update_model_package(
            ModelPackageArn=arn, ModelApprovalStatus=APPROVED, ApprovalDescription=reason[:1024]
        )
    return {"ModelPackageArn": arn}

"""Lambda function of CodePipeline: what a person has agreed to is approved in the model registry, too.

UserParameters: {"ModelPackageArn": ARN, "Reason": TEXT}. So whoever looks up the approved version, as batch inference
does, finds the one that goes into production; where its endpoint is rolled back then, a person rejects it. One that is
approved stays as it is; one that was rejected stays so, and the action fails.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from deploy import codepipeline_job

import boto3

APPROVED, REJECTED = "Approved", "Rejected"


class Clients(NamedTuple):
    """Of AWS's services."""

    codepipeline: Any
    sagemaker: Any


class WasRejected(Exception):
    """Raised where somebody has rejected the version; the message says which, and why."""


def lambda_handler(event: dict[str, Any], context: Any, clients: Clients | None = None) -> dict[str, Any]:
    """Approve it."""
    clients = clients or Clients(boto3.client("codepipeline"), boto3.client("sagemaker"))
    return codepipeline_job.answer(
        event,
        clients.codepipeline,
        lambda asked, job: approve(clients.sagemaker, asked["ModelPackageArn"], asked["Reason"]),
    )


def approve(sagemaker: Any, arn: str, reason: str) -> dict[str, Any]:
    """The version, approved.

    Raises:
        WasRejected: it is rejected.
    """
    found = sagemaker.describe_model_package(ModelPackageName=arn)
    if found["ModelApprovalStatus"] == REJECTED:
        raise WasRejected(f"{arn} was rejected: {found.get('ApprovalDescription', 'nobody has said why')}")
    if found["ModelApprovalStatus"] != APPROVED:
        sagemaker.update_model_package(
            ModelPackageArn=arn, ModelApprovalStatus=APPROVED, ApprovalDescription=reason[:1024]
        )
    return {"ModelPackageArn": arn}

"""An account in which a model scores, and the events that it tells of."""

from __future__ import annotations

import time

import pytest

pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")
import aws_events
from moto_answers import succeeded
from moto_over_http import BUCKET

GROUP, BATCH, TUNING = "Shells", "Batch", "Tuning"
SCORED = "p4jn9xou8a8s"
DEFINITION = {
    "Version": "2020-12-01",
    "Parameters": [
        {"Name": name, "Type": "String", "DefaultValue": ""} for name in ("InputDataUrl", "SkipDataQualityCheck")
    ],
    "Steps": [],
}
LATER = {"time": "2099-01-01T00:00:00Z"}  # than whatever a test starts
LOST = (
    aws_events.step_event(BATCH, "ModelQualityLost", "Failed", "Fail", failureReason="worse than it may be: mse")
    | LATER
)


def labelled_batch(batch, content="0"):
    """Key of a batch with its truth: names of one character stand for hashes."""
    return f"shells/labelled/{batch * 32}-{content * 32}.csv"


def approve_version(aws):
    """Register a version as approved; its ARN."""
    client = aws.client("sagemaker")
    return client.create_model_package(ModelPackageGroupName=GROUP, ModelApprovalStatus="Approved")["ModelPackageArn"]


def score_batch(aws, version, *more):
    """What the steps of the execution that scored say."""
    outputs = [{"Name": "ModelPackageArn", "Value": version}, {"Name": "ModelPackageVersion", "Value": "1"}]
    looked_up = succeeded("LambdaStepGetApprovedModel", Lambda={"Arn": "f", "OutputParameters": outputs})
    aws.steps[aws_events.arn(BATCH, SCORED)] = [looked_up, *more]


def keys(aws, prefix="shells/retraining/"):
    found = aws.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", ())
    return sorted(one["Key"].removeprefix(prefix) for one in found)


def put(aws, key, body=b"sex,a,rings\nF,2,8\n"):
    aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
    time.sleep(1.1)  # S3 tells of whole seconds

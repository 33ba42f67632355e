"""Fills an account in which a model scores batches, and defines the events that start a retraining."""

from __future__ import annotations

import time

import pytest

pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")
import aws_events
from moto_answers import succeeded_step
from moto_over_http import BUCKET

GROUP, BATCH, TUNING = "Shells", "Batch", "Tuning"
SCORING_EXECUTION = "p4jn9xou8a8s"
DEFINITION = {
    "Version": "2020-12-01",
    "Parameters": [
        {"Name": name, "Type": "String", "DefaultValue": ""} for name in ("InputDataUrl", "SkipDataQualityCheck")
    ],
    "Steps": [],
}
LATER = {"time": "2099-01-01T00:00:00Z"}  # than anything that a test starts
LOST_QUALITY_EVENT = (
    aws_events.step_event(BATCH, "ModelQualityLost", "Failed", "Fail", failureReason="worse than it may be: mse")
    | LATER
)


def labelled_batch(batch, content="0"):
    """Return the key of a batch with its ground truth: single characters stand for hashes."""
    return f"shells/labelled/{batch * 32}-{content * 32}.csv"


def approve_version(aws):
    """Register a version as approved; return its ARN."""
    client = aws.client("sagemaker")
    return client.create_model_package(ModelPackageGroupName=GROUP, ModelApprovalStatus="Approved")["ModelPackageArn"]


def score_batch(aws, version, *more_steps):
    """Set the steps of the execution that scored a batch with this version."""
    outputs = [{"Name": "ModelPackageArn", "Value": version}, {"Name": "ModelPackageVersion", "Value": "1"}]
    lookup = succeeded_step("LambdaStepGetApprovedModel", Lambda={"Arn": "f", "OutputParameters": outputs})
    aws.steps[aws_events.arn(BATCH, SCORING_EXECUTION)] = [lookup, *more_steps]


def keys(aws, prefix="shells/retraining/"):
    objects = aws.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", ())
    return sorted(entry["Key"].removeprefix(prefix) for entry in objects)


def put(aws, key, body=b"sex,a,rings\nF,2,8\n"):
    aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
    time.sleep(1.1)  # S3's times are in whole seconds

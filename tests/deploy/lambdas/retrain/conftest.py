"""Fixtures that provide the function that starts a retraining, and an account with data and models."""

from __future__ import annotations

import json

import pytest
from retraining import (
    BATCH,
    DEFINITION,
    GROUP,
    LOST_QUALITY_EVENT,
    TUNING,
    approve_version,
    labelled_batch,
    score_batch,
)

pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")
import aws_events
import boto3
from botocore.config import Config
from handlers import load_handler
from moto_over_http import BUCKET, REGION


@pytest.fixture
def handler():
    return load_handler("retrain")


@pytest.fixture
def settings():
    return {
        "PIPELINE": TUNING, "GROUP": GROUP, "TRAINING_DATA": f"s3://{BUCKET}/shells/training/",
        "LABELLED_DATA": f"s3://{BUCKET}/shells/labelled/", "SNAPSHOTS": f"s3://{BUCKET}/shells/retraining/",
        "PARAMETERS": json.dumps({"SkipDataQualityCheck": "true"}), "COOL_DOWN_HOURS": "24", "ON_DRIFT": "true",
        "LABEL_STEP": "LabelAbaloneData",
    }  # fmt: skip


@pytest.fixture
def account(aws):
    """Create a group with an approved version, both pipelines, training data, and a batch with its ground truth."""
    client = aws.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName=GROUP)
    version = approve_version(aws)
    for name in (BATCH, TUNING):
        client.create_pipeline(
            PipelineName=name,
            RoleArn=f"arn:aws:iam::{aws_events.ACCOUNT}:role/jobs",
            PipelineDefinition=json.dumps(DEFINITION),
        )
    aws.client("s3").put_object(Bucket=BUCKET, Key="shells/training/known.csv", Body=b"M,1,9\n")
    aws.client("s3").put_object(Bucket=BUCKET, Key="shells/training/", Body=b"")
    aws.client("s3").put_object(Bucket=BUCKET, Key=labelled_batch("a"), Body=b"sex,a,rings\nM,2,8\n")
    score_batch(aws, version)
    return aws


@pytest.fixture
def ask(account, handler, settings):
    """Return a function that passes events to the handler and returns its result; ``starts`` records its starts."""
    retries = Config(retries={"mode": "standard", "max_attempts": 4})
    session = boto3.Session(region_name=REGION)
    clients = handler.Clients(session.client("sagemaker", config=retries), session.client("s3", config=retries))
    starts = []
    clients.sagemaker.meta.events.register(
        "provide-client-params.sagemaker.StartPipelineExecution", lambda params, **_: starts.append(dict(params))
    )

    def run(event=LOST_QUALITY_EVENT, **changed):
        return handler.lambda_handler(event, None, clients, settings | changed)

    run.starts = starts
    return run

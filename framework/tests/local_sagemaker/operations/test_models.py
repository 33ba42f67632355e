"""CreateModel accepts valid models and rejects invalid ones."""

from __future__ import annotations

from datetime import UTC, datetime

from local_sagemaker.testing import BUCKET, ROLE, XGBOOST

import pytest
from botocore.exceptions import ClientError

CONTAINER = {"Image": XGBOOST, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"}


@pytest.fixture(autouse=True)
def data(account):
    account.objects.write(BUCKET, "model.tar.gz", b"")


def test_a_model_is_described_and_listed_until_it_is_deleted(client):
    arn = client.create_model(ModelName="one", PrimaryContainer=CONTAINER, ExecutionRoleArn=ROLE)["ModelArn"]
    client.create_model(ModelName="two", Containers=[CONTAINER, CONTAINER], ExecutionRoleArn=ROLE)

    assert client.describe_model(ModelName="one")["PrimaryContainer"] == CONTAINER
    assert [m["ModelName"] for m in client.list_models(SortBy="Name", SortOrder="Ascending")["Models"]] == [
        "one",
        "two",
    ]
    assert arn.endswith(":model/one")
    assert client.list_models(CreationTimeAfter=datetime(2099, 1, 1, tzinfo=UTC))["Models"] == []
    client.delete_model(ModelName="one")
    with pytest.raises(ClientError, match="Could not find model"):
        client.describe_model(ModelName="one")


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({}, "either a PrimaryContainer or Containers"),
        ({"PrimaryContainer": CONTAINER, "Containers": [CONTAINER]}, "either a PrimaryContainer or Containers"),
        (
            {"PrimaryContainer": {**CONTAINER, "Mode": "MultiModel"}},
            "does not support PrimaryContainer.Mode here",
        ),
        ({"PrimaryContainer": {"Mode": "SingleModel"}}, "either an Image or a ModelPackageName"),
        (
            {"PrimaryContainer": {**CONTAINER, "ModelDataUrl": f"s3://{BUCKET}/no.tar.gz"}},
            "Could not find model data at s3://.*/no.tar.gz",
        ),
        (
            {"PrimaryContainer": {"ModelPackageName": "arn:aws:sagemaker:us-east-1:000000000000:model-package/g/1"}},
            "Model package .*/g/1 does not exist",
        ),
    ],
)
def test_an_invalid_model_is_refused(client, request_, message):
    with pytest.raises(ClientError, match=message):
        client.create_model(ModelName="one", ExecutionRoleArn=ROLE, **request_)


def test_a_name_is_unique(client):
    client.create_model(ModelName="one", PrimaryContainer=CONTAINER, ExecutionRoleArn=ROLE)

    with pytest.raises(ClientError, match="Cannot create already existing model"):
        client.create_model(ModelName="one", PrimaryContainer=CONTAINER, ExecutionRoleArn=ROLE)

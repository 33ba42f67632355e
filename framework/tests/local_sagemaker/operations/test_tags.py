"""Tags belong to the resource that the ARN names, of any kind that has tags."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

TAGS = [{"Key": "team", "Value": "shells"}]


def a_group(client):
    return client.create_model_package_group(ModelPackageGroupName="Shells", Tags=TAGS)["ModelPackageGroupArn"]


def a_version(client):
    a_group(client)
    return client.create_model_package(ModelPackageGroupName="Shells", Tags=TAGS)["ModelPackageArn"]


@pytest.mark.parametrize("make", [a_group, a_version])
def test_tags_are_replaced_by_key_and_removed(client, make):
    arn = make(client)

    client.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "fish"}, {"Key": "stage", "Value": "prod"}])
    client.delete_tags(ResourceArn=arn, TagKeys=["stage", "missing"])

    assert client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "fish"}]


def test_a_version_and_its_group_have_their_own_tags(client):
    arn = a_version(client)

    client.delete_tags(ResourceArn=arn, TagKeys=["team"])

    assert client.list_tags(ResourceArn=arn)["Tags"] == []
    assert client.list_tags(ResourceArn=arn.replace("model-package/Shells/1", "model-package-group/Shells"))["Tags"]


@pytest.mark.parametrize(
    ("arn", "message"),
    [
        ("arn:aws:sagemaker:us-east-1:111122223333:model-package-group/Shells", "not a resource of this account"),
        ("arn:aws:sagemaker:eu-west-1:000000000000:model-package-group/Shells", "not a resource of this account"),
        ("arn:aws:sagemaker:us-east-1:000000000000:domain/d-1", "that has tags"),
        ("arn:aws:sagemaker:us-east-1:000000000000:pipeline/Shells", "does not exist"),
    ],
)
def test_the_arn_must_be_that_of_a_resource_of_this_account(client, arn, message):
    a_group(client)

    with pytest.raises(ClientError, match=message):
        client.add_tags(ResourceArn=arn, Tags=TAGS)

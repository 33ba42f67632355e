from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def group(client):
    client.create_model_package_group(ModelPackageGroupName="Shells")
    return "Shells"


def register(client, group, **members):
    return client.create_model_package(ModelPackageGroupName=group, **members)["ModelPackageArn"]


def test_version_numbers_start_at_one_and_are_never_reused(client, group):
    first, second = register(client, group), register(client, group)
    client.delete_model_package(ModelPackageName=second)
    third = register(client, group)

    assert [arn.rpartition("/")[2] for arn in (first, second, third)] == ["1", "2", "3"]


def test_concurrent_registrations_get_distinct_numbers(client, group):
    with ThreadPoolExecutor(8) as pool:
        arns = list(pool.map(lambda _: register(client, group), range(24)))

    assert sorted(int(arn.rpartition("/")[2]) for arn in arns) == list(range(1, 25))


def test_the_latest_approved_version_is_listed_first_as_on_aws(client, group):
    arns = [register(client, group) for _ in range(3)]
    for arn in arns[:2]:
        client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="good")

    listed = client.list_model_packages(
        ModelPackageGroupName=group, ModelApprovalStatus="Approved", SortBy="CreationTime", MaxResults=1
    )

    assert [p["ModelPackageArn"] for p in listed["ModelPackageSummaryList"]] == [arns[1]]
    assert client.describe_model_package(ModelPackageName=arns[1])["ApprovalDescription"] == "good"


def test_metadata_is_merged(client, group):
    arn = register(client, group, CustomerMetadataProperties={"a": "1", "b": "2"})

    client.update_model_package(
        ModelPackageArn=arn, CustomerMetadataProperties={"b": "3"}, CustomerMetadataPropertiesToRemove=["a"]
    )

    assert client.describe_model_package(ModelPackageName=arn)["CustomerMetadataProperties"] == {"b": "3"}


def test_a_missing_group_and_a_duplicate_group_are_refused(client, group):
    with pytest.raises(ClientError, match="ModelPackageGroup Other does not exist"):
        register(client, "Other")
    with pytest.raises(ClientError, match="already exists"):
        client.create_model_package_group(ModelPackageGroupName=group)


def test_a_group_with_versions_is_not_deleted(client, group):
    arn = register(client, group)

    with pytest.raises(ClientError, match="still has versions"):
        client.delete_model_package_group(ModelPackageGroupName=group)
    client.delete_model_package(ModelPackageName=arn)
    client.delete_model_package_group(ModelPackageGroupName=group)

    assert client.list_model_package_groups()["ModelPackageGroupSummaryList"] == []


def test_inference_specifications_are_added(client, group):
    specification = {"Name": "gpu", "Containers": [{"Image": "another"}]}
    arn = register(client, group)

    client.update_model_package(ModelPackageArn=arn, AdditionalInferenceSpecificationsToAdd=[specification])

    assert client.describe_model_package(ModelPackageName=arn)["AdditionalInferenceSpecifications"] == [specification]
    with pytest.raises(ClientError, match="must be unique"):
        client.update_model_package(ModelPackageArn=arn, AdditionalInferenceSpecificationsToAdd=[specification])


def test_a_group_of_another_account_is_refused(client, group):
    with pytest.raises(ClientError, match="is not a model-package-group of this account"):
        register(client, f"arn:aws:sagemaker:us-east-1:111122223333:model-package-group/{group}")

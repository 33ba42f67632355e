"""Tests the function that looks up the approved model: its real handler, with AWS's responses and on this machine."""

from __future__ import annotations

import pytest

pytest.importorskip("boto3")

import boto3
from botocore.stub import Stubber
from handlers import load_handler

GROUP = "Shells"


def package(version, **changes):
    """Return a version that has everything."""

    def files(name):
        members = ("Statistics", "Constraints")
        return {member: {"ContentType": "application/json", "S3Uri": f"s3://b/{name}/{member}"} for member in members}

    return {
        "ModelPackageArn": f"arn:aws:sagemaker:us-east-1:000000000000:model-package/{GROUP}/{version}",
        "ModelPackageVersion": version,
        "CustomerMetadataProperties": {"FeaturizerUri": "s3://b/featurizer.json", "ProblemType": "Regression"},
        "DriftCheckBaselines": {"ModelDataQuality": files("data"), "ModelQuality": files("model")},
    } | changes


@pytest.fixture
def handler():
    return load_handler("get_approved_model")


@pytest.fixture
def register(session):
    """Create the group; return a function that registers a version with this status and these members."""
    client = session.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName=GROUP)

    def create(status, **changes):
        own = ("ModelPackageArn", "ModelPackageVersion")
        members = {name: value for name, value in package(0, **changes).items() if name not in own}
        return client.create_model_package(ModelPackageGroupName=GROUP, ModelApprovalStatus=status, **members)

    return create


@pytest.fixture
def ask(handler, session):
    """Return a function that calls the handler with this machine's account."""
    client = session.client("sagemaker")
    return lambda **event: handler.lambda_handler({"model_package_group_name": GROUP} | event, None, client)


def test_the_newest_approved_version_is_returned_with_what_scoring_needs(register, ask):
    for status in ("Approved", "Approved", "PendingManualApproval", "Rejected"):
        register(status)

    outputs = ask()

    assert outputs["ModelPackageArn"].endswith(f"{GROUP}/2")
    assert outputs["ModelPackageVersion"] == 2
    assert outputs["FeaturizerUri"] == "s3://b/featurizer.json"
    assert outputs["DataQualityStatistics"] == "s3://b/data/Statistics"
    assert outputs["ModelQualityConstraints"] == "s3://b/model/Constraints"
    assert all(isinstance(value, str | int) for value in outputs.values())


def test_a_decision_changes_the_answer_of_the_next_call(register, ask, session):
    client = session.client("sagemaker")
    register("Approved")
    second = register("PendingManualApproval")["ModelPackageArn"]
    assert ask()["ModelPackageVersion"] == 1

    client.update_model_package(ModelPackageArn=second, ModelApprovalStatus="Approved")
    assert ask()["ModelPackageVersion"] == 2

    client.update_model_package(ModelPackageArn=second, ModelApprovalStatus="Rejected")
    assert ask()["ModelPackageVersion"] == 1


def test_a_version_can_be_pinned(register, ask):
    register("Approved")
    register("Approved")
    register("Rejected")

    assert ask(model_package_version=1)["ModelPackageVersion"] == 1
    with pytest.raises(Exception, match=r"version 3 .*, to which the pipeline is pinned, is Rejected; it has 3"):
        ask(model_package_version=3)
    with pytest.raises(Exception, match=r"is not there; it has 3 \(Rejected\), 2 \(Approved\), 1"):
        ask(model_package_version=9)


def test_without_an_approved_version_the_error_says_what_to_do(register, ask):
    with pytest.raises(Exception, match="it has no versions"):
        ask()
    register("PendingManualApproval")
    with pytest.raises(Exception, match=r"it has 1 \(PendingManualApproval\). Approve one: pipelines approve Shells"):
        ask()


@pytest.mark.parametrize(
    "event", [{"model_package_group_name": ""}, {"model_package_version": "x"}, {"model_package_version": 2.9}]
)
def test_an_invalid_event_is_an_error(ask, event):
    with pytest.raises(ValueError, match="the event needs model_package_group_name"):
        ask(**event)


def test_a_missing_group_is_an_error(ask):
    with pytest.raises(Exception, match="no model package group 'Shells'; run the training pipeline first"):
        ask()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"CustomerMetadataProperties": {"Another": "fact"}}, "has no FeaturizerUri, ProblemType: "),
        ({"DriftCheckBaselines": {}}, "DataQualityConstraints, DataQualityStatistics, ModelQualityConstraints, Mod"),
    ],
)
def test_missing_parts_of_an_approved_version_are_named(register, ask, changes, message):
    register("Approved", **changes)

    with pytest.raises(Exception, match=message):
        ask()


def test_a_page_without_versions_is_not_the_end(handler):
    """ListModelPackages may return an empty page if it filters; a token shows that another page follows."""
    client = boto3.client("sagemaker", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    arn = package(7)["ModelPackageArn"]
    summary = {
        "ModelPackageArn": arn, "ModelPackageVersion": 7, "ModelPackageName": GROUP, "CreationTime": 0,
        "ModelPackageStatus": "Completed",
    }  # fmt: skip
    query = {
        "ModelPackageGroupName": GROUP, "ModelApprovalStatus": "Approved", "SortBy": "CreationTime",
        "SortOrder": "Descending",
    }  # fmt: skip
    with Stubber(client) as stubbed:
        stubbed.add_response("list_model_packages", {"ModelPackageSummaryList": [], "NextToken": "more"}, query)
        stubbed.add_response(
            "list_model_packages", {"ModelPackageSummaryList": [summary]}, query | {"NextToken": "more"}
        )
        described = package(7) | {
            "ModelPackageName": GROUP, "CreationTime": 0, "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": []},
        }  # fmt: skip
        stubbed.add_response("describe_model_package", described, {"ModelPackageName": arn})

        assert handler.lambda_handler({"model_package_group_name": GROUP}, None, client)["ModelPackageVersion"] == 7


def test_without_an_approved_version_the_given_alternative_is_returned(register, ask):
    register("PendingManualApproval")
    alternative = {"ModelDataUrl": "s3://b/own/model.tar.gz", "FeaturizerUri": "s3://b/own/featurizer.json"}

    assert ask(or_else=alternative) == {"ModelPackageVersion": 0} | alternative
    assert ask(or_else=alternative, model_package_group_name="Unheard") == {"ModelPackageVersion": 0} | alternative

    container = {"Image": "an-image", "ModelDataUrl": "s3://b/model.tar.gz"}
    formats = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    register("Approved", InferenceSpecification={"Containers": [container]} | formats)

    outputs = ask(or_else=alternative)
    assert (outputs["ModelPackageVersion"], outputs["ModelDataUrl"]) == (2, "s3://b/model.tar.gz")
    assert outputs["FeaturizerUri"] == "s3://b/featurizer.json"

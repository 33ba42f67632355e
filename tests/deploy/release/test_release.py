"""Releases a version from one account to another, completely or not at all, with a moto server for both."""

from __future__ import annotations

import hashlib
import json

import pytest

pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")

from deploy import copies, images, release
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.service import registry
from pipelines import model_package

from accounts import ARTIFACTS, FILES, IMAGE, MODELS, TARGET, TRAINING, objects, register, request, uri


def test_all_files_and_facts_of_a_version_are_copied(accounts, run_release, packages):
    origin = register(accounts.training, reason="looks well")

    result = run_release()

    (copied,) = packages()
    assert result == (copied["ModelPackageArn"], 1, origin)
    copies_by_key = objects(accounts.target)
    assert sorted(copies_by_key.values()) == sorted(FILES.values())
    assert all(hashlib.sha256(content).hexdigest() in key for key, content in copies_by_key.items())
    assert {key.rpartition("/")[2] for key in copies_by_key} == {key.rpartition("/")[2] for key in FILES}
    assert copied["ModelApprovalStatus"] == "Approved"
    assert copied["ApprovalDescription"] == f"released from {origin}: looks well"
    assert copied["ModelPackageDescription"] == "shells"
    assert MODELS.encode() not in json.dumps(copied, default=str).encode(), "no URI of the training account remains"
    (container,) = copied["InferenceSpecification"]["Containers"]
    assert container["Environment"]["SAGEMAKER_PROGRAM"] == "serve.py"
    facts = copied["CustomerMetadataProperties"]
    assert facts["InputDataUrl"] == "s3://a-public-bucket/shells.csv", "a fact about the model, not one of its files"
    assert facts[model_package.ORIGIN_PROPERTY] == origin
    assert model_package.facts(copied).keys() == model_package.PROPERTIES.keys()


def test_each_member_names_a_copy_of_its_file(accounts, run_release, packages):
    register(accounts.training)

    run_release()

    def contents(session, document):
        s3 = session.client("s3")
        match document:
            case str() if document.startswith("s3://"):
                bucket, _, key = document.removeprefix("s3://").partition("/")
                return "s3", s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            case dict():
                return {name: contents(session, value) for name, value in document.items()}
            case list():
                return [contents(session, value) for value in document]
        return document

    for member in ("InferenceSpecification", "ModelMetrics", "DriftCheckBaselines"):
        assert contents(accounts.target.session, packages()[0][member]) == contents(
            accounts.training.session, request()[member]
        )


def test_a_second_release_changes_nothing(aws, accounts, run_release, packages):
    register(accounts.training)
    first = run_release()
    before = objects(accounts.target), packages()
    aws.calls.clear()

    assert run_release() == first

    assert (objects(accounts.target), packages()) == before
    written = ("Put", "Create", "Update", "Delete", "Upload")
    assert not [operation for _, operation in aws.calls if operation.startswith(written)]


def test_the_newest_approved_version_or_the_given_one_is_released(accounts, run_release):
    first, second = register(accounts.training), register(accounts.training)
    register(accounts.training, "PendingManualApproval")

    assert run_release().origin == second
    assert run_release(1, is_pinned=True).origin == first
    assert run_release().version == 1, "each version has a single copy"


@pytest.mark.parametrize(
    ("statuses", "version", "message"),
    [
        ([], None, "there is no model package group 'AbalonePackageGroup'"),
        (["Rejected", "PendingManualApproval"], None, r"no version that is Approved; its versions: .*1 \(Rejected\)"),
        (["Approved", "PendingManualApproval"], 2, "version 2 .* is PendingManualApproval; only an approved one is"),
        (["Approved"], 7, "no version '7'; its versions: 1"),
    ],
)
def test_only_approved_versions_are_released(accounts, run_release, statuses, version, message):
    for status in statuses:
        register(accounts.training, status)

    with pytest.raises(UsageError, match=message):
        run_release(version)

    assert not objects(accounts.target)


def test_a_missing_file_ends_the_release_before_a_version_is_created(accounts, run_release):
    register(accounts.training)
    accounts.training.session.client("s3").delete_object(Bucket=MODELS, Key="prepare/featurizer.json")

    with pytest.raises(copies.CopyError, match=r"nothing at s3://models-of-training/prepare/featurizer\.json"):
        run_release()

    assert not accounts.target.client.list_model_package_groups()["ModelPackageGroupSummaryList"]


def test_a_changed_copy_is_detected(accounts, run_release):
    register(accounts.training)
    run_release()
    key = next(key for key, content in objects(accounts.target).items() if content == b"a model")
    accounts.target.session.client("s3").put_object(Bucket=ARTIFACTS, Key=key, Body=b"another model")

    with pytest.raises(copies.CopyError, match=f"{key} is not what was sent there"):
        run_release()


def test_a_changed_original_is_not_released_again(accounts, run_release):
    register(accounts.training)
    run_release()
    accounts.training.session.client("s3").put_object(Bucket=MODELS, Key="train/model.tar.gz", Body=b"overwritten")

    with pytest.raises(release.ReleaseError, match=r"files of .* changed after it was released as"):
        run_release()


def test_a_prefix_is_copied_with_every_object_below_it(accounts, run_release, packages):
    s3 = accounts.training.session.client("s3")
    for number in range(3):
        s3.put_object(Bucket=MODELS, Key=f"rows/part-{number}/rows.csv", Body=f"{number}\n".encode())
    s3.put_object(Bucket=MODELS, Key="rows-of-another/rows.csv", Body=b"no")
    facts = request()["CustomerMetadataProperties"] | {"BaselineDataUri": uri("rows")}
    register(accounts.training, CustomerMetadataProperties=facts)

    run_release()

    base = packages()[0]["CustomerMetadataProperties"]["BaselineDataUri"].removeprefix(f"s3://{ARTIFACTS}/")
    copies_by_key = {
        key.removeprefix(base): body for key, body in objects(accounts.target).items() if key.startswith(base)
    }
    assert copies_by_key == {f"/part-{number}/rows.csv": f"{number}\n".encode() for number in range(3)}


def test_a_copy_that_was_rejected_in_the_target_account_stays_rejected(accounts, run_release, packages):
    register(accounts.training)
    run_release()
    registry.decide(accounts.target, packages()[0], "Rejected", "worse than the last one")

    with pytest.raises(release.ReleaseError, match=r"was rejected there \(worse than the last one\)"):
        run_release()

    assert packages()[0]["ModelApprovalStatus"] == "Rejected"


def test_a_version_that_was_rejected_after_its_release_is_rejected_everywhere(accounts, run_release, packages):
    register(accounts.training)
    run_release()
    newer = register(accounts.training)
    run_release()
    registry.decide(accounts.training, {"ModelPackageArn": newer}, "Rejected", "biased")

    assert run_release().version == 1

    assert [version["ModelApprovalStatus"] for version in packages()] == ["Approved", "Rejected"]
    assert packages()[1]["ApprovalDescription"] == f"withdrawn: {newer} was rejected"


def test_a_rejection_of_the_only_approved_version_applies_everywhere_though_nothing_is_released(
    accounts, run_release, packages
):
    origin = register(accounts.training)
    run_release()
    registry.decide(accounts.training, {"ModelPackageArn": origin}, "Rejected", "biased")

    with pytest.raises(UsageError, match="no version that is Approved"):
        run_release()

    assert [version["ModelApprovalStatus"] for version in packages()] == ["Rejected"]


def test_an_original_that_is_approved_again_is_released_again(accounts, run_release, packages):
    older, origin = register(accounts.training), register(accounts.training)
    run_release()
    registry.decide(accounts.training, {"ModelPackageArn": origin}, "Rejected", "biased")
    assert run_release().origin == older
    registry.decide(accounts.training, {"ModelPackageArn": origin}, "Approved", "it is not")

    assert run_release().origin == origin

    assert packages()[0]["ModelApprovalStatus"] == "Approved"
    assert packages()[0]["ApprovalDescription"].endswith("it is not")


def test_the_newest_version_can_be_released_again_after_a_pinned_one(accounts, run_release, packages):
    """Look-ups take the newest copy, which is that of the pinned version."""
    register(accounts.training)
    register(accounts.training)
    newest = run_release()
    run_release(1, is_pinned=True)
    assert [version["ModelApprovalStatus"] for version in packages()] == ["Approved", "Approved"]

    assert run_release() == newest

    assert [version["ModelApprovalStatus"] for version in packages()] == ["Approved", "Rejected"]
    assert run_release(1, is_pinned=True).version == 2, "a release may restore what a release withdrew"


def test_the_training_accounts_images_are_replaced_and_aws_images_stay(accounts, run_release, packages):
    mine = f"{TRAINING}.dkr.ecr.eu-west-1.amazonaws.com/dev-shells:dev-1"
    specification = request()["InferenceSpecification"]
    specification["Containers"].append({"Image": mine, "ModelDataUrl": uri("train/model.tar.gz")})
    register(accounts.training, InferenceSpecification=specification)

    with pytest.raises(
        images.ImageError, match=f"{mine} is not in the registry of account {TARGET}: replicate .* 'dev-shells'"
    ):
        run_release()

    ecr = accounts.target.session.client("ecr")
    ecr.create_repository(repositoryName="dev-shells")
    ecr.put_image(repositoryName="dev-shells", imageManifest=MANIFEST, imageTag="dev-1")
    run_release()
    uris = [container["Image"] for container in packages()[0]["InferenceSpecification"]["Containers"]]
    assert uris == [IMAGE, f"{TARGET}.dkr.ecr.eu-west-1.amazonaws.com/dev-shells:dev-1"]


MANIFEST = json.dumps({
    "schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": {
        "mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": f"sha256:{'0' * 64}",
    },
    "layers": [],
})  # fmt: skip

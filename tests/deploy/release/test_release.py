"""A version goes from one account to another, whole or not at all: on a moto server that stands for both."""

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


def test_everything_that_belongs_to_a_version_arrives(accounts, released, packages):
    origin = register(accounts.training, reason="looks well")

    result = released()

    (copied,) = packages()
    assert result == (copied["ModelPackageArn"], 1, origin)
    found = objects(accounts.target)
    assert sorted(found.values()) == sorted(FILES.values())
    assert all(hashlib.sha256(content).hexdigest() in key for key, content in found.items())
    assert {key.rpartition("/")[2] for key in found} == {key.rpartition("/")[2] for key in FILES}
    assert copied["ModelApprovalStatus"] == "Approved"
    assert copied["ApprovalDescription"] == f"released from {origin}: looks well"
    assert copied["ModelPackageDescription"] == "shells"
    assert MODELS.encode() not in json.dumps(copied, default=str).encode(), "no URI of the training account is left"
    (container,) = copied["InferenceSpecification"]["Containers"]
    assert container["Environment"]["SAGEMAKER_PROGRAM"] == "serve.py"
    facts = copied["CustomerMetadataProperties"]
    assert facts["InputDataUrl"] == "s3://a-public-bucket/shells.csv", "a fact about the model, and no file of its"
    assert facts[model_package.ORIGIN] == origin
    assert model_package.facts(copied).keys() == model_package.PROPERTIES.keys()


def test_each_file_is_where_its_original_was(accounts, released, packages):
    register(accounts.training)

    released()

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


def test_the_same_again_changes_nothing(aws, accounts, released, packages):
    register(accounts.training)
    first = released()
    before = objects(accounts.target), packages()
    aws.calls.clear()

    assert released() == first

    assert (objects(accounts.target), packages()) == before
    written = ("Put", "Create", "Update", "Delete", "Upload")
    assert not [operation for _, operation in aws.calls if operation.startswith(written)]


def test_the_newest_approved_version_is_released_or_another_that_is_named(accounts, released):
    first, second = register(accounts.training), register(accounts.training)
    register(accounts.training, "PendingManualApproval")

    assert released().origin == second
    assert released(1, is_pinned=True).origin == first
    assert released().version == 1, "each has one copy"


@pytest.mark.parametrize(
    ("statuses", "version", "message"),
    [
        ([], None, "there is no model package group 'AbalonePackageGroup'"),
        (["Rejected", "PendingManualApproval"], None, r"no version that is Approved; its versions: .*1 \(Rejected\)"),
        (["Approved", "PendingManualApproval"], 2, "version 2 .* is PendingManualApproval; only an approved one is"),
        (["Approved"], 7, "no version '7'; its versions: 1"),
    ],
)
def test_what_is_not_approved_is_not_released(accounts, released, statuses, version, message):
    for status in statuses:
        register(accounts.training, status)

    with pytest.raises(UsageError, match=message):
        released(version)

    assert not objects(accounts.target)


def test_a_file_that_is_gone_ends_it_before_a_version_is_made(accounts, released):
    register(accounts.training)
    accounts.training.session.client("s3").delete_object(Bucket=MODELS, Key="prepare/featurizer.json")

    with pytest.raises(copies.CopyError, match=r"nothing at s3://models-of-training/prepare/featurizer\.json"):
        released()

    assert not accounts.target.client.list_model_package_groups()["ModelPackageGroupSummaryList"]


def test_a_copy_that_is_not_what_was_sent_is_found(accounts, released):
    register(accounts.training)
    released()
    key = next(key for key, content in objects(accounts.target).items() if content == b"a model")
    accounts.target.session.client("s3").put_object(Bucket=ARTIFACTS, Key=key, Body=b"another model")

    with pytest.raises(copies.CopyError, match=f"{key} is not what was sent there"):
        released()


def test_an_original_that_changed_is_no_release_again(accounts, released):
    register(accounts.training)
    released()
    accounts.training.session.client("s3").put_object(Bucket=MODELS, Key="train/model.tar.gz", Body=b"overwritten")

    with pytest.raises(release.ReleaseError, match=r"files of .* have changed since it was released as"):
        released()


def test_a_prefix_goes_with_every_object_below_it(accounts, released, packages):
    s3 = accounts.training.session.client("s3")
    for number in range(3):
        s3.put_object(Bucket=MODELS, Key=f"rows/part-{number}/rows.csv", Body=f"{number}\n".encode())
    s3.put_object(Bucket=MODELS, Key="rows-of-another/rows.csv", Body=b"no")
    facts = request()["CustomerMetadataProperties"] | {"BaselineDataUri": uri("rows")}
    register(accounts.training, CustomerMetadataProperties=facts)

    released()

    base = packages()[0]["CustomerMetadataProperties"]["BaselineDataUri"].removeprefix(f"s3://{ARTIFACTS}/")
    found = {key.removeprefix(base): body for key, body in objects(accounts.target).items() if key.startswith(base)}
    assert found == {f"/part-{number}/rows.csv": f"{number}\n".encode() for number in range(3)}


def test_a_copy_that_was_rejected_in_the_target_account_stays_rejected(accounts, released, packages):
    register(accounts.training)
    released()
    registry.decide(accounts.target, packages()[0], "Rejected", "worse than the last one")

    with pytest.raises(release.ReleaseError, match=r"was rejected there \(worse than the last one\)"):
        released()

    assert packages()[0]["ModelApprovalStatus"] == "Rejected"


def test_a_version_that_was_rejected_after_its_release_is_rejected_everywhere(accounts, released, packages):
    register(accounts.training)
    released()
    newer = register(accounts.training)
    released()
    registry.decide(accounts.training, {"ModelPackageArn": newer}, "Rejected", "biased")

    assert released().version == 1

    assert [one["ModelApprovalStatus"] for one in packages()] == ["Approved", "Rejected"]
    assert packages()[1]["ApprovalDescription"] == f"withdrawn: {newer} was rejected"


def test_the_only_version_that_was_approved_is_rejected_everywhere_though_nothing_is_left_to_release(
    accounts, released, packages
):
    origin = register(accounts.training)
    released()
    registry.decide(accounts.training, {"ModelPackageArn": origin}, "Rejected", "biased")

    with pytest.raises(UsageError, match="no version that is Approved"):
        released()

    assert [one["ModelApprovalStatus"] for one in packages()] == ["Rejected"]


def test_an_original_that_is_approved_again_is_released_again(accounts, released, packages):
    older, origin = register(accounts.training), register(accounts.training)
    released()
    registry.decide(accounts.training, {"ModelPackageArn": origin}, "Rejected", "biased")
    assert released().origin == older
    registry.decide(accounts.training, {"ModelPackageArn": origin}, "Approved", "it is not")

    assert released().origin == origin

    assert packages()[0]["ModelApprovalStatus"] == "Approved"
    assert packages()[0]["ApprovalDescription"].endswith("it is not")


def test_after_a_version_was_pinned_the_newest_one_scores_again(accounts, released, packages):
    """The copy of the pinned one was made last, and look-ups take what was made last."""
    register(accounts.training)
    register(accounts.training)
    newest = released()
    released(1, is_pinned=True)
    assert [one["ModelApprovalStatus"] for one in packages()] == ["Approved", "Approved"]

    assert released() == newest

    assert [one["ModelApprovalStatus"] for one in packages()] == ["Approved", "Rejected"]
    assert released(1, is_pinned=True).version == 2, "what a release withdrew, a release may bring back"


def test_an_image_of_the_training_account_becomes_that_of_the_target_and_aws_images_stay(accounts, released, packages):
    mine = f"{TRAINING}.dkr.ecr.eu-west-1.amazonaws.com/dev-shells:dev-1"
    specification = request()["InferenceSpecification"]
    specification["Containers"].append({"Image": mine, "ModelDataUrl": uri("train/model.tar.gz")})
    register(accounts.training, InferenceSpecification=specification)

    with pytest.raises(
        images.ImageError, match=f"{mine} is not in the registry of account {TARGET}: replicate .* 'dev-shells'"
    ):
        released()

    ecr = accounts.target.session.client("ecr")
    ecr.create_repository(repositoryName="dev-shells")
    ecr.put_image(repositoryName="dev-shells", imageManifest=MANIFEST, imageTag="dev-1")
    released()
    found = [one["Image"] for one in packages()[0]["InferenceSpecification"]["Containers"]]
    assert found == [IMAGE, f"{TARGET}.dkr.ecr.eu-west-1.amazonaws.com/dev-shells:dev-1"]


MANIFEST = json.dumps({
    "schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": {
        "mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": f"sha256:{'0' * 64}",
    },
    "layers": [],
})  # fmt: skip

"""A release of a version from one account to the other."""

from __future__ import annotations

import pytest

pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")
from deploy import copies, images, release

from accounts import ARTIFACTS, GROUP, TARGET, TRAINING

IDS = images.AccountIds(TRAINING, TARGET)


@pytest.fixture
def released(accounts):
    """Release to the target account."""

    def run(version=None, **options):
        place = copies.CopyTarget(accounts.target.session.client("s3"), ARTIFACTS, "shells-p-1/model-artifacts")
        return release.release(
            accounts.training, accounts.target, GROUP, place, version, ids=IDS, pause=0.01, **options
        )

    return run


@pytest.fixture
def packages(accounts):
    """DescribeModelPackage of every version in the target account, the oldest first."""

    def described():
        client = accounts.target.client
        found = client.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]
        arns = sorted(one["ModelPackageArn"] for one in found)
        found = [client.describe_model_package(ModelPackageName=arn) for arn in arns]
        return [{member: value for member, value in one.items() if member != "ResponseMetadata"} for one in found]

    return described

"""Fixtures that release a version from one account to the other."""

from __future__ import annotations

import pytest

pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")
from deploy import copies, images, release

from accounts import ARTIFACTS, GROUP, TARGET, TRAINING

IDS = images.AccountIds(TRAINING, TARGET)


@pytest.fixture
def run_release(accounts):
    """Return a function that releases to the target account."""

    def run(version=None, **options):
        place = copies.CopyTarget(accounts.target.session.client("s3"), ARTIFACTS, "shells-p-1/model-artifacts")
        return release.release(
            accounts.training, accounts.target, GROUP, place, version, ids=IDS, pause=0.01, **options
        )

    return run


@pytest.fixture
def packages(accounts):
    """Return a function that describes every version in the target account, the oldest first."""

    def describe_all():
        client = accounts.target.client
        summaries = client.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]
        arns = sorted(summary["ModelPackageArn"] for summary in summaries)
        versions = [client.describe_model_package(ModelPackageName=arn) for arn in arns]
        return [{name: value for name, value in version.items() if name != "ResponseMetadata"} for version in versions]

    return describe_all

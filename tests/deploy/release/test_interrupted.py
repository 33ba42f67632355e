"""Checks that an interrupted or killed release continues to the same result."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from paths import PYTHONPATH, ROOT

pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")
from deploy import release

from accounts import FILES, GROUP, TARGET, objects, register, write_profiles
from botocore.exceptions import ClientError
from moto_over_http import REGION

FIRST = f"arn:aws:sagemaker:{REGION}:{TARGET}:model-package/{GROUP.lower()}/1"


@pytest.mark.parametrize(
    "operation", ["PutObject", "CreateModelPackageGroup", "CreateModelPackage", "UpdateModelPackage"]
)
def test_an_interrupted_release_continues_to_the_same_result(aws, accounts, run_release, packages, operation):
    """Interrupt it at each call that writes: earlier work is neither lost nor repeated."""
    register(accounts.training)
    aws.errors[operation] = [("AccessDeniedException", "killed here", 403)]
    with pytest.raises(ClientError, match="killed here"):
        run_release()
    versions = packages() if operation == "UpdateModelPackage" else ()
    assert not [version for version in versions if version["ModelApprovalStatus"] == "Approved"]

    result = run_release()

    (copied,) = packages()
    assert (result.arn, result.version) == (copied["ModelPackageArn"], 1)
    assert copied["ModelApprovalStatus"] == "Approved"
    assert sorted(objects(accounts.target).values()) == sorted(FILES.values())


SCRIPT = """
from accounts import ARTIFACTS, GROUP, TARGET, TRAINING
from deploy import copies, images, release
import boto3
from local_sagemaker.tools.targets import Target

training, target = (Target(boto3.Session(profile_name=name, region_name="eu-west-1")) for name in ("dev", "target"))
place = copies.CopyTarget(target.session.client("s3"), ARTIFACTS, "shells-p-1/model-artifacts")
release.release(training, target, GROUP, place, ids=images.AccountIds(TRAINING, TARGET))
"""


@pytest.mark.parametrize("operation", ["PutObject", "CreateModelPackage", "UpdateModelPackage"])
def test_a_killed_release_that_is_run_again_has_the_same_result(
    aws, accounts, run_release, packages, tmp_path, operation
):
    register(accounts.training)
    write_profiles(aws, tmp_path / "credentials")
    environment = {**os.environ, "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials")}
    paths = os.pathsep.join([PYTHONPATH, str(ROOT / "tests" / "harness")])
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        environment.pop(name, None)
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], env=environment | {"PYTHONPATH": paths}, stdout=subprocess.PIPE
    ) as process:
        aws.on_call[operation] = process.kill
        assert process.wait(60) == -signal.SIGKILL

    result = run_release()

    (copied,) = packages()
    assert (result.arn, copied["ModelApprovalStatus"]) == (copied["ModelPackageArn"], "Approved")
    assert sorted(objects(accounts.target).values()) == sorted(FILES.values())


def test_a_failed_version_is_deleted_and_its_reason_reported(aws, accounts, run_release):
    register(accounts.training)
    reason = [{"Name": "validation", "Status": "Failed", "FailureReason": "the container did not answer"}]
    aws.packages[FIRST] = {"ModelPackageStatus": "Failed", "ModelPackageStatusDetails": {"ValidationStatuses": reason}}

    with pytest.raises(release.ReleaseError, match="failed and was deleted: validation: the container did not answer"):
        run_release()

    assert ("sagemaker", "DeleteModelPackage") in aws.calls


def test_waiting_for_a_version_ends_and_continues_in_the_next_run(aws, accounts, run_release, packages):
    register(accounts.training)
    aws.packages[FIRST] = {"ModelPackageStatus": "InProgress"}
    with pytest.raises(release.ReleaseError, match=r"is InProgress after 0 s; it is not approved\. Run"):
        run_release(patience=0.05)
    assert packages()[0]["ModelApprovalStatus"] == "PendingManualApproval"

    aws.packages.clear()

    assert run_release().version == 1
    assert packages()[0]["ModelApprovalStatus"] == "Approved"

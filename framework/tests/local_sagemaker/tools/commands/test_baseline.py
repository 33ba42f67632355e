"""Tests ``pipelines baseline``, which downloads the baseline of a version."""

from __future__ import annotations

from local_sagemaker.testing import BUCKET

import pytest


@pytest.fixture
def versions(session, client):
    """Create a group whose version 1, approved, has a baseline, and whose version 2 has none."""
    session.client("s3").create_bucket(Bucket=BUCKET)
    files = {}
    for name in ("Statistics", "Constraints"):
        session.client("s3").put_object(Bucket=BUCKET, Key=f"baseline/{name}", Body=name.encode())
        files[name] = {"ContentType": "application/json", "S3Uri": f"s3://{BUCKET}/baseline/{name}"}
    client.create_model_package_group(ModelPackageGroupName="Shells")
    for baselines in ({"ModelDataQuality": files}, {}):
        client.create_model_package(
            ModelPackageGroupName="Shells", ModelApprovalStatus="Approved" if baselines else "PendingManualApproval",
            DriftCheckBaselines=baselines,
        )  # fmt: skip


@pytest.mark.usefixtures("versions")
def test_a_versions_baseline_is_downloaded_and_never_overwrites_an_edited_one(pipelines, tmp_path):
    folder = tmp_path / "mine"

    code, result, _ = pipelines("baseline", "Shells", "--output", str(folder))

    assert (code, result["model"]) == (0, "Shells/1")
    assert folder.joinpath("DATA_QUALITY", "constraints.json").read_text() == "Constraints"
    folder.joinpath("DATA_QUALITY", "constraints.json").write_text("edited")
    folder.joinpath("DATA_QUALITY", "statistics.json").unlink()
    code, _, err = pipelines("baseline", "Shells/1", "--output", str(folder))
    assert code == 2
    assert "constraints.json exists already" in err
    assert folder.joinpath("DATA_QUALITY", "constraints.json").read_text() == "edited"
    assert not folder.joinpath("DATA_QUALITY", "statistics.json").exists()


@pytest.mark.usefixtures("versions")
def test_a_version_without_a_baseline_is_an_error(pipelines, tmp_path):
    code, _, err = pipelines("baseline", "Shells/2", "--output", str(tmp_path / "mine"))

    assert code == 2
    assert "Shells/2 has no baseline" in err
    _, text, _ = pipelines("models", "Shells/1", form="text")
    assert "baseline   DATA_QUALITY: " in text

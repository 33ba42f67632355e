"""Test that the previous baseline of each check is copied for jobs without access to the registry."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("boto3", reason="needs boto3, as the images have it")

from pipelines.scripts.container import InputError
from pipelines.scripts.resolve_baselines import main, resolve

BUCKET, GROUP = "bucket", "Shells"
URIS = {name: f"s3://{BUCKET}/{name}.json" for name in ("statistics", "constraints", "analysis", "mine")}
NO_SUPPLIED_FILES = ("DATA_QUALITY", "", "")


@pytest.fixture
def registered_version(session):
    """Register an approved version with baselines of data quality and of bias, upload the files; return its ARN."""
    client, s3 = session.client("sagemaker"), session.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for name, uri in URIS.items():
        s3.put_object(Bucket=BUCKET, Key=uri.rpartition("/")[2], Body=name.encode())
    files = {name: {"ContentType": "application/json", "S3Uri": uri} for name, uri in URIS.items()}
    client.create_model_package_group(ModelPackageGroupName=GROUP)
    baselines = {
        "ModelDataQuality": {"Statistics": files["statistics"], "Constraints": files["constraints"]},
        "Bias": {"PreTrainingConstraints": files["analysis"]},
    }
    return client.create_model_package(
        ModelPackageGroupName=GROUP, ModelApprovalStatus="Approved", DriftCheckBaselines=baselines
    )["ModelPackageArn"]


def read(folder):
    files = {path.name: path.read_text() for path in folder.iterdir()}
    return json.loads(files.pop("manifest.json")), files


def test_the_baselines_of_the_latest_approved_version_are_copied(session, registered_version, tmp_path):
    resolve(session, GROUP, [NO_SUPPLIED_FILES, ("DATA_BIAS", "", "")], tmp_path)

    manifest, files = read(tmp_path / "DATA_QUALITY")
    assert files == {"statistics.json": "statistics", "constraints.json": "constraints"}
    assert (manifest["check_type"], manifest["source"]) == ("DATA_QUALITY", "registered")
    assert manifest["model_package"] == registered_version
    assert manifest["files"]["statistics"]["uri"] == URIS["statistics"]
    assert len(manifest["files"]["statistics"]["sha256"]) == 64
    assert read(tmp_path / "DATA_BIAS")[1] == {"constraints.json": "analysis"}


@pytest.mark.usefixtures("registered_version")
def test_a_supplied_file_replaces_a_registered_one(session, tmp_path):
    resolve(session, GROUP, [("DATA_QUALITY", "", URIS["mine"])], tmp_path)

    manifest, files = read(tmp_path / "DATA_QUALITY")
    assert files == {"statistics.json": "statistics", "constraints.json": "mine"}
    assert manifest["source"] == "supplied"


@pytest.mark.usefixtures("registered_version")
@pytest.mark.parametrize("group", [GROUP, "NotThere"])
def test_a_check_without_a_baseline_has_a_manifest_that_says_so(session, tmp_path, group):
    resolve(session, group, [("MODEL_BIAS", "", "")], tmp_path)

    manifest, files = read(tmp_path / "MODEL_BIAS")
    assert (files, manifest["source"]) == ({}, "none")
    assert (manifest["model_package"] == "none yet") == (group != GROUP)


@pytest.mark.usefixtures("registered_version")
@pytest.mark.parametrize(
    ("uri", "message"),
    [
        (f"s3://{BUCKET}/gone.json", r"cannot read the supplied constraints.json at s3://bucket/gone.json: NoSuchKey"),
        ("s3://nowhere-at-all/x.json", "the job's role needs s3:GetObject for it"),
        ("constraints.json", "'constraints.json' is not the URI of a file"),
        ("s3://bucket", "'s3://bucket' is not the URI of a file"),
    ],
)
def test_an_unreadable_file_is_reported_with_the_required_permission(session, tmp_path, uri, message):
    with pytest.raises(InputError, match=message):
        resolve(session, GROUP, [("DATA_QUALITY", "", uri)], tmp_path)


@pytest.mark.usefixtures("registered_version")
def test_if_all_files_are_supplied_the_registry_is_not_read(session, tmp_path):
    class OnlyS3:
        def client(self, service):
            assert service in ("s3", "sagemaker")
            return session.client("s3")  # it has no list_model_packages

    resolve(OnlyS3(), GROUP, [("DATA_QUALITY", URIS["statistics"], URIS["mine"])], tmp_path)

    assert read(tmp_path / "DATA_QUALITY")[0]["source"] == "supplied"


def test_an_unknown_check_is_refused(session, tmp_path):
    with pytest.raises(InputError, match="there is no check 'DATA_QALITY'"):
        resolve(session, GROUP, [("DATA_QALITY", "", "")], tmp_path)


def test_missing_arguments_are_reported(capsys):
    with pytest.raises(SystemExit):
        main(["--group", GROUP])

    assert "--check" in capsys.readouterr().err

"""The previous baseline of each check, copied for jobs that reach no registry."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("boto3", reason="needs boto3, as the images have it")

from pipelines.scripts.container import InputError
from pipelines.scripts.resolve_baselines import main, resolve

BUCKET, GROUP = "bucket", "Shells"
URIS = {name: f"s3://{BUCKET}/{name}.json" for name in ("statistics", "constraints", "analysis", "mine")}
NOTHING = ("DATA_QUALITY", "", "")


@pytest.fixture
def registered(session):
    """A group with an approved version that carries baselines of data quality and of bias, and the files."""
    client, s3 = session.client("sagemaker"), session.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for name, uri in URIS.items():
        s3.put_object(Bucket=BUCKET, Key=uri.rpartition("/")[2], Body=name.encode())
    files = {name: {"ContentType": "application/json", "S3Uri": uri} for name, uri in URIS.items()}
    client.create_model_package_group(ModelPackageGroupName=GROUP)
    carried = {
        "ModelDataQuality": {"Statistics": files["statistics"], "Constraints": files["constraints"]},
        "Bias": {"PreTrainingConstraints": files["analysis"]},
    }
    return client.create_model_package(
        ModelPackageGroupName=GROUP, ModelApprovalStatus="Approved", DriftCheckBaselines=carried
    )["ModelPackageArn"]


def read(folder):
    found = {path.name: path.read_text() for path in folder.iterdir()}
    return json.loads(found.pop("manifest.json")), found


def test_what_the_latest_approved_version_carries_is_copied(session, registered, tmp_path):
    resolve(session, GROUP, [NOTHING, ("DATA_BIAS", "", "")], tmp_path)

    manifest, files = read(tmp_path / "DATA_QUALITY")
    assert files == {"statistics.json": "statistics", "constraints.json": "constraints"}
    assert (manifest["check_type"], manifest["source"]) == ("DATA_QUALITY", "registered")
    assert manifest["model_package"] == registered
    assert manifest["files"]["statistics"]["uri"] == URIS["statistics"]
    assert len(manifest["files"]["statistics"]["sha256"]) == 64
    assert read(tmp_path / "DATA_BIAS")[1] == {"constraints.json": "analysis"}


@pytest.mark.usefixtures("registered")
def test_what_is_supplied_goes_before_it_file_by_file(session, tmp_path):
    resolve(session, GROUP, [("DATA_QUALITY", "", URIS["mine"])], tmp_path)

    manifest, files = read(tmp_path / "DATA_QUALITY")
    assert files == {"statistics.json": "statistics", "constraints.json": "mine"}
    assert manifest["source"] == "supplied"


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("group", [GROUP, "NotThere"])
def test_a_check_without_a_baseline_has_a_manifest_that_says_so(session, tmp_path, group):
    resolve(session, group, [("MODEL_BIAS", "", "")], tmp_path)

    manifest, files = read(tmp_path / "MODEL_BIAS")
    assert (files, manifest["source"]) == ({}, "none")
    assert (manifest["model_package"] == "none yet") == (group != GROUP)


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    ("uri", "words"),
    [
        (f"s3://{BUCKET}/gone.json", r"cannot read the supplied constraints.json at s3://bucket/gone.json: NoSuchKey"),
        ("s3://nowhere-at-all/x.json", "the job's role needs s3:GetObject there"),
        ("constraints.json", "'constraints.json' is no URI of a file"),
        ("s3://bucket", "'s3://bucket' is no URI of a file"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_the_right_that_it_needs(session, tmp_path, uri, words):
    with pytest.raises(InputError, match=words):
        resolve(session, GROUP, [("DATA_QUALITY", "", uri)], tmp_path)


@pytest.mark.usefixtures("registered")
def test_where_all_is_supplied_nobody_asks_the_registry(session, tmp_path):
    class OnlyS3:
        def client(self, service):
            assert service in ("s3", "sagemaker")
            return session.client("s3")  # which knows no list_model_packages

    resolve(OnlyS3(), GROUP, [("DATA_QUALITY", URIS["statistics"], URIS["mine"])], tmp_path)

    assert read(tmp_path / "DATA_QUALITY")[0]["source"] == "supplied"


def test_a_check_that_there_is_not_is_told(session, tmp_path):
    with pytest.raises(InputError, match="there is no check 'DATA_QALITY'"):
        resolve(session, GROUP, [("DATA_QALITY", "", "")], tmp_path)


def test_wrong_use_is_told(capsys):
    with pytest.raises(SystemExit):
        main(["--group", GROUP])

    assert "--check" in capsys.readouterr().err

"""Files are put into S3 and got from it, alone or as folders."""

from __future__ import annotations

import json

import local_sagemaker.session
from local_sagemaker.tools.commands import __main__ as command

import pytest


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "rows"
    for name in ("a.csv", "inner/b.csv", ".hidden"):
        folder.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
        folder.joinpath(name).write_text(name)
    return folder


def call(capsys, *argv):
    assert command.main(list(map(str, argv))) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("uri", "key"), [("s3://bucket/raw/", "raw/a.csv"), ("s3://bucket", "a.csv"), ("s3://bucket/b.csv", "b.csv")]
)
def test_a_file_is_put_and_got(files, tmp_path, capsys, uri, key):
    root = tmp_path / "root"

    put = call(capsys, "put", files / "a.csv", uri, "--local", root)
    got = call(capsys, "get", f"s3://bucket/{key}", tmp_path / "got.csv", "--local", root)

    assert put == {"objects": [f"s3://bucket/{key}"], "bytes": 5}
    assert got == {"files": [str(tmp_path / "got.csv")], "bytes": 5}
    assert (tmp_path / "got.csv").read_text() == "a.csv"


def test_a_folder_is_put_and_got(files, tmp_path, capsys):
    root = tmp_path / "root"

    put = call(capsys, "put", files, "s3://bucket/raw", "--local", root)
    call(capsys, "get", "s3://bucket/raw", tmp_path / "got", "--local", root)

    assert put["objects"] == ["s3://bucket/raw/a.csv", "s3://bucket/raw/inner/b.csv"]
    assert (tmp_path / "got" / "inner" / "b.csv").read_text() == "inner/b.csv"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["put", "none", "s3://bucket/a"], "there is no file or folder 'none'"),
        (["put", ".", "bucket/a"], "'bucket/a' is not an S3 URI such as s3://bucket/key"),
        (["get", "s3://bucket/none"], "there is no object s3://bucket/none, and none below it"),
        (["get", "s3://"], "'s3://' is not an S3 URI"),
    ],
)
def test_wrong_use_is_refused(tmp_path, capsys, argv, message):
    local_sagemaker.session.open(tmp_path / "root")

    assert command.main([*argv, "--local", str(tmp_path / "root")]) == 2
    assert message in capsys.readouterr().err


def test_a_folder_in_the_way_is_reported(tmp_path, capsys):
    session = local_sagemaker.session.open(tmp_path / "root")
    session.client("s3").put_object(Bucket="bucket", Key="a", Body=b"1")
    (tmp_path / "got").mkdir()
    (tmp_path / "got" / "a").mkdir()  # a folder is in the way

    assert command.main(["get", "s3://bucket/a", str(tmp_path / "got"), "--local", str(tmp_path / "root")]) == 2
    assert "is a folder; name the file to write" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "got").iterdir()] == ["a"]


def test_a_public_dataset_of_awss_examples_is_got(tmp_path, capsys):
    uri = "s3://sagemaker-sample-files/datasets/tabular/uci_abalone/abalone.csv"
    local_sagemaker.session.open(tmp_path / "root")

    call(capsys, "get", uri, tmp_path / "abalone.csv", "--local", tmp_path / "root")

    assert (tmp_path / "abalone.csv").read_text().startswith("M,0.455,0.365")

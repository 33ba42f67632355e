"""Where a notebook works, and files that it sends and reads: on this machine, and on AWS as moto stands for it."""

from __future__ import annotations

import pytest

pytest.importorskip("itables", reason="of the extra 'notebook'")
pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")

from pipelines.errors import UsageError
from pipelines.notebook import data, where
from pipelines.targets import default_bucket


@pytest.fixture(params=[where.HERE, where.SAGEMAKER])
def target(request, aws, tmp_path, monkeypatch):
    """Both, each with nothing in it."""
    monkeypatch.chdir(tmp_path)
    return where.choose(request.param)


def test_what_is_made_is_made_once(target):
    first, again = where.prepare(target, ["Shells"]), where.prepare(target, ["Shells"])

    bucket = f"bucket {default_bucket(target.session)}"
    assert (bool(target.root), first[bucket]) in [(False, "created"), (True, "none, as it is there")]
    assert again[bucket] == "none, as it is there"
    assert all(done.startswith("none") for done in again.values())


def test_the_account_is_told_as_get_pipeline_takes_it(target):
    found = where.account(target)

    assert found.default_bucket == default_bucket(target.session)
    assert found.role.startswith("arn:aws:iam::")
    assert found._fields == ("region", "role", "default_bucket")


def test_a_switch_that_says_neither_is_told():
    with pytest.raises(UsageError, match="WHERE is 'Sagemaker'; did you mean 'SageMaker'"):
        where.choose("Sagemaker")


def test_files_are_sent_once_and_read_again(target, tmp_path):
    where.prepare(target, ["Shells"])
    tmp_path.joinpath("a.csv").write_text("x,y\n1,2\n")
    tmp_path.joinpath("b.csv").write_text("3,4\n")

    first, second = (data.send(target, tmp_path / name) for name in ("a.csv", "b.csv"))

    assert data.send(target, tmp_path / "a.csv") == first
    assert data.read(target, first).to_dict("list") == {"x": [1], "y": [2]}
    together = data.together(target, [second, first])
    assert list(data.objects(target, together)) == [b"3,4\n", b"x,y\n1,2\n"]
    assert data.together(target, [second, first]) == together


def test_a_prefix_is_no_part_of_a_name(target, tmp_path):
    where.prepare(target, ["Shells"])
    tmp_path.joinpath("a.csv").write_text("1\n")
    uri = data.send(target, tmp_path / "a.csv")

    with pytest.raises(FileNotFoundError, match="there is nothing at"):
        data.objects(target, uri.removesuffix(".csv"))

"""Where a notebook works, and files that it sends and reads: on this machine, and on AWS as moto stands for it."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("itables", reason="of the extra 'notebook'")
pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")

from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.notebook import data
from local_sagemaker.tools.targets import default_bucket, execution_role
from pipelines.notebook import where


@pytest.fixture(params=[where.HERE, where.SAGEMAKER])
def target(request, aws, tmp_path, monkeypatch):
    """Both, each with nothing in it."""
    monkeypatch.chdir(tmp_path)
    return where.choose(request.param)


def test_what_is_made_is_made_once(target):
    first, again = where.prepare(target), where.prepare(target)

    assert first["bucket"] == ("none, as it is there" if target.root else "created")
    assert all(done.startswith("none") for done in again.values())


def test_a_function_that_is_there_is_left_as_it_is(aws, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    target = where.choose(where.SAGEMAKER)
    where.prepare(target, ["Shells", "Others"])
    aws.calls.clear()

    assert where.prepare(target, ["Shells"])["function"] == "none, as it is there"
    assert not {"iam:PutRolePolicy", "lambda:UpdateFunctionCode"} & set(aws.operations())


def test_who_may_make_no_role_is_told_what_somebody_has_to_run(aws, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    aws.refusals["CreateRole"] = [("AccessDenied", "not authorized to perform: iam:CreateRole", 403)]

    done = where.prepare(where.choose(where.SAGEMAKER), ["Shells"])["function"]

    assert "let somebody run, once: pipelines function get_approved_model --group Shells" in done


def test_the_account_is_told_as_get_pipeline_takes_it(target):
    found = where.account(target)

    assert found.default_bucket == default_bucket(target.session)
    assert found.role.startswith("arn:aws:iam::")
    assert found._fields == ("region", "role", "default_bucket", "check_engine")
    assert where.account(target, "project").check_engine == "project"


def test_a_switch_that_says_neither_is_told():
    with pytest.raises(UsageError, match="WHERE is 'Sagemaker'; did you mean 'SageMaker'"):
        where.choose("Sagemaker")


def test_files_are_sent_once_and_read_again(target, tmp_path):
    where.make_bucket(target)
    tmp_path.joinpath("a.csv").write_text("x,y\n1,2\n")
    tmp_path.joinpath("b.csv").write_text("3,4\n")

    first, second = (data.send(target, tmp_path / name) for name in ("a.csv", "b.csv"))

    assert data.send(target, tmp_path / "a.csv") == first
    assert data.read(target, first).to_dict("list") == {"x": [1], "y": [2]}
    together = data.read_together(target, [second, first])
    assert list(data.objects(target, together)) == [b"3,4\n", b"x,y\n1,2\n"]
    assert data.read_together(target, [second, first]) == together


def test_nothing_together_is_nothing_to_train_on(target, tmp_path):
    where.make_bucket(target)

    with pytest.raises(FileNotFoundError):
        data.read_together(target, [f"s3://{default_bucket(target.session)}/nothing/"])


def test_a_prefix_is_no_part_of_a_name(target, tmp_path):
    where.make_bucket(target)
    tmp_path.joinpath("a.csv").write_text("1\n")
    uri = data.send(target, tmp_path / "a.csv")

    with pytest.raises(FileNotFoundError, match="there is nothing at"):
        data.objects(target, uri.removesuffix(".csv"))


def test_a_studio_space_tells_its_role_where_it_is_of_this_account(aws, tmp_path):
    session, told = where.choose(where.SAGEMAKER).session, tmp_path / "resource-metadata.json"

    for number, expected in (("123456789012", "arn:aws:iam::123456789012:role/space"), ("210987654321", None)):
        told.write_text(json.dumps({"ExecutionRoleArn": f"arn:aws:iam::{number}:role/space"}))
        assert execution_role(session, told) == (expected or execution_role(session))

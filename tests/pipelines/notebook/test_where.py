"""Check where a notebook works, and the files that it sends and reads: on this machine, and on AWS (a moto server)."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("itables", reason="needs the extra 'notebook'")
pytest.importorskip("moto.server", reason="needs moto, of the extra 'test'")

from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.notebook import data
from local_sagemaker.tools.targets import default_bucket, execution_role
from pipelines.notebook import where


@pytest.fixture(params=[where.HERE, where.SAGEMAKER])
def target(request, aws, tmp_path, monkeypatch):
    """A target that is still empty: first this machine, then SageMaker."""
    monkeypatch.chdir(tmp_path)
    return where.choose(request.param)


def test_bucket_and_function_are_created_once(target):
    first, second = where.prepare(target), where.prepare(target)

    assert first["bucket"] == ("none, as it exists" if target.root else "created")
    assert all(action.startswith("none") for action in second.values())


def test_an_existing_function_is_not_changed(aws, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    target = where.choose(where.SAGEMAKER)
    where.prepare(target, ["Shells", "Others"])
    aws.calls.clear()

    assert where.prepare(target, ["Shells"])["function"] == "none, as it exists"
    assert not {"iam:PutRolePolicy", "lambda:UpdateFunctionCode"} & set(aws.operations())


def test_a_user_who_may_not_create_roles_gets_the_command_for_an_administrator(aws, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    aws.errors["CreateRole"] = [("AccessDenied", "not authorized to perform: iam:CreateRole", 403)]

    message = where.prepare(where.choose(where.SAGEMAKER), ["Shells"])["function"]

    assert "ask an administrator to run once: pipelines function get_approved_model --group Shells" in message


def test_the_account_has_the_arguments_of_get_pipeline(target):
    account = where.account(target)

    assert account.default_bucket == default_bucket(target.session)
    assert account.role.startswith("arn:aws:iam::")
    assert account._fields == ("region", "role", "default_bucket", "check_engine")
    assert where.account(target, "project").check_engine == "project"


def test_an_unknown_value_of_the_switch_is_refused():
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


def test_an_empty_prefix_is_refused(target, tmp_path):
    where.make_bucket(target)

    with pytest.raises(FileNotFoundError):
        data.read_together(target, [f"s3://{default_bucket(target.session)}/nothing/"])


def test_a_prefix_must_not_end_within_a_name(target, tmp_path):
    where.make_bucket(target)
    tmp_path.joinpath("a.csv").write_text("1\n")
    uri = data.send(target, tmp_path / "a.csv")

    with pytest.raises(FileNotFoundError, match="there is no object at"):
        data.objects(target, uri.removesuffix(".csv"))


def test_a_studio_spaces_role_is_used_if_it_belongs_to_this_account(aws, tmp_path):
    session, metadata = where.choose(where.SAGEMAKER).session, tmp_path / "resource-metadata.json"

    for number, expected in (("123456789012", "arn:aws:iam::123456789012:role/space"), ("210987654321", None)):
        metadata.write_text(json.dumps({"ExecutionRoleArn": f"arn:aws:iam::{number}:role/space"}))
        assert execution_role(session, metadata) == (expected or execution_role(session))

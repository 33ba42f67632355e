"""Tests where a command gets region, role and bucket from: its arguments, the environment, local.toml, the account."""

from __future__ import annotations

from local_sagemaker import project
from local_sagemaker.account import open_account
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.targets import open_target

import pytest

ROLE = "arn:aws:iam::111122223333:role/jobs"


@pytest.mark.usefixtures("aws_session")
@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_on_aws_the_region_comes_from_the_environment_and_the_bucket_from_the_account(monkeypatch, variable):
    monkeypatch.setenv(variable, "eu-west-1")

    target = open_target(None)

    assert target.session.region_name == "eu-west-1"
    account = target.session.client("sts").get_caller_identity()["Account"]
    assert target.defaults({}, ROLE) == {
        "region": "eu-west-1",
        "role": ROLE,
        "default_bucket": f"sagemaker-eu-west-1-{account}",
    }


@pytest.mark.usefixtures("aws_session")
def test_explicit_arguments_take_precedence():
    arguments = {"region": "us-west-2", "role": ROLE, "default_bucket": "mine"}

    target = open_target(None, "us-west-2")

    assert target.session.region_name == "us-west-2"
    assert target.defaults(arguments, "arn:aws:iam::111122223333:role/service") == arguments


@pytest.mark.usefixtures("aws_session")
def test_the_region_of_a_profile_is_used(monkeypatch, tmp_path):
    tmp_path.joinpath("config").write_text("[profile shells]\nregion = eu-north-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "shells")

    assert open_target(None).session.region_name == "eu-north-1"


@pytest.mark.usefixtures("without_profile")
def test_a_missing_region_is_a_usage_error():
    with pytest.raises(UsageError, match="no region: set AWS_REGION"):
        open_target(None)


def test_locally_everything_comes_from_local_toml(tmp_path):
    target = open_target(str(tmp_path))

    assert target.root == tmp_path
    assert target.defaults({}, None) == {
        "region": "us-east-1",
        "role": "arn:aws:iam::000000000000:role/local-sagemaker",
        "default_bucket": "sagemaker-us-east-1-000000000000",
    }
    assert open_account(tmp_path).config["public_datasets"]


def test_the_default_root_is_in_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert open_target(True).root == tmp_path / ".local-sagemaker"
    with pytest.raises(UsageError, match="--local '' names no folder"):
        open_target("")


def test_the_configuration_declared_by_an_installed_project_is_used_in_any_folder(tmp_path, monkeypatch):
    declared = tmp_path / "declared-0.1.dist-info"
    declared.mkdir()
    declared.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: declared\nVersion: 0.1\n")
    declared.joinpath("entry_points.txt").write_text("[local_sagemaker.config]\nx = pipelines:local.toml\n")
    monkeypatch.syspath_prepend(tmp_path)

    account = open_account(tmp_path / "far" / "away")

    assert account.config["public_datasets"]
    assert project.config().is_file()

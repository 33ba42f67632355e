"""Tests the root folder: what it remembers, and when it is refused."""

from __future__ import annotations

import sqlite3

from local_sagemaker.account import open_account
from local_sagemaker.errors import ConfigError, RootError

import pytest


def test_a_root_remembers_its_configuration(tmp_path):
    config = tmp_path / "local.toml"
    config.write_text('region = "eu-north-1"\naccount = "000000000001"\n')

    open_account(tmp_path / "root", config)
    again = open_account(tmp_path / "root")

    assert (again.region, again.id) == ("eu-north-1", "000000000001")


def test_the_projects_configuration_is_found_next_to_the_root(tmp_path):
    tmp_path.joinpath("pipelines").mkdir()
    tmp_path.joinpath("pipelines", "local.toml").write_text('region = "ap-south-1"\n')

    assert open_account(tmp_path / ".local-sagemaker").region == "ap-south-1"


def test_the_error_names_a_configuration_that_is_not_toml(tmp_path):
    config = tmp_path / "local.toml"
    config.write_text("region = ")

    with pytest.raises(ConfigError, match="is not TOML"):
        open_account(tmp_path / "root", config)


def test_a_public_dataset_is_read_by_its_url_and_a_missing_package_is_reported(tmp_path):
    config = tmp_path / "local.toml"
    config.write_text(
        '[public_datasets]\n"s3://public-{region}/a.py" = "json:tool.py"\n"s3://other/b" = "not_installed:b"\n'
    )
    account = open_account(tmp_path / "root", config)

    assert account.objects.read_text("s3://public-us-east-1/a.py").startswith('r"""Command-line tool')
    assert [key for key, _ in account.objects.keys("public-us-east-1")] == ["a.py"]
    with pytest.raises(ConfigError, match=r"pip install -e '\.\[local\]'"):
        account.objects.read_text("s3://other/b")


def test_a_root_of_another_version_is_refused_and_not_changed(tmp_path):
    open_account(tmp_path)
    with sqlite3.connect(tmp_path / "records.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(RootError, match="is of version 99, but this release reads 1"):
        open_account(tmp_path)


@pytest.mark.parametrize("content", [b"this is not a database, and it is long enough to be read" * 20])
def test_a_file_that_is_not_a_database_is_refused(tmp_path, content):
    tmp_path.joinpath("records.sqlite").write_bytes(content)

    with pytest.raises(RootError, match="cannot use"):
        open_account(tmp_path)


def test_a_database_with_damaged_pages_is_reported_and_not_rewritten(tmp_path):
    account = open_account(tmp_path)
    for number in range(200):
        account.store.insert("kind", f"{number}", {"text": "x" * 200})
    damaged = bytearray(account.store.path.read_bytes())
    damaged[4096:] = b"\xff" * (len(damaged) - 4096)
    account.store.path.write_bytes(damaged)

    with pytest.raises(RootError, match="cannot use"):
        account.store.list("kind")
    assert account.store.path.read_bytes() == damaged


def test_a_root_that_is_a_file_is_refused(tmp_path):
    tmp_path.joinpath("root").write_text("")

    with pytest.raises(RootError, match="cannot make the root folder"):
        open_account(tmp_path / "root")

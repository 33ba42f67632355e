"""Tests the root folder: what it remembers, and when it is refused."""

from __future__ import annotations

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from local_sagemaker.account import open_account
from local_sagemaker.errors import ConfigError, RootError
from local_sagemaker.session import session_for
from local_sagemaker.testing import processing_step, run

import pytest


def test_a_root_remembers_its_configuration(tmp_path):
    config = tmp_path / "local.toml"
    config.write_text('region = "eu-north-1"\naccount = "000000000001"\n')

    open_account(tmp_path / "root", config)
    again = open_account(tmp_path / "root")

    assert (again.region, again.id) == ("eu-north-1", "000000000001")


def test_a_root_keeps_its_account_when_its_configuration_is_gone(tmp_path):
    config = tmp_path / "local.toml"
    config.write_text('region = "eu-north-1"\naccount = "000000000001"\n[images.mine]\npython = "python3"\n')
    open_account(tmp_path / "root", config)

    config.rename(tmp_path / "moved.toml")
    without = open_account(tmp_path / "root")
    tmp_path.joinpath("moved.toml").rename(config)
    again = open_account(tmp_path / "root")

    assert [(account.region, account.id) for account in (without, again)] == [("eu-north-1", "000000000001")] * 2
    assert ("mine" in without.config.get("images", {}), "mine" in again.config["images"]) == (False, True)


def test_a_root_with_records_gets_no_other_account(tmp_path):
    config = tmp_path / "local.toml"
    config.write_text('account = "000000000001"\n')
    account = open_account(tmp_path / "root", config)
    config.write_text('account = "000000000002"\n')
    assert open_account(tmp_path / "root", config).id == "000000000002"  # no record names the other one yet

    account.store.insert("pipeline", "One", {})
    config.write_text('account = "000000000003"\n')

    with pytest.raises(ConfigError, match=r"has the records of account 000000000002, but .* says 000000000003"):
        open_account(tmp_path / "root")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("account = 1234", "account is 1234; it must be a string such as '000000000000'"),
        ('account = "12"', "account is '12'; it must be"),
        ('region = "../x"', "region is '../x'; it must be a string such as 'us-east-1'"),
    ],
)
def test_an_account_and_a_region_have_the_form_of_awss(tmp_path, text, message):
    tmp_path.joinpath("local.toml").write_text(text)

    with pytest.raises(ConfigError, match=message):
        open_account(tmp_path / "root", tmp_path / "local.toml")


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


def make_foreign(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE shells (rings INTEGER)")


@pytest.mark.parametrize(
    ("make", "message"),
    [(lambda path: path.touch(), "is empty, so it is not the file of a root"), (make_foreign, "has other tables")],
)
def test_an_empty_or_foreign_file_is_never_taken_for_a_new_root(tmp_path, make, message):
    account = open_account(tmp_path)
    account.objects.write("bucket", "key", b"abc")
    account.store.path.unlink()
    make(account.store.path)
    before = account.store.path.read_bytes()

    with pytest.raises(RootError, match=message):
        open_account(tmp_path)
    assert account.store.path.read_bytes() == before


def test_processes_that_create_a_root_at_the_same_time_share_it(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        accounts = list(pool.map(lambda _: open_account(tmp_path / "root"), range(16)))
    for number, account in enumerate(accounts):
        account.store.insert("kind", f"{number}", {})

    assert len(accounts[0].store.list("kind")) == 16
    assert not list(tmp_path.glob("root/.records*"))


def test_others_can_read_nothing_of_a_root_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        session = session_for(open_account(tmp_path / "root"))
        session.client("s3").put_object(Bucket="bucket", Key="a/b", Body=b"abc")
        session.client("events").put_events(Entries=[{"Source": "a", "DetailType": "b", "Detail": "{}"}])
        run(session, {"Steps": [processing_step("Step", session, "open('/opt/ml/processing/x', 'w').close()")]})
    finally:
        os.umask(before)

    # A folder that others cannot enter closes what is in it.
    top = [tmp_path / "root", *(tmp_path / "root").iterdir()]
    assert [path.name for path in top if path.stat().st_mode & 0o077] == []


def test_a_root_that_others_can_read_is_closed(tmp_path):
    account = open_account(tmp_path / "root")
    for path in (account.root / "s3", account.store.path):
        path.chmod(0o777)

    open_account(tmp_path / "root")

    assert [path.stat().st_mode & 0o077 for path in (account.root / "s3", account.store.path)] == [0, 0]


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

"""Two accounts, for whatever is deployed from one to the other."""

from __future__ import annotations

import json
from importlib import import_module
from typing import NamedTuple

import guard
import pytest


@pytest.fixture(autouse=True, scope="module")
def _deploying():
    """What is tested here works on AWS, and looks for credentials."""
    with pytest.MonkeyPatch.context() as patch:
        guard.hide_profile(patch)
        yield


def pytest_collection_modifyitems(items):
    """What Terraform makes takes a while: ``tox -e framework``."""
    for item in items:
        if {"deployed", "watched"} & {*getattr(item, "fixturenames", ())}:
            item.add_marker("long")


class Accounts(NamedTuple):
    """Sessions of both."""

    training: object
    target: object


@pytest.fixture
def accounts(aws):
    """The account that trains, with the files of a version; the one that is deployed to, as deploy/base leaves it."""
    import accounts as made

    both = Accounts(made.account(aws, made.TRAINING), made.account(aws, made.TARGET))
    made.make_buckets(*both)
    made.make_role(both.target)
    made.put_parameters(both.target, made.parameters())
    aws.calls.clear()
    return both


@pytest.fixture
def released(aws, accounts, tmp_path, monkeypatch):
    """Release, as build.py does; the file of variables."""
    from accounts import profiles, register, released_package

    register(accounts.training)
    profiles(aws, tmp_path / "credentials")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.chdir(tmp_path)

    return lambda *words: released_package(tmp_path, *words)


@pytest.fixture(scope="session")
def deployed(tmp_path_factory, once):
    """What the one deployment wrote down."""
    return _read_once("deployment", tmp_path_factory, once)


@pytest.fixture(scope="session")
def watched(tmp_path_factory, once):
    """What deploy/events made of an account, and how boto3 finds it."""
    return _read_once("watching", tmp_path_factory, once)


def _read_once(name, tmp_path_factory, once):
    """What ``run`` of a module of the harness wrote down; the first worker that asks runs it, and others wait."""
    pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")
    pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")
    import terraform
    from moto_over_http import Server

    terraform.require()

    def make(folder):
        server = Server()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL", server.aws.url)
            guard.hide_profile(patch)
            found = import_module(name).run(server.aws, tmp_path_factory.mktemp(name))
        server.aws.forget()  # all servers of a process are one account to moto
        server.stop()
        folder.joinpath("found.json").write_text(json.dumps(found))

    return json.loads(once(name, make).joinpath("found.json").read_text())

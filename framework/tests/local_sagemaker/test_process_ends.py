"""Ends of processes: told at once where the system tells them, and waited for in moments where it does not."""

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
tells = pytest.mark.skipif(not process_ends.can_tell(), reason="this system tells of no ends: Linux 5.3 does")


@pytest.fixture
def sleeping():
    process = subprocess.Popen(LONG)
    yield process
    process.kill()
    process.wait()


@tells
def test_of_two_processes_the_one_that_ends_is_named_once(sleeping):
    other = subprocess.Popen(["true"])
    ends = ProcessEnds([sleeping.pid, other.pid])

    assert ends.wait(60) == [other.pid]
    assert ends.wait(0.01) == []
    other.wait()
    ends.close()
    assert ends.wait(0.01) == []


def test_where_the_system_cannot_tell_a_moment_is_waited_and_none_is_named(sleeping, monkeypatch):
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    process_ends.can_tell.cache_clear()
    try:
        ends = ProcessEnds([sleeping.pid])
        began = time.monotonic()

        assert ends.wait(60) == []
        assert time.monotonic() - began < 30
    finally:
        process_ends.can_tell.cache_clear()


@running_processes.needs_proc
def test_a_copy_of_a_process_holds_its_own_lock_and_no_other(tmp_path, monkeypatch):
    """Else an execution that was killed would seem to run for as long as one of its jobs does."""
    monkeypatch.syspath_prepend(tmp_path)
    package = tmp_path / "sleeps_in_a_copy"
    package.mkdir()
    package.joinpath("__init__.py").touch()
    package.joinpath("__main__.py").write_text(MAIN)
    locks = {name: tmp_path / name / "lock" for name in ("parent", "child")}
    for lock in locks.values():
        lock.parent.mkdir()
    children = Children(forked={"sleeps_in_a_copy"})

    with claim_lock(locks["parent"]):
        with claim_lock(locks["child"]) as held:
            child = children.start("sleeps_in_a_copy", ["1"], held, tmp_path / "log")
        running_processes.wait_for(lambda: running_processes.holding_lock("child") == [child])
        running_processes.wait_for(lambda: running_processes.holding_lock("parent") == [os.getpid()])
    children.wait(60)

    assert not is_alive(locks["child"])
    assert tmp_path.joinpath("log").read_text() == ""

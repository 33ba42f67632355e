"""Tests how a terminal shows the end of a job's log."""

from __future__ import annotations

from local_sagemaker.tools.service.logs import JobLog


def test_a_log_cannot_take_over_the_terminal(session, account):
    folder = account.root / "jobs" / "job"
    folder.mkdir(parents=True)
    folder.joinpath("algo-1.log").write_text("\x1b[2Jcleared\n" + "x" * 5_000_000)

    first, second = JobLog(session.client("logs"), "/aws/sagemaker/ProcessingJobs", "job").last_lines()

    assert first == "\N{REPLACEMENT CHARACTER}[2Jcleared"
    assert len(second) == 303

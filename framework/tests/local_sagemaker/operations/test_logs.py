"""CloudWatch Logs operations return the logs of jobs."""

from __future__ import annotations

from local_sagemaker import processes

import pytest

GROUP = "/aws/sagemaker/ProcessingJobs"
STREAM = {"logGroupName": GROUP, "logStreamName": "job/algo-1"}


@pytest.fixture
def log(account):
    folder = account.root / "jobs" / "job"
    folder.mkdir(parents=True)
    return folder / "algo-1.log"


@pytest.fixture
def logs(session):
    return session.client("logs")


def messages(page):
    return [event["message"] for event in page["events"]]


def test_reading_continues_at_the_token(logs, log):
    log.write_text("one\ntwo\n")
    first = logs.get_log_events(**STREAM, startFromHead=True)
    with log.open("a") as file:
        file.write("three\n")

    second = logs.get_log_events(**STREAM, nextToken=first["nextForwardToken"])
    third = logs.get_log_events(**STREAM, nextToken=second["nextForwardToken"])

    assert [messages(page) for page in (first, second, third)] == [["one", "two"], ["three"], []]
    assert third["nextForwardToken"] == second["nextForwardToken"]


def test_an_unfinished_line_is_returned_once_it_ends(logs, log):
    log.write_text("one\ntw")
    with processes.claim_lock(log.with_name("lock")):
        running = logs.get_log_events(**STREAM, startFromHead=True)
    ended = logs.get_log_events(**STREAM, nextToken=running["nextForwardToken"])

    assert messages(running) == ["one"]
    assert messages(ended) == ["tw"]


def test_lines_are_selected_by_time(logs, log):
    log.write_text("a\n")
    time = logs.get_log_events(**STREAM, startTime=0)["events"][0]["timestamp"]

    after, before = logs.get_log_events(**STREAM, startTime=time + 1), logs.get_log_events(**STREAM, endTime=time)

    assert messages(after) == messages(before) == []


def test_by_default_the_last_lines_are_returned(logs, log):
    log.write_text("".join(f"{n}\n" for n in range(20)))

    assert messages(logs.get_log_events(**STREAM, limit=2)) == ["18", "19"]
    assert messages(logs.get_log_events(**STREAM, limit=2, startFromHead=True)) == ["0", "1"]


@pytest.mark.parametrize("end", ["\n", ""])
def test_a_line_of_any_length_is_one_event(logs, log, end):
    log.write_text("short\n" + "x" * 3_000_000 + end)

    short, long = messages(logs.get_log_events(**STREAM, limit=2))

    assert short == "short"
    assert 100_000 < len(long) < 300_000
    assert set(long) == {"x"}


def test_a_long_log_comes_in_pages(logs, log):
    log.write_text("".join(f"{n:099}\n" for n in range(25_000)))
    page, lines = logs.get_log_events(**STREAM, startFromHead=True), []
    while page["events"]:
        lines += messages(page)
        page = logs.get_log_events(**STREAM, nextToken=page["nextForwardToken"])

    assert [int(line) for line in lines] == list(range(25_000))

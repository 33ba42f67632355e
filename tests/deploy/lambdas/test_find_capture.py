"""Tests the function that lists an endpoint's captured data: its real handler, with moto as S3."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")

import boto3
import permissions
from handlers import load_handler
from moto_over_http import BUCKET, REGION

HANDLER = load_handler("find_capture")
URL = f"s3://{BUCKET}/capture/shells-prod/AllTraffic"
EVENT = {"capture_url": URL, "until": "2026-03-01T01:30:00+00:00", "manifest_url": f"s3://{BUCKET}/out/manifest.json"}


@pytest.fixture
def s3(aws):
    """Return boto3's client of a bucket with files of some hours around the change of a month."""
    client = aws.client("s3")
    for hour in ("2026/02/28/22", "2026/02/28/23", "2026/03/01/00", "2026/03/01/01"):
        for number in range(2):
            key = f"capture/shells-prod/AllTraffic/{hour}/10-00-{number}.jsonl"
            client.put_object(Bucket=BUCKET, Key=key, Body=b"{}")
    client.put_object(Bucket=BUCKET, Key="capture/shells-prod/AllTraffic/2026/03/01/00/empty", Body=b"")
    aws.calls.clear()
    return boto3.Session(region_name=REGION).client("s3")


SPELLINGS = [
    "2026-03-01T01:30:00+00:00", "2026-03-01T01:30:00Z", "2026-03-01T02:30:00+01:00", "2026-03-01T01:30:00.123",
    datetime(2026, 3, 1, 1, 30, tzinfo=UTC).timestamp(),
]  # fmt: skip


@pytest.mark.parametrize("until", SPELLINGS)
def test_complete_hours_before_a_time_are_listed_for_all_spellings(s3, until):
    result = HANDLER.lambda_handler(EVENT | {"until": until, "hours": "2"}, None, s3)

    assert result == {"Files": 4, "Manifest": EVENT["manifest_url"]}
    prefix, *names = json.loads(s3.get_object(Bucket=BUCKET, Key="out/manifest.json")["Body"].read())
    assert prefix == {"prefix": f"{URL}/"}
    hours = ("2026/02/28/23", "2026/03/01/00")
    assert names == [f"{hour}/10-00-{number}.jsonl" for hour in hours for number in range(2)]


@pytest.mark.parametrize(("until", "hours"), [("2026-03-01T01:30:00Z", 0), ("2025-03-01T01:30:00Z", 24)])
def test_without_files_no_manifest_is_written(aws, s3, until, hours):
    assert HANDLER.lambda_handler(EVENT | {"until": until, "hours": hours}, None, s3)["Files"] == 0
    assert ("s3", "PutObject") not in aws.calls


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"hours": 1000}, "hours is 1000; give 0 to 744"), ({"more": 1}, "the event has to have")],
)
def test_an_invalid_event_is_an_error(s3, changed, message):
    with pytest.raises(ValueError, match=message):
        HANDLER.lambda_handler(EVENT | {"hours": 1} | changed, None, s3)


def test_the_policy_allows_exactly_the_functions_calls(aws, s3):
    HANDLER.lambda_handler(EVENT | {"hours": 2}, None, s3)

    key_actions = {"kms:Decrypt", "kms:GenerateDataKey"}
    assert permissions.needed_actions(aws.operations()) | key_actions | permissions.LOG == permissions.allowed_actions(
        "find_capture"
    )

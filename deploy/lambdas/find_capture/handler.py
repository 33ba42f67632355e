"""Lambda function that lists the data that an endpoint captured during some hours in a manifest for a job's input.

Event:
    capture_url     S3 URI of the folder with the hours' folders: DestinationS3Uri of the endpoint's data capture,
                    then the names of endpoint and variant
    until           end of the last hour: ISO 8601, or seconds since 1970. An hour that has not ended is left out,
                    because more data may follow
    hours           how many hours before that
    manifest_url    S3 URI of the manifest

It returns Files, the number of files, and Manifest, the URI; without files no manifest is written.
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

MOST_HOURS = 24 * 31
EVENT_MEMBERS = {"capture_url", "until", "hours", "manifest_url"}


def lambda_handler(event: dict[str, Any], context: Any, client: Any = None) -> dict[str, Any]:
    """Find the files and write the manifest."""
    if event.keys() != EVENT_MEMBERS:
        raise ValueError(f"the event has to have {', '.join(sorted(EVENT_MEMBERS))}; it is {json.dumps(event)}")
    s3, hours = client or boto3.client("s3"), int(event["hours"])
    if not 0 <= hours <= MOST_HOURS:
        raise ValueError(f"hours is {hours}; give 0 to {MOST_HOURS}")
    base = event["capture_url"].rstrip("/") + "/"
    bucket, prefix = _split_uri(base)
    folders = _hours(_time(event["until"]), hours)
    names = [key.removeprefix(prefix) for hour in folders for key in _keys(s3, bucket, prefix + hour)]
    if names:
        body = json.dumps([{"prefix": base}, *names]).encode()
        target_bucket, key = _split_uri(event["manifest_url"])
        s3.put_object(Bucket=target_bucket, Key=key, Body=body, ContentType="application/json")
    return {"Files": len(names), "Manifest": event["manifest_url"]}


def _time(text: Any) -> datetime:
    try:
        time = datetime.fromtimestamp(float(text), UTC)
    except ValueError:
        time = datetime.fromisoformat(str(text))
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _hours(until: datetime, count: int) -> Iterator[str]:
    """Return the folders of the hours, the earliest first."""
    end = until.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return (f"{end - timedelta(hours=back):%Y/%m/%d/%H}/" for back in range(count, 0, -1))


def _keys(s3: Any, bucket: str, prefix: str) -> Iterator[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return (item["Key"] for page in pages for item in page.get("Contents", ()) if item["Size"])


def _split_uri(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key

"""Lambda function: what an endpoint has captured in some hours, as a manifest that a job takes for its input.

Event:
    capture_url     S3 URI below which the hours lie: DestinationS3Uri of the endpoint's data capture, the names of
                    endpoint and variant
    until           when the last hour has ended: ISO 8601, or seconds since 1970. Of an hour that has begun nothing is
                    looked at, as more may come
    hours           how many hours before that
    manifest_url    S3 URI of the manifest

It gives back Files, how many there are, and Manifest, the URI; where there are none, none is written.
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

MOST_HOURS = 24 * 31
KNOWN = {"capture_url", "until", "hours", "manifest_url"}


def lambda_handler(event: dict[str, Any], context: Any, client: Any = None) -> dict[str, Any]:
    """Find them, and write the manifest."""
    if event.keys() != KNOWN:
        raise ValueError(f"the event has to have {', '.join(sorted(KNOWN))}; it is {json.dumps(event)}")
    s3, hours = client or boto3.client("s3"), int(event["hours"])
    if not 0 <= hours <= MOST_HOURS:
        raise ValueError(f"hours is {hours}; it may be 0 to {MOST_HOURS}")
    base = event["capture_url"].rstrip("/") + "/"
    bucket, prefix = _place(base)
    folders = _hours(_time(event["until"]), hours)
    names = [key.removeprefix(prefix) for hour in folders for key in _keys(s3, bucket, prefix + hour)]
    if names:
        body = json.dumps([{"prefix": base}, *names]).encode()
        to, key = _place(event["manifest_url"])
        s3.put_object(Bucket=to, Key=key, Body=body, ContentType="application/json")
    return {"Files": len(names), "Manifest": event["manifest_url"]}


def _time(text: Any) -> datetime:
    try:
        found = datetime.fromtimestamp(float(text), UTC)
    except ValueError:
        found = datetime.fromisoformat(str(text))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _hours(until: datetime, count: int) -> Iterator[str]:
    """The folders of whole hours, the earliest first."""
    end = until.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return (f"{end - timedelta(hours=back):%Y/%m/%d/%H}/" for back in range(count, 0, -1))


def _keys(s3: Any, bucket: str, prefix: str) -> Iterator[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return (one["Key"] for page in pages for one in page.get("Contents", ()) if one["Size"])


def _place(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key

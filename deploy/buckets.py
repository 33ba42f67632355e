"""What a bucket has to tell of its files."""

from __future__ import annotations

from typing import Any


def notify_eventbridge(s3: Any, bucket: str) -> str:
    """Let a bucket tell EventBridge of new files; what was done.

    S3 has one configuration of notifications for a bucket, so what there is is kept.
    """
    found = s3.get_bucket_notification_configuration(Bucket=bucket)
    kept = {member: value for member, value in found.items() if member != "ResponseMetadata"}
    if "EventBridgeConfiguration" in kept:
        return "told EventBridge before"
    wanted = kept | {"EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=wanted)
    return "tells EventBridge of new files"

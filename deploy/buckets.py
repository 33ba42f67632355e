"""Turns on a bucket's notifications."""

from __future__ import annotations

from typing import Any


def notify_eventbridge(s3: Any, bucket: str) -> str:
    """Let a bucket notify EventBridge of new files; return a message about the change.

    A bucket has a single notification configuration, so the existing settings are kept in it.
    """
    current = s3.get_bucket_notification_configuration(Bucket=bucket)
    settings = {member: value for member, value in current.items() if member != "ResponseMetadata"}
    if "EventBridgeConfiguration" in settings:
        return "notified EventBridge already"
    changed = settings | {"EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=changed)
    return "notifies EventBridge of new files"

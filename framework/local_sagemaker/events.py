"""Sends events as AWS's services send them to EventBridge: to a log, and to the functions of the rules that they match.

    <root>/events.jsonl     one event a line, the oldest first

A matching rule invokes its functions once for each event, without waiting for them. On AWS an event may arrive late,
twice or never; here it arrives once, after the change that it reports is recorded.
https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local_sagemaker import event_patterns, invocations
from local_sagemaker.account import Account
from local_sagemaker.errors import LocalSageMakerError

RULE, TARGET = "rule", "rule-target"
EVENT_LOG = "events.jsonl"
SAGEMAKER, S3 = "aws.sagemaker", "aws.s3"


def emit(
    account: Account,
    detail_type: str,
    detail: Mapping[str, Any],
    resources: Sequence[str] = (),
    source: str = SAGEMAKER,
    time: datetime | None = None,
) -> str:
    """Send an event; return its id.

    Args:
        account: the account in which it happened.
        detail_type: the event's detail-type.
        detail: the event's content; members of None are left out.
        resources: ARNs of the resources that the event is about.
        source: the service that sends the event.
        time: when it happened; now by default.
    """
    event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": account.id,
        "time": (time or account.clock()).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": account.region,
        "resources": list(resources),
        "detail": {name: value for name, value in detail.items() if value is not None},
    }
    _append_line(account, event)
    for rule in account.store.list(RULE):
        if _selects(rule, event):
            _deliver(account, rule["Name"], event)
    return str(event["id"])


def emit_object_created(account: Account, bucket: str, key: str, path: Path, reason: str) -> None:
    """Send the event of a new object, if a rule of this machine asks for S3's events; else send none.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    if not any(S3 in rule.get("EventPattern", "") for rule in account.store.list(RULE)):
        return
    object_detail = {"key": key, "size": path.stat().st_size, "sequencer": f"{path.stat().st_mtime_ns:016X}"}
    detail = {
        "version": "0",
        "bucket": {"name": bucket},
        "object": object_detail,
        "reason": reason,
        "requester": account.id,
    }
    emit(account, "Object Created", detail, [f"arn:aws:s3:::{bucket}"], S3)


def _selects(rule: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    if rule["State"] != "ENABLED" or "EventPattern" not in rule:
        return False
    return event_patterns.matches(json.loads(rule["EventPattern"]), event)


def _deliver(account: Account, rule: str, event: Mapping[str, Any]) -> None:
    """Invoke the rule's functions; log those that cannot be invoked, as a failed delivery must not fail the sender."""
    for target in account.store.list(TARGET, (RULE, rule)):
        try:
            invocations.begin(account, account.new_id(32), target["Arn"], event)
        except LocalSageMakerError as error:
            failure = {"rule": rule, "target": target["Arn"], "event": event["id"], "error": str(error)}
            _append_line(account, failure, "undelivered.jsonl")


def _append_line(account: Account, line: Mapping[str, Any], name: str = EVENT_LOG) -> None:
    """Append one line atomically, so that concurrent writers cannot split it."""
    text = (json.dumps(line, default=str) + "\n").encode()
    file = os.open(account.root / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, text)
    finally:
        os.close(file)

"""Events, as AWS's services send them to EventBridge: into a log, and to the functions of the rules that they match.

    <root>/events.jsonl     one event a line, the oldest first

A rule has its functions invoked once for each event, without waiting for them. On AWS an event may come late, twice or
never; here it comes once, after what it tells of is written down.
https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local_sagemaker import event_patterns, invocations
from local_sagemaker.account import Account
from local_sagemaker.errors import LocalSageMakerError

RULE, TARGET = "rule", "rule-target"
LOG = "events.jsonl"
SAGEMAKER, S3 = "aws.sagemaker", "aws.s3"


def emit(
    account: Account, kind: str, detail: Mapping[str, Any], resources: Sequence[str] = (), source: str = SAGEMAKER
) -> str:
    """Send an event; its id.

    Args:
        account: where it happened.
        kind: its detail-type.
        detail: what is told; members of None are left out.
        resources: ARNs of what it is about.
        source: which service tells it.
    """
    event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": kind,
        "source": source,
        "account": account.id,
        "time": account.clock().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": account.region,
        "resources": list(resources),
        "detail": {name: value for name, value in detail.items() if value is not None},
    }
    _log(account, event)
    for rule in account.store.list(RULE):
        if _is_for(rule, event):
            _deliver(account, rule["Name"], event)
    return str(event["id"])


def emit_object_created(account: Account, bucket: str, key: str, path: Path, reason: str) -> None:
    """Tell of a new object, in a machine that has a rule which asks S3; without one, no bucket tells anything.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    if not any(S3 in rule.get("EventPattern", "") for rule in account.store.list(RULE)):
        return
    facts = {"key": key, "size": path.stat().st_size, "sequencer": f"{path.stat().st_mtime_ns:016X}"}
    detail = {"version": "0", "bucket": {"name": bucket}, "object": facts, "reason": reason, "requester": account.id}
    emit(account, "Object Created", detail, [f"arn:aws:s3:::{bucket}"], S3)


def _is_for(rule: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    if rule["State"] != "ENABLED" or "EventPattern" not in rule:
        return False
    return event_patterns.matches(json.loads(rule["EventPattern"]), event)


def _deliver(account: Account, rule: str, event: Mapping[str, Any]) -> None:
    """Invoke the rule's functions; what cannot be is told in the log, and nobody else is the worse for it."""
    for target in account.store.list(TARGET, (RULE, rule)):
        try:
            invocations.begin(account, account.new_id(32), target["Arn"], event)
        except LocalSageMakerError as error:
            failed = {"rule": rule, "target": target["Arn"], "event": event["id"], "error": str(error)}
            _log(account, failed, "undelivered.jsonl")


def _log(account: Account, line: Mapping[str, Any], name: str = LOG) -> None:
    """Append a line, whole whoever else appends one."""
    text = (json.dumps(line, default=str) + "\n").encode()
    file = os.open(account.root / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(file, text)
    finally:
        os.close(file)

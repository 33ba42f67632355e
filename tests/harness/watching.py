"""Applies deploy/events to an account of moto's, and records what was made and what boto3 then reads.

It takes most of a minute, which the provider waits until queues are visible everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import accounts
import deployment
import terraform
from accounts import GROUP, KEY_ARN, TRAINING
from moto_over_http import REGION, Aws

BUCKET = "shells-data"
SETTINGS: dict[str, Any] = {
    "region": REGION, "bucket_name": BUCKET, "bucket_prefix": "shells", "model_package_group_name": GROUP,
    "role_arn": f"arn:aws:iam::{TRAINING}:role/jobs", "email_recipient": ["one@example.com", "two@example.com"],
    "accuracy_mse_threshold": 5.5, "cool_down_hours": 12.5, "user_id": "somebody", "step_statuses": ["Failed"],
    "kms_key": KEY_ARN, "tags": {"team": "shells"}, "custom_notification_config": [{
        "step_name": "ModelQualityLost", "step_status": "Failed", "step_custom_message": 'It\'s <bad> & "lost"',
    }],
}  # fmt: skip


def run(aws: Aws, folder: Path) -> dict[str, Any]:
    """Apply deploy/events; return the record.

    Returns:
        ``made``: address -> values; ``again``: what a second plan would change; ``read``: what boto3 reads; ``calls``:
        those that Terraform made.
    """
    account = accounts.account(aws, TRAINING)
    accounts.make_bucket(account, BUCKET)
    variables = folder / "events.tfvars.json"
    variables.write_text(json.dumps(SETTINGS))
    events = deployment.open_account(aws, folder, "events", TRAINING)
    aws.calls.clear()
    events.apply(variables)
    calls = aws.operations()
    # moto does not return all values of what was made; a second plan has all of them.
    plan = events.plan(variables)
    planned = terraform.resources(plan)
    values = {address: stored | planned[address] for address, stored in events.state().items()}
    return {"made": values, "again": terraform.changes(plan), "read": _read_account(account), "calls": calls}


def _read_account(account: Any) -> dict[str, Any]:
    """Return what boto3 reads in the account."""

    def client(name: str) -> Any:
        return account.session.client(name)

    rules = [rule["Name"] for rule in client("events").list_rules()["Rules"]]
    functions = [function["FunctionName"] for function in client("lambda").list_functions()["Functions"]]
    calls: dict[str, Callable[[], Any]] = {
        "rules": lambda: {name: client("events").describe_rule(Name=name) for name in rules},
        "targets": lambda: {name: client("events").list_targets_by_rule(Rule=name)["Targets"] for name in rules},
        "functions": lambda: {
            name: client("lambda").get_function(FunctionName=name)["Configuration"] for name in functions
        },
        "queues": lambda: {
            url.rpartition("/")[2]: client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])[
                "Attributes"
            ]
            for url in client("sqs").list_queues()["QueueUrls"]
        },
        "topics": lambda: [
            client("sns").get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]
            for topic in client("sns").list_topics()["Topics"]
        ],
        "subscriptions": lambda: client("sns").list_subscriptions()["Subscriptions"],
        "alarms": lambda: client("cloudwatch").describe_alarms()["MetricAlarms"],
    }
    return dict(json.loads(json.dumps({name: call() for name, call in calls.items()}, default=str)))

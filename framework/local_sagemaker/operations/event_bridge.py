"""Operations of EventBridge: rules for events invoke functions. Schedule rules never fire here."""

from __future__ import annotations

import json
from typing import Any

from local_sagemaker import event_patterns, events
from local_sagemaker.account import Account
from local_sagemaker.errors import ServiceError
from local_sagemaker.events import RULE, TARGET
from local_sagemaker.operations.listing import page

SERVICE = "events"
RULE_STATES = ("ENABLED", "DISABLED")


def put_rule(
    account: Account,
    *,
    Name: str,
    EventPattern: str | None = None,
    ScheduleExpression: str | None = None,
    State: str = "ENABLED",
    **optional: Any,
) -> dict[str, Any]:
    """Create or update a rule (PutRule). Its targets stay."""
    if not (EventPattern or ScheduleExpression):
        raise ServiceError("a rule needs an EventPattern or a ScheduleExpression", "ValidationException")
    if EventPattern:
        event_patterns.parse_pattern(EventPattern)
    arn = f"arn:aws:events:{account.region}:{account.id}:rule/{Name}"
    members = {"EventPattern": EventPattern, "ScheduleExpression": ScheduleExpression, "State": State}
    document = optional | {"Name": Name, "Arn": arn} | {name: value for name, value in members.items() if value}
    with account.store.transaction() as records:
        if records.get(RULE, Name) is None:
            records.insert(RULE, Name, document)
        else:
            records.update(RULE, Name, document)
    return {"RuleArn": arn}


def describe_rule(account: Account, *, Name: str) -> dict[str, Any]:
    """Return a rule (DescribeRule)."""
    return _rule(account, Name)


def list_rules(
    account: Account, *, NamePrefix: str = "", Limit: int | None = None, NextToken: str | None = None
) -> dict[str, Any]:
    """List the rules by name (ListRules)."""
    rules = [rule for rule in account.store.list(RULE) if rule["Name"].startswith(NamePrefix)]
    return page("Rules", rules, sort_key=_name, SortOrder="Ascending", MaxResults=Limit, NextToken=NextToken)


def delete_rule(account: Account, *, Name: str, Force: bool = False) -> dict[str, Any]:
    """Delete a rule that has no targets, as on AWS (DeleteRule). A missing rule is not an error."""
    if account.store.list(TARGET, (RULE, Name)):
        raise ServiceError("Rule can't be deleted since it has targets.", "ValidationException")
    with account.store.transaction() as records:
        records.delete(RULE, Name)
    return {}


def put_targets(account: Account, *, Rule: str, Targets: list[dict[str, Any]]) -> dict[str, Any]:
    """Add functions as targets of a rule (PutTargets). AWS's other target types are rejected here."""
    _rule(account, Rule)
    for target in Targets:
        if ":function:" not in target["Arn"]:
            raise ServiceError(
                f"target {target['Arn']!r}: rules on this machine invoke only functions", "ValidationException"
            )
        with account.store.transaction() as records:
            key = f"{Rule}/{target['Id']}"
            records.delete(TARGET, key)
            records.insert(TARGET, key, target, (RULE, Rule))
    return {"FailedEntryCount": 0, "FailedEntries": []}


def list_targets_by_rule(account: Account, *, Rule: str, **pages: Any) -> dict[str, Any]:
    """List the targets of a rule (ListTargetsByRule)."""
    _rule(account, Rule)
    return {"Targets": account.store.list(TARGET, (RULE, Rule))}


def remove_targets(account: Account, *, Rule: str, Ids: list[str], Force: bool = False) -> dict[str, Any]:
    """Remove targets from a rule (RemoveTargets)."""
    _rule(account, Rule)
    with account.store.transaction() as records:
        for target_id in Ids:
            records.delete(TARGET, f"{Rule}/{target_id}")
    return {"FailedEntryCount": 0, "FailedEntries": []}


def put_events(account: Account, *, Entries: list[dict[str, Any]], EndpointId: str = "") -> dict[str, Any]:
    """Send custom events to the rules that they match (PutEvents)."""
    answers: list[dict[str, Any]] = []
    for entry in Entries:
        try:
            detail = json.loads(entry["Detail"])
        except ValueError:
            answers.append({"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."})
            continue
        resources = entry.get("Resources", ())
        answers.append({"EventId": events.emit(account, entry["DetailType"], detail, resources, entry["Source"])})
    return {"FailedEntryCount": sum("ErrorCode" in answer for answer in answers), "Entries": answers}


def test_event_pattern(account: Account, *, EventPattern: str, Event: str) -> dict[str, Any]:
    """Return whether an event matches a pattern (TestEventPattern)."""
    return {"Result": event_patterns.matches(event_patterns.parse_pattern(EventPattern), json.loads(Event))}


def _name(rule: dict[str, Any]) -> str:
    return str(rule["Name"])


def _rule(account: Account, name: str) -> dict[str, Any]:
    document = account.store.get(RULE, name)
    if document is None:
        raise ServiceError(f"Rule {name} does not exist on EventBus default.", "ResourceNotFoundException", 404)
    return document

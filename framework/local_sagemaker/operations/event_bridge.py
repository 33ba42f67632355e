"""Operations of EventBridge: rules for events invoke functions. Schedule rules never fire here."""

from __future__ import annotations

import json
from typing import Any

from local_sagemaker import event_patterns, events
from local_sagemaker.account import Account
from local_sagemaker.definition.members.shared import ROLE, TAGS
from local_sagemaker.definition.members.table import Table, each, only
from local_sagemaker.errors import ServiceError
from local_sagemaker.events import RULE, TARGET
from local_sagemaker.operations._takes import takes
from local_sagemaker.operations.listing import ascending, page, read_time

SERVICE = "events"
_DEFAULT_BUS = only("default", reason="there is one bus; leave it out, or set it to")
ONE_BUS = Table("EventBusName", checks={"EventBusName": _DEFAULT_BUS})
_WHOLE_EVENT = "functions are passed the whole event here"
_NO_FUNCTION = "rules on this machine invoke only functions"
_TARGETS = Table(
    "Id Arn",
    recorded={"RoleArn": ROLE},
    without_effect={
        "DeadLetterConfig": "an event that is not delivered is a line of undelivered.jsonl",
        "RetryPolicy": "a function that fails is not invoked again",
    },
    refused={
        **each("Input InputPath InputTransformer", _WHOLE_EVENT),
        **each(
            "KinesisParameters RunCommandParameters EcsParameters BatchParameters SqsParameters HttpParameters "
            "RedshiftDataParameters SageMakerPipelineParameters AppSyncParameters",
            _NO_FUNCTION,
        ),
    },
)


@takes(
    ONE_BUS
    | Table(
        recorded={"Description": "a description", "RoleArn": ROLE, "Tags": TAGS},
        without_effect={"ScheduleExpression": "schedules do not fire on this machine"},
    )
)
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


@takes(ONE_BUS)
def describe_rule(account: Account, *, Name: str) -> dict[str, Any]:
    """Return a rule (DescribeRule)."""
    return _rule(account, Name)


@takes(ONE_BUS)
def list_rules(
    account: Account, *, NamePrefix: str = "", Limit: int | None = None, NextToken: str | None = None
) -> dict[str, Any]:
    """List the rules by name (ListRules)."""
    rules = [rule for rule in account.store.list(RULE) if rule["Name"].startswith(NamePrefix)]
    return page("Rules", sorted(rules, key=_name), ascending(Limit, NextToken))


@takes(ONE_BUS)
def delete_rule(account: Account, *, Name: str, Force: bool = False) -> dict[str, Any]:
    """Delete a rule that has no targets, as on AWS (DeleteRule). A missing rule is not an error."""
    if account.store.list(TARGET, (RULE, Name)):
        raise ServiceError("Rule can't be deleted since it has targets.", "ValidationException")
    with account.store.transaction() as records:
        records.delete(RULE, Name)
    return {}


@takes(ONE_BUS | _TARGETS.below("Targets"))
def put_targets(account: Account, *, Rule: str, Targets: list[dict[str, Any]]) -> dict[str, Any]:
    """Add functions as targets of a rule (PutTargets). AWS's other target types are rejected here."""
    _rule(account, Rule)
    for target in Targets:
        if ":function:" not in target["Arn"]:
            raise ServiceError(f"target {target['Arn']!r}: {_NO_FUNCTION}", "ValidationException")
        with account.store.transaction() as records:
            key = f"{Rule}/{target['Id']}"
            records.delete(TARGET, key)
            records.insert(TARGET, key, target, (RULE, Rule))
    return {"FailedEntryCount": 0, "FailedEntries": []}


@takes(ONE_BUS)
def list_targets_by_rule(
    account: Account, *, Rule: str, Limit: int | None = None, NextToken: str | None = None
) -> dict[str, Any]:
    """List the targets of a rule (ListTargetsByRule)."""
    _rule(account, Rule)
    return page("Targets", account.store.list(TARGET, (RULE, Rule)), ascending(Limit, NextToken))


@takes(ONE_BUS)
def remove_targets(account: Account, *, Rule: str, Ids: list[str], Force: bool = False) -> dict[str, Any]:
    """Remove targets from a rule (RemoveTargets)."""
    _rule(account, Rule)
    with account.store.transaction() as records:
        for target_id in Ids:
            records.delete(TARGET, f"{Rule}/{target_id}")
    return {"FailedEntryCount": 0, "FailedEntries": []}


@takes(
    Table(
        "Entries.Source Entries.Resources Entries.DetailType Entries.Detail Entries.EventBusName Entries.Time",
        recorded={"Entries.TraceHeader": "calls are not traced"},
        refused={"EndpointId": "global endpoints are not part of this machine"},
        checks={"Entries.EventBusName": _DEFAULT_BUS},
    )
)
def put_events(account: Account, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Send custom events to the rules that they match (PutEvents)."""
    answers: list[dict[str, Any]] = []
    for entry in Entries:
        try:
            detail = json.loads(entry["Detail"])
        except ValueError:
            answers.append({"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."})
            continue
        answers.append({"EventId": _emit(account, entry, detail)})
    return {"FailedEntryCount": sum("ErrorCode" in answer for answer in answers), "Entries": answers}


def test_event_pattern(account: Account, *, EventPattern: str, Event: str) -> dict[str, Any]:
    """Return whether an event matches a pattern (TestEventPattern)."""
    return {"Result": event_patterns.matches(event_patterns.parse_pattern(EventPattern), json.loads(Event))}


def _emit(account: Account, entry: dict[str, Any], detail: Any) -> str:
    resources, time = entry.get("Resources", ()), entry.get("Time")
    moment = read_time(time) if time else None
    return events.emit(account, entry["DetailType"], detail, resources, entry["Source"], moment)


def _name(rule: dict[str, Any]) -> str:
    return str(rule["Name"])


def _rule(account: Account, name: str) -> dict[str, Any]:
    document = account.store.get(RULE, name)
    if document is None:
        raise ServiceError(f"Rule {name} does not exist on EventBus default.", "ResourceNotFoundException", 404)
    return document

"""Applies deploy/events to moto and reads it back; checks that Python creates the same on this machine."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest

pytest.importorskip("policy_sentry", reason="policy-sentry comes with the extra 'test'")
pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from local_sagemaker.event_patterns import matches, parse_pattern

import aws_events
from accounts import KEY_ARN, TRAINING
from cfnlint.api import lint_all
from moto_over_http import REGION
from policy_sentry.querying.all import get_all_actions
from watching import SETTINGS

FUNCTIONS = {
    "notify": "sagemaker-pipeline-notification", "retrain": "sagemaker-pipeline-retraining",
    "start_pipeline": "sagemaker-pipeline-start", "get_approved_model": "sagemaker-pipeline-approved-model",
}  # fmt: skip
INVOKED = ("notify", "retrain", "start_pipeline")  # by rules
#: Attributes that moto does not return, so that a second plan would set them again.
NOT_RETURNED = {f'module.function["{name}"].aws_lambda_function.function': ["update"] for name in INVOKED}


@pytest.fixture(scope="module")
def placeholder_values():
    """Return the values of the placeholders, from Python."""
    from deploy.events.settings import Settings, placeholders

    return placeholders(Settings.model_validate(SETTINGS), TRAINING)


def parse(value):
    """Parse JSON, so that its formatting is ignored."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def test_applying_again_changes_only_what_moto_does_not_return(events_deployment):
    assert events_deployment["again"] == NOT_RETURNED


def test_rules_have_the_patterns_that_this_machine_has(events_deployment, placeholder_values):
    from deploy.events import rules

    rules_by_name = events_deployment["read"]["rules"]
    assert rules_by_name.keys() == {f"InferencePipeline-{rule}" for rule in rules.rule_functions()}
    for rule, function in rules.rule_functions().items():
        name = f"InferencePipeline-{rule}"
        assert json.loads(rules_by_name[name]["EventPattern"]) == json.loads(rules.pattern(rule, placeholder_values))
        assert rules_by_name[name]["State"] == "ENABLED"
        (target,) = events_deployment["read"]["targets"][name]
        assert target["Arn"].endswith(f":function:{FUNCTIONS[function]}")
        assert target["DeadLetterConfig"]["Arn"].endswith(f"-{function.replace('_', '-')}-failed")


def test_functions_have_the_same_variables_as_on_this_machine(events_deployment, placeholder_values):
    from deploy.events import rules

    for function, name in FUNCTIONS.items():
        variables = events_deployment["read"]["functions"][name].get("Environment", {}).get("Variables", {})
        expected = rules.environment(function, placeholder_values)

        assert {key: parse(value) for key, value in variables.items()} == {
            key: parse(value) for key, value in expected.items()
        }
        seconds = rules.FUNCTIONS[function][1]
        assert events_deployment["read"]["functions"][name]["Timeout"] == seconds


def test_a_deployed_pattern_selects_lost_quality(events_deployment):
    pattern = events_deployment["read"]["rules"]["InferencePipeline-model-quality-lost"]["EventPattern"]
    event = aws_events.step_event("InferencePipeline", "ModelQualityLost", "Failed", "Fail")
    here = json.loads(json.dumps(event).replace(aws_events.ACCOUNT, TRAINING))

    assert (matches(parse_pattern(pattern), here), matches(parse_pattern(pattern), event)) == (True, False)


def test_only_its_rules_may_invoke_a_function(events_deployment):
    allowed = {a: v for a, v in events_deployment["made"].items() if a.startswith("aws_lambda_permission.")}

    assert len(allowed) == 6
    for values in allowed.values():
        assert values["principal"] == "events.amazonaws.com"
        assert values["source_arn"].endswith(f"{TRAINING}:rule/InferencePipeline-{values['statement_id']}")


def test_users_are_notified_by_mail_and_get_alarms(events_deployment):
    (topic,) = events_deployment["read"]["topics"]
    assert topic["KmsMasterKeyId"] == KEY_ARN
    subscriptions = {(s["Protocol"], s["Endpoint"]) for s in events_deployment["read"]["subscriptions"]}
    assert subscriptions == {("email", "one@example.com"), ("email", "two@example.com")}
    (statement,) = json.loads(topic["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": TRAINING}}
    for alarm in events_deployment["read"]["alarms"]:
        assert alarm["AlarmActions"] == [topic["TopicArn"]]


def test_events_that_a_function_cannot_handle_wait_in_a_queue_with_an_alarm(events_deployment):
    queues, alarms = events_deployment["read"]["queues"], events_deployment["read"]["alarms"]

    assert queues.keys() == {f"InferencePipeline-{name}-failed" for name in ("notify", "retrain", "start-pipeline")}
    assert {alarm["Dimensions"][0]["Value"] for alarm in alarms} == queues.keys()
    for name in ("notify", "retrain", "start_pipeline"):
        attributes = queues[f"InferencePipeline-{name.replace('_', '-')}-failed"]
        (statement,) = json.loads(attributes["Policy"])["Statement"]
        assert statement["Principal"] == {"Service": "events.amazonaws.com"}
        (sources,) = statement["Condition"]["ArnEquals"].values()
        assert all(":rule/InferencePipeline-" in arn for arn in ([sources] if isinstance(sources, str) else sources))
        resource = events_deployment["made"][f'module.function["{name}"].aws_lambda_function.function']
        assert resource["dead_letter_config"] == [{"target_arn": attributes["QueueArn"]}]


def test_everything_is_tagged(events_deployment):
    tags = [values["tags_all"] for values in events_deployment["made"].values() if "tags_all" in values]

    assert tags
    assert all(values == {"team": "shells", "user_id": "somebody"} for values in tags)


def policies(events_deployment):
    """Return function -> statements of its role's policy."""
    roles = {
        name: events_deployment["made"][f'module.function["{name}"].aws_iam_role_policy.function'] for name in FUNCTIONS
    }
    return {name: json.loads(role["policy"])["Statement"] for name, role in roles.items()}


def test_every_action_of_a_policy_exists_and_no_resource_is_a_wildcard(events_deployment):
    existing = {action.lower() for action in get_all_actions()}
    for name, statements in policies(events_deployment).items():
        assert Counter(statement["Sid"] for statement in statements).most_common(1)[0][1] == 1, name
        for statement in statements:
            assert {action.lower() for action in statement["Action"]} <= existing
            assert "*" not in statement["Resource"]


def test_cfn_lint_finds_nothing_in_a_policy(events_deployment):
    managed = {
        re.sub(r"\W|_", "", name): {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"PolicyDocument": {"Version": "2012-10-17", "Statement": statements}},
        }
        for name, statements in policies(events_deployment).items()
    }
    matches = lint_all(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": managed}))

    assert not [f"{match.rule.id} {match.message}" for match in matches if match.rule.id[0] in "EW"]


PIPELINES, BUCKET = f"arn:aws:sagemaker:{REGION}:{TRAINING}:pipeline", "arn:aws:s3:::shells-data/shells"
START = "sagemaker:StartPipelineExecution"
#: Function, action, a resource that it reaches, and the word in which an unreachable resource differs.
REACHED = [
    ("notify", "sns:Publish", f"arn:aws:sns:{REGION}:{TRAINING}:InferencePipeline-notifications", "Inference"),
    ("retrain", START, f"{PIPELINES}/TrainingWHPOPipeline", "WHPO"),
    ("retrain", "s3:PutObject", f"{BUCKET}/retraining/0/data/a.csv", "retraining"),
    ("retrain", "s3:GetObject", f"{BUCKET}/training/data/raw/a.csv", "training"),
    ("retrain", "s3:GetObject", f"{BUCKET}/pipelines/inference/labelled/a.csv", "inference"),
    ("start_pipeline", START, f"{PIPELINES}/TrainingPipeline", "Training"),
]


@pytest.mark.parametrize(("function", "action", "resource", "word"), REACHED)
def test_a_role_reaches_what_its_function_needs_and_nothing_else(events_deployment, function, action, resource, word):
    statements = [statement for statement in policies(events_deployment)[function] if action in statement["Action"]]
    patterns = [re.escape(arn).replace(r"\*", ".*") for statement in statements for arn in statement["Resource"]]

    def may(reached):
        return any(re.fullmatch(pattern, reached) for pattern in patterns)

    assert may(resource)
    assert not may(resource.replace(word, "Other"))

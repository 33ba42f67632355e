"""deploy/events, applied to moto and read back; and that this machine is told the very same by Python."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest

pytest.importorskip("policy_sentry", reason="policy-sentry comes with the extra 'test'")
pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from local_sagemaker.event_patterns import matches, read

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
#: What moto keeps to itself, so that a second plan would set it again.
UNTOLD = {f'module.function["{name}"].aws_lambda_function.function': ["update"] for name in INVOKED}


@pytest.fixture(scope="module")
def filled():
    """What names are filled with, as Python has it."""
    from deploy.events.settings import Settings, names

    return names(Settings.model_validate(SETTINGS), TRAINING)


def parsed(value):
    """JSON by what it says, and not by how it is spelt."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def test_the_same_again_changes_nothing_but_what_moto_does_not_tell(watched):
    assert watched["again"] == UNTOLD


def test_rules_have_the_patterns_that_this_machine_has(watched, filled):
    from deploy.events import rules

    found = watched["read"]["rules"]
    assert found.keys() == {f"InferencePipeline-{rule}" for rule in rules.rules()}
    for rule, function in rules.rules().items():
        name = f"InferencePipeline-{rule}"
        assert json.loads(found[name]["EventPattern"]) == json.loads(rules.pattern(rule, filled))
        assert found[name]["State"] == "ENABLED"
        (target,) = watched["read"]["targets"][name]
        assert target["Arn"].endswith(f":function:{FUNCTIONS[function]}")
        assert target["DeadLetterConfig"]["Arn"].endswith(f"-{function.replace('_', '-')}-failed")


def test_functions_are_told_what_this_machine_tells_them(watched, filled):
    from deploy.events import rules

    for function, name in FUNCTIONS.items():
        variables = watched["read"]["functions"][name].get("Environment", {}).get("Variables", {})
        wanted = rules.environment(function, filled)

        assert {key: parsed(value) for key, value in variables.items()} == {
            key: parsed(value) for key, value in wanted.items()
        }
        seconds = rules.FUNCTIONS[function][1]
        assert watched["read"]["functions"][name]["Timeout"] == seconds


def test_a_pattern_that_was_deployed_lets_lost_quality_through(watched):
    pattern = watched["read"]["rules"]["InferencePipeline-model-quality-lost"]["EventPattern"]
    event = aws_events.step_event("InferencePipeline", "ModelQualityLost", "Failed", "Fail")
    here = json.loads(json.dumps(event).replace(aws_events.ACCOUNT, TRAINING))

    assert (matches(read(pattern), here), matches(read(pattern), event)) == (True, False)


def test_only_its_rules_may_invoke_a_function(watched):
    allowed = {a: v for a, v in watched["made"].items() if a.startswith("aws_lambda_permission.")}

    assert len(allowed) == 6
    for values in allowed.values():
        assert values["principal"] == "events.amazonaws.com"
        assert values["source_arn"].endswith(f"{TRAINING}:rule/InferencePipeline-{values['statement_id']}")


def test_people_are_told_by_mail_and_alarms_tell_them_too(watched):
    (topic,) = watched["read"]["topics"]
    assert topic["KmsMasterKeyId"] == KEY_ARN
    told_of = {(one["Protocol"], one["Endpoint"]) for one in watched["read"]["subscriptions"]}
    assert told_of == {("email", "one@example.com"), ("email", "two@example.com")}
    (statement,) = json.loads(topic["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": TRAINING}}
    for alarm in watched["read"]["alarms"]:
        assert alarm["AlarmActions"] == [topic["TopicArn"]]


def test_what_a_function_cannot_take_waits_in_a_queue_with_an_alarm(watched):
    queues, alarms = watched["read"]["queues"], watched["read"]["alarms"]

    assert queues.keys() == {f"InferencePipeline-{name}-failed" for name in ("notify", "retrain", "start-pipeline")}
    assert {one["Dimensions"][0]["Value"] for one in alarms} == queues.keys()
    for name in ("notify", "retrain", "start_pipeline"):
        attributes = queues[f"InferencePipeline-{name.replace('_', '-')}-failed"]
        (statement,) = json.loads(attributes["Policy"])["Statement"]
        assert statement["Principal"] == {"Service": "events.amazonaws.com"}
        (sources,) = statement["Condition"]["ArnEquals"].values()
        assert all(":rule/InferencePipeline-" in one for one in ([sources] if isinstance(sources, str) else sources))
        made = watched["made"][f'module.function["{name}"].aws_lambda_function.function']
        assert made["dead_letter_config"] == [{"target_arn": attributes["QueueArn"]}]


def test_everything_is_tagged(watched):
    tagged = [values["tags_all"] for values in watched["made"].values() if "tags_all" in values]

    assert tagged
    assert all(one == {"team": "shells", "user_id": "somebody"} for one in tagged)


def policies(watched):
    """Function -> statements of what its role may do."""
    roles = {name: watched["made"][f'module.function["{name}"].aws_iam_role_policy.function'] for name in FUNCTIONS}
    return {name: json.loads(role["policy"])["Statement"] for name, role in roles.items()}


def test_every_action_of_a_policy_is_one_and_no_resource_is_everything(watched):
    known = {one.lower() for one in get_all_actions()}
    for name, statements in policies(watched).items():
        assert Counter(one["Sid"] for one in statements).most_common(1)[0][1] == 1, name
        for one in statements:
            assert {action.lower() for action in one["Action"]} <= known
            assert "*" not in one["Resource"]


def test_cfn_lint_finds_nothing_in_a_policy(watched):
    managed = {
        re.sub(r"\W|_", "", name): {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"PolicyDocument": {"Version": "2012-10-17", "Statement": statements}},
        }
        for name, statements in policies(watched).items()
    }
    found = lint_all(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": managed}))

    assert not [f"{one.rule.id} {one.message}" for one in found if one.rule.id[0] in "EW"]


PIPELINES, BUCKET = f"arn:aws:sagemaker:{REGION}:{TRAINING}:pipeline", "arn:aws:s3:::shells-data/shells"
START = "sagemaker:StartPipelineExecution"
#: Function, action, a resource that it reaches, and the word in which one that it does not reach differs.
REACHED = [
    ("notify", "sns:Publish", f"arn:aws:sns:{REGION}:{TRAINING}:InferencePipeline-notifications", "Inference"),
    ("retrain", START, f"{PIPELINES}/TrainingWHPOPipeline", "WHPO"),
    ("retrain", "s3:PutObject", f"{BUCKET}/retraining/0/data/a.csv", "retraining"),
    ("retrain", "s3:GetObject", f"{BUCKET}/training/data/raw/a.csv", "training"),
    ("retrain", "s3:GetObject", f"{BUCKET}/pipelines/inference/labelled/a.csv", "inference"),
    ("start_pipeline", START, f"{PIPELINES}/TrainingPipeline", "Training"),
]


@pytest.mark.parametrize(("function", "action", "resource", "word"), REACHED)
def test_a_role_reaches_what_its_function_needs_and_nothing_beside_it(watched, function, action, resource, word):
    statements = [one for one in policies(watched)[function] if action in one["Action"]]
    patterns = [re.escape(one).replace(r"\*", ".*") for statement in statements for one in statement["Resource"]]

    def may(what):
        return any(re.fullmatch(one, what) for one in patterns)

    assert may(resource)
    assert not may(resource.replace(word, "Other"))

"""Checks which events match which rule: events from AWS's documentation, from this machine, and invented ones."""

from __future__ import annotations

import json

import pytest
from paths import ROOT

pytest.importorskip("moto.events.models", reason="an oracle of patterns is moto, of the extra 'test'")
pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from local_sagemaker.event_patterns import matches, parse_pattern
from local_sagemaker.tools.reports import MODEL_QUALITY_LOST

import aws_events
from moto.events.models import EventPattern

PATTERNS = ROOT / "deploy" / "events" / "patterns"
TRAINING, TUNING, BATCH = "TrainingPipeline", "TrainingWHPOPipeline", "InferencePipeline"
BUCKET = "a-bucket-of-mine"


@pytest.fixture(scope="module")
def patterns():
    """Return rule -> its pattern, filled in for a project."""
    from deploy.events import rules
    from deploy.events.settings import Settings, placeholders

    settings = Settings.model_validate({
        "region": aws_events.REGION, "bucket_name": BUCKET, "bucket_prefix": "shells",
        "model_package_group_name": "Shells",
        "role_arn": f"arn:aws:iam::{aws_events.ACCOUNT}:role/jobs",
    })  # fmt: skip
    values = placeholders(settings, aws_events.ACCOUNT)
    return {rule: rules.pattern(rule, values) for rule in rules.rule_functions()}


def elsewhere(event):
    """Return the same event in another account, and in another region."""
    text = json.dumps(event)
    return [
        json.loads(text.replace(aws_events.ACCOUNT, "210987654321")),
        json.loads(text.replace(aws_events.REGION, "us-west-2")),
    ]


def lower(event):
    """Return the event with the pipelines' names in lower case, as in some ARNs."""
    text = json.dumps(event)
    for name in (TRAINING, TUNING, BATCH):
        text = text.replace(name, name.lower())
    return json.loads(text)


LOSING = aws_events.step_event(BATCH, MODEL_QUALITY_LOST, "Failed", "Fail")
STATUSES = ("Executing", "Succeeded", "Failed", "Stopping", "Stopped")
MATCHING = {
    "execution-status": [
        aws_events.execution_event(name, status) for name in (TRAINING, TUNING, BATCH) for status in STATUSES
    ],
    "step-status": [
        *(aws_events.step_event(name, "Prepare", "Failed") for name in (TRAINING, TUNING, BATCH)),
        *(aws_events.step_event(BATCH, "Monitor", name) for name in ("Starting", "Succeeded", "Stopping", "Stopped")),
    ],
    "model-package": [
        aws_events.version_event("Shells", 1, "PendingManualApproval"),
        aws_events.version_event("Shells", 1, "Approved"),
        *(
            aws_events.version_event(
                "Shells", 1, status, UpdatedModelPackageFields=["Something", "ModelApprovalStatus"]
            )
            for status in ("Approved", "Rejected", "PendingManualApproval")
        ),
    ],
    "model-quality-lost": [LOSING, lower(LOSING)],
    "drift": [aws_events.execution_event(BATCH, status) for status in ("Succeeded", "Failed")],
    "new-data": [
        aws_events.object_event(BUCKET, "shells/training/data/raw/a.csv"),
        aws_events.object_event(BUCKET, "shells/batch-scoring/data/raw/b.csv.gz"),
        aws_events.object_event(BUCKET, "shells/batch-scoring/data/truth/2026/b.csv", reason="CompleteMultipartUpload"),
        aws_events.object_event(BUCKET, "shells/batch-scoring/data/raw/b.csv", reason="CopyObject"),
    ],
}  # fmt: skip
NOT_MATCHING = {
    "execution-status": [
        aws_events.execution_event("OtherPipeline", "Failed"),
        aws_events.step_event(BATCH, "Monitor", "Failed"),
    ],
    "step-status": [
        aws_events.step_event("OtherPipeline", "Prepare", "Failed"),
        aws_events.step_event(BATCH, "Prepare", "Executing"),
        aws_events.execution_event(BATCH, "Failed"),
    ],
    "model-package": [
        aws_events.version_event("Others", 1, "Approved"),
        aws_events.version_event("Shells", 1, "Approved", UpdatedModelPackageFields=["CustomerMetadataProperties"]),
    ],
    "model-quality-lost": [
        aws_events.step_event(
            BATCH, "EvaluateAbaloneScores", "Failed"
        ),  # bad ground truth, no capacity, an error: no lost quality
        aws_events.step_event(BATCH, "PreprocessAbaloneData", "Failed"),
        aws_events.step_event(BATCH, MODEL_QUALITY_LOST, "Succeeded", "Fail"),
        aws_events.step_event(BATCH, MODEL_QUALITY_LOST, "Failed", "Processing"),
        aws_events.step_event(TRAINING, MODEL_QUALITY_LOST, "Failed", "Fail"),
        aws_events.step_event(TUNING, "AbaloneModelRejected", "Failed", "Fail"),  # a rejection does not start it again
        aws_events.step_event("OtherPipeline", MODEL_QUALITY_LOST, "Failed", "Fail"),
        aws_events.execution_event(BATCH, "Failed"),
    ],
    "drift": [
        aws_events.execution_event(TRAINING, "Succeeded"),
        aws_events.execution_event(TUNING, "Failed"),  # the started pipeline does not start itself again
        aws_events.execution_event(BATCH, "Executing"),
        aws_events.execution_event(BATCH, "Stopped"),
        LOSING,
    ],
    "new-data": [
        aws_events.object_event("another-bucket", "shells/training/data/raw/a.csv"),
        aws_events.object_event(BUCKET, "other/training/data/raw/a.csv"),
        aws_events.object_event(BUCKET, "shells/training/data/rawer/a.csv"),
        aws_events.object_event(BUCKET, "shells/retraining/0/data/000000-a.csv"),  # nor do the functions' own files
        aws_events.object_event(BUCKET, "shells/pipelines/inference/labelled/a.csv"),
        aws_events.object_event(BUCKET, "shells/training/data/raw/", size=0),
    ],
}


def cases(events):
    return [
        pytest.param(rule, event, id=f"{rule}-{n}") for rule, listed in events.items() for n, event in enumerate(listed)
    ]


def both(pattern, event):
    """Return whether the pattern matches on this machine, and in moto."""
    return matches(parse_pattern(pattern), event), EventPattern.load(pattern).matches_event(event)


@pytest.mark.parametrize(("rule", "event"), cases(MATCHING))
def test_a_rule_matches_its_events_in_its_own_account_and_region_only(patterns, rule, event):
    assert both(patterns[rule], event) == (True, True)
    for foreign in elsewhere(event):
        assert both(patterns[rule], foreign) == (False, False)


@pytest.mark.parametrize(("rule", "event"), cases(NOT_MATCHING))
def test_a_rule_does_not_match_other_events(patterns, rule, event):
    assert both(patterns[rule], event) == (False, False)


@pytest.mark.parametrize("rule", [rule for rule in MATCHING if rule not in ("new-data", "model-package")])
def test_names_in_lower_case_are_the_same_pipelines(patterns, rule):
    for event in MATCHING[rule]:
        assert both(patterns[rule], lower(event)) == (True, True)


def test_every_rule_has_a_pattern_and_a_function_and_there_are_no_others(patterns):
    from deploy.events import rules

    assert {path.stem for path in PATTERNS.glob("*.json")} == patterns.keys() == MATCHING.keys() == NOT_MATCHING.keys()
    for function in rules.rule_functions().values():
        assert (ROOT / "deploy" / "lambdas" / function / "handler.py").is_file()


@pytest.mark.parametrize("rule", sorted(MATCHING))
def test_all_placeholders_of_a_pattern_are_filled_in(patterns, rule):
    assert "${" not in patterns[rule]
    assert len(patterns[rule]) < 4096, "EventBridge's limit"


def test_lost_quality_is_the_step_that_the_batch_pipeline_has(patterns):
    definition = json.loads((ROOT / "tests" / "definitions" / "batch_inference.json").read_text())
    fails = [
        step
        for outer in definition["Steps"]
        for step in outer["Arguments"].get("IfSteps", ())
        if step["Type"] == "Fail"
    ]

    assert (
        [step["Name"] for step in fails]
        == json.loads(patterns["model-quality-lost"])["detail"]["stepName"]
        == [MODEL_QUALITY_LOST]
    )

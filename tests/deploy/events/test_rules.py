"""Which events get through which rule: those that AWS documents, those that this machine told of, and invented ones."""

from __future__ import annotations

import json

import pytest
from paths import ROOT

pytest.importorskip("moto.events.models", reason="an oracle of patterns is moto, of the extra 'test'")
pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from local_sagemaker.event_patterns import matches, read
from local_sagemaker.tools.reports import LOST

import told
from moto.events.models import EventPattern

PATTERNS = ROOT / "deploy" / "events" / "patterns"
TRAINING, TUNING, BATCH = "TrainingPipeline", "TrainingWHPOPipeline", "InferencePipeline"
BUCKET = "a-bucket-of-mine"


@pytest.fixture(scope="module")
def patterns():
    """Rule -> its pattern, filled for a project."""
    from deploy.events import rules
    from deploy.events.settings import Settings, names

    settings = Settings.model_validate({
        "region": told.REGION, "bucket_name": BUCKET, "bucket_prefix": "shells", "model_package_group_name": "Shells",
        "role_arn": f"arn:aws:iam::{told.ACCOUNT}:role/jobs",
    })  # fmt: skip
    filled = names(settings, told.ACCOUNT)
    return {rule: rules.pattern(rule, filled) for rule in rules.rules()}


def elsewhere(event):
    """The same in another account, and in another region."""
    text = json.dumps(event)
    return [json.loads(text.replace(told.ACCOUNT, "210987654321")), json.loads(text.replace(told.REGION, "us-west-2"))]


def lower(event):
    """With the pipelines' names in lower case, as their ARNs have been spelt."""
    text = json.dumps(event)
    for name in (TRAINING, TUNING, BATCH):
        text = text.replace(name, name.lower())
    return json.loads(text)


LOSING = told.of_step(BATCH, LOST, "Failed", "Fail")
STATUSES = ("Executing", "Succeeded", "Failed", "Stopping", "Stopped")
WANTED = {
    "execution-status": [told.of_execution(name, status) for name in (TRAINING, TUNING, BATCH) for status in STATUSES],
    "step-status": [
        *(told.of_step(name, "Prepare", "Failed") for name in (TRAINING, TUNING, BATCH)),
        *(told.of_step(BATCH, "Monitor", one) for one in ("Starting", "Succeeded", "Stopping", "Stopped")),
    ],
    "model-package": [
        told.of_version("Shells", 1, "PendingManualApproval"),
        told.of_version("Shells", 1, "Approved"),
        *(
            told.of_version("Shells", 1, status, UpdatedModelPackageFields=["Something", "ModelApprovalStatus"])
            for status in ("Approved", "Rejected", "PendingManualApproval")
        ),
    ],
    "model-quality-lost": [LOSING, lower(LOSING)],
    "drift": [told.of_execution(BATCH, status) for status in ("Succeeded", "Failed")],
    "new-data": [
        told.of_object(BUCKET, "shells/training/data/raw/a.csv"),
        told.of_object(BUCKET, "shells/batch-scoring/data/raw/b.csv.gz"),
        told.of_object(BUCKET, "shells/batch-scoring/data/truth/2026/b.csv", reason="CompleteMultipartUpload"),
        told.of_object(BUCKET, "shells/batch-scoring/data/raw/b.csv", reason="CopyObject"),
    ],
}  # fmt: skip
UNWANTED = {
    "execution-status": [told.of_execution("OtherPipeline", "Failed"), told.of_step(BATCH, "Monitor", "Failed")],
    "step-status": [
        told.of_step("OtherPipeline", "Prepare", "Failed"),
        told.of_step(BATCH, "Prepare", "Executing"),
        told.of_execution(BATCH, "Failed"),
    ],
    "model-package": [
        told.of_version("Others", 1, "Approved"),
        told.of_version("Shells", 1, "Approved", UpdatedModelPackageFields=["CustomerMetadataProperties"]),
    ],
    "model-quality-lost": [
        told.of_step(BATCH, "EvaluateAbaloneScores", "Failed"),  # bad truth, no capacity, an error: no lost quality
        told.of_step(BATCH, "PreprocessAbaloneData", "Failed"),
        told.of_step(BATCH, LOST, "Succeeded", "Fail"),
        told.of_step(BATCH, LOST, "Failed", "Processing"),
        told.of_step(TRAINING, LOST, "Failed", "Fail"),
        told.of_step(TUNING, "AbaloneModelRejected", "Failed", "Fail"),  # a rejection does not start it again
        told.of_step("OtherPipeline", LOST, "Failed", "Fail"),
        told.of_execution(BATCH, "Failed"),
    ],
    "drift": [
        told.of_execution(TRAINING, "Succeeded"),
        told.of_execution(TUNING, "Failed"),  # what it starts does not start it again
        told.of_execution(BATCH, "Executing"),
        told.of_execution(BATCH, "Stopped"),
        LOSING,
    ],
    "new-data": [
        told.of_object("another-bucket", "shells/training/data/raw/a.csv"),
        told.of_object(BUCKET, "other/training/data/raw/a.csv"),
        told.of_object(BUCKET, "shells/training/data/rawer/a.csv"),
        told.of_object(BUCKET, "shells/retraining/0/data/000000-a.csv"),  # nor do its own files
        told.of_object(BUCKET, "shells/pipelines/inference/labelled/a.csv"),
        told.of_object(BUCKET, "shells/training/data/raw/", size=0),
    ],
}


def cases(events):
    return [pytest.param(rule, one, id=f"{rule}-{n}") for rule, found in events.items() for n, one in enumerate(found)]


def both(pattern, event):
    """What this machine says and what moto says."""
    return matches(read(pattern), event), EventPattern.load(pattern).matches_event(event)


@pytest.mark.parametrize(("rule", "event"), cases(WANTED))
def test_what_a_rule_is_for_gets_through_and_in_no_other_account_or_region(patterns, rule, event):
    assert both(patterns[rule], event) == (True, True)
    for one in elsewhere(event):
        assert both(patterns[rule], one) == (False, False)


@pytest.mark.parametrize(("rule", "event"), cases(UNWANTED))
def test_what_it_is_not_for_does_not(patterns, rule, event):
    assert both(patterns[rule], event) == (False, False)


@pytest.mark.parametrize("rule", [rule for rule in WANTED if rule not in ("new-data", "model-package")])
def test_names_in_lower_case_are_the_same_pipelines(patterns, rule):
    for event in WANTED[rule]:
        assert both(patterns[rule], lower(event)) == (True, True)


def test_every_rule_has_its_pattern_and_its_function_and_there_are_no_others(patterns):
    from deploy.events import rules

    assert {path.stem for path in PATTERNS.glob("*.json")} == patterns.keys() == WANTED.keys() == UNWANTED.keys()
    for function in rules.rules().values():
        assert (ROOT / "deploy" / "lambdas" / function / "handler.py").is_file()


@pytest.mark.parametrize("rule", sorted(WANTED))
def test_a_pattern_names_nothing_that_is_not_filled_in(patterns, rule):
    assert "${" not in patterns[rule]
    assert len(patterns[rule]) < 4096, "EventBridge takes no longer one"


def test_lost_quality_is_the_step_that_the_batch_pipeline_has(patterns):
    definition = json.loads((ROOT / "tests" / "definitions" / "batch_inference.json").read_text())
    fails = [
        step for one in definition["Steps"] for step in one["Arguments"].get("IfSteps", ()) if step["Type"] == "Fail"
    ]

    assert (
        [step["Name"] for step in fails] == json.loads(patterns["model-quality-lost"])["detail"]["stepName"] == [LOST]
    )

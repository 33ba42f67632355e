"""Checks that drift starts a retraining if that is enabled, and if there is something to learn."""

from __future__ import annotations

import json
import re

import pytest
from retraining import BATCH, GROUP, LATER, SCORING_EXECUTION, score_batch

pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")
import aws_events
from moto_answers import succeeded_step
from moto_over_http import BUCKET

ENDED = aws_events.execution_event(BATCH, "Succeeded") | LATER


@pytest.fixture
def drift(account):
    """Return a function that gives the scoring execution a check with a report about these columns."""
    version = account.client("sagemaker").list_model_packages(ModelPackageGroupName=GROUP)
    arn = version["ModelPackageSummaryList"][0]["ModelPackageArn"]

    def make(columns, *more, check="QualityCheck", report=True):
        if report:
            violations = [{"feature_name": name, "constraint_check_type": "baseline_drift_check"} for name in columns]
            account.client("s3").put_object(
                Bucket=BUCKET, Key="report.json", Body=json.dumps({"violations": violations}).encode()
            )
        metadata = {check: {"ViolationReport": f"s3://{BUCKET}/report.json", "CheckJobArn": "j"}}
        score_batch(account, arn, succeeded_step("Monitor", **metadata), *more)

    return make


MERGED = succeeded_step("LabelAbaloneData")
JOB = "pipelines-abc-Monitor"


@pytest.mark.parametrize(
    ("job", "starts"),
    [
        ({"Environment": {"CHECK_TYPE": "DATA_QUALITY"}, "ExitMessage": "CompletedWithViolations: 1"}, 1),
        ({"Environment": {"CHECK_TYPE": "DATA_QUALITY"}, "ExitMessage": "Completed: no violations"}, 0),
        ({"Environment": {}, "ExitMessage": "CompletedWithViolations: of another job"}, 0),
        (None, 0),
    ],
)
def test_a_projects_own_check_counts_like_sagemakers(account, ask, drift, job, starts):
    drift(["length"], MERGED)  # writes the report, and the step that looked up the model
    looked_up, _, merged = account.steps[aws_events.arn(BATCH, SCORING_EXECUTION)]
    own = succeeded_step("Monitor", ProcessingJob={"Arn": f"arn:aws:sagemaker:eu-west-1:1:processing-job/{JOB}"})
    account.steps[aws_events.arn(BATCH, SCORING_EXECUTION)] = [looked_up, own, merged]
    account.client("s3").copy_object(
        Bucket=BUCKET, Key="out/constraint_violations.json", CopySource=f"{BUCKET}/report.json"
    )
    outputs = {"Outputs": [{"OutputName": "check", "S3Output": {"S3Uri": f"s3://{BUCKET}/out"}}]}
    if job is not None:
        account.jobs[JOB] = job | {"ProcessingOutputConfig": outputs}

    ask(ENDED)

    assert len(ask.starts) == starts


def test_drift_in_a_succeeded_step_starts_a_retraining_if_ground_truth_is_merged(drift, ask):
    drift(["length", "height"], MERGED)

    assert (
        ask(ENDED)["reason"] == f"drift in {aws_events.arn(BATCH, SCORING_EXECUTION)}: 2 violations, of length, height"
    )
    assert len(ask.starts) == 1


@pytest.mark.parametrize(
    ("columns", "more", "options", "reason"),
    [
        ([], [MERGED], {}, "no check found a violation"),
        (["length"], [], {}, "drift in .*, of length: there is no ground truth yet"),
        (["length"], [MERGED | {"StepStatus": "Failed"}], {}, "there is no ground truth yet"),
        (["length"], [MERGED], {"report": False}, "no check found a violation"),
    ],
)
def test_without_drift_or_ground_truth_nothing_is_started(drift, ask, columns, more, options, reason):
    drift(columns, *more, **options)

    result = ask(ENDED)
    assert result["started"] is False
    assert re.search(reason, result["reason"])


def test_drift_starts_nothing_if_that_is_disabled(drift, ask):
    drift(["length"], MERGED)

    assert ask(ENDED, ON_DRIFT="false")["reason"].endswith("only lost quality starts Tuning")


def test_clarifys_violations_count_too(drift, ask):
    drift(["sex"], MERGED, check="ClarifyCheck")

    assert ask(ENDED)["started"] is True

"""Drift starts a retraining where it is wanted, and once there is something to learn."""

from __future__ import annotations

import json
import re

import pytest
from retraining import BATCH, GROUP, LATER, SCORED, score_batch

pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")
import aws_events
from moto_answers import succeeded
from moto_over_http import BUCKET

ENDED = aws_events.execution_event(BATCH, "Succeeded") | LATER


@pytest.fixture
def drifted(account):
    """The execution that scored, with a check that wrote a report of these columns."""
    version = account.client("sagemaker").list_model_packages(ModelPackageGroupName=GROUP)
    arn = version["ModelPackageSummaryList"][0]["ModelPackageArn"]

    def make(columns, *more, check="QualityCheck", report=True):
        if report:
            violations = [{"feature_name": name, "constraint_check_type": "baseline_drift_check"} for name in columns]
            account.client("s3").put_object(
                Bucket=BUCKET, Key="report.json", Body=json.dumps({"violations": violations}).encode()
            )
        told_of = {check: {"ViolationReport": f"s3://{BUCKET}/report.json", "CheckJobArn": "j"}}
        score_batch(account, arn, succeeded("Monitor", **told_of), *more)

    return make


MERGED = succeeded("LabelAbaloneData")
JOB = "pipelines-abc-Monitor"


@pytest.mark.parametrize(
    ("job", "starts"),
    [
        ({"Environment": {"CHECK_TYPE": "DATA_QUALITY"}, "ExitMessage": "CompletedWithViolations: 1"}, 1),
        ({"Environment": {"CHECK_TYPE": "DATA_QUALITY"}, "ExitMessage": "Completed: no violations"}, 0),
        ({"Environment": {}, "ExitMessage": "CompletedWithViolations: of another kind"}, 0),
        (None, 0),
    ],
)
def test_a_projects_own_check_counts_as_sagemakers_does(account, ask, drifted, job, starts):
    drifted(["length"], MERGED)  # writes the report, and says who scored
    looked_up, _, merged = account.steps[aws_events.arn(BATCH, SCORED)]
    own = succeeded("Monitor", ProcessingJob={"Arn": f"arn:aws:sagemaker:eu-west-1:1:processing-job/{JOB}"})
    account.steps[aws_events.arn(BATCH, SCORED)] = [looked_up, own, merged]
    account.client("s3").copy_object(
        Bucket=BUCKET, Key="out/constraint_violations.json", CopySource=f"{BUCKET}/report.json"
    )
    outputs = {"Outputs": [{"OutputName": "check", "S3Output": {"S3Uri": f"s3://{BUCKET}/out"}}]}
    if job is not None:
        account.jobs[JOB] = job | {"ProcessingOutputConfig": outputs}

    ask(ENDED)

    assert len(ask.starts) == starts


def test_drift_in_spite_of_which_a_step_succeeded_starts_it_once_the_truth_is_merged(drifted, ask):
    drifted(["length", "height"], MERGED)

    assert ask(ENDED)["reason"] == f"drift in {aws_events.arn(BATCH, SCORED)}: 2 violations, of length, height"
    assert len(ask.starts) == 1


@pytest.mark.parametrize(
    ("columns", "more", "options", "reason"),
    [
        ([], [MERGED], {}, "no check found a violation"),
        (["length"], [], {}, "drift in .*, of length: its truth has not come"),
        (["length"], [MERGED | {"StepStatus": "Failed"}], {}, "its truth has not come"),
        (["length"], [MERGED], {"report": False}, "no check found a violation"),
    ],
)
def test_what_is_no_drift_or_teaches_nothing_starts_nothing(drifted, ask, columns, more, options, reason):
    drifted(columns, *more, **options)

    found = ask(ENDED)
    assert found["started"] is False
    assert re.search(reason, found["reason"])


def test_drift_starts_nothing_where_that_is_not_wanted(drifted, ask):
    drifted(["length"], MERGED)

    assert ask(ENDED, ON_DRIFT="false")["reason"].endswith("only lost quality starts Tuning")


def test_clarifys_violations_count_too(drifted, ask):
    drifted(["sex"], MERGED, check="ClarifyCheck")

    assert ask(ENDED)["started"] is True

"""Checks that a retraining starts once, if it is useful, for any events in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from retraining import (
    BATCH,
    LATER,
    LOST_QUALITY_EVENT,
    SCORING_EXECUTION,
    TUNING,
    approve_version,
    keys,
    labelled_batch,
    put,
)

pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")

import aws_events
import boto3
import permissions
from botocore.exceptions import ClientError
from moto_answers import succeeded_step
from moto_over_http import BUCKET

#: Actions for the function's log, and for failed copies in S3.
NOT_RECORDED = permissions.LOG | {"s3:AbortMultipartUpload"}


def test_lost_quality_starts_the_tuning_pipeline_with_a_snapshot_of_data_and_ground_truth(account, ask):
    result = ask()

    (start,) = ask.starts
    assert result["started"] is True
    assert start["PipelineName"] == TUNING
    parameters = {item["Name"]: item["Value"] for item in start["PipelineParameters"]}
    folder = parameters["InputDataUrl"].split("/")[-3]
    assert folder.startswith(start["ClientRequestToken"][:16])
    assert parameters == {
        "SkipDataQualityCheck": "true",
        "InputDataUrl": f"s3://{BUCKET}/shells/retraining/{folder}/data/",
    }
    assert start["PipelineExecutionDescription"] == (
        f"ModelQualityLost in {aws_events.arn(BATCH, SCORING_EXECUTION)}: worse than it may be: mse"
    )
    names = ("data/000000-known.csv", f"data/000001-{'a' * 32}-{'0' * 32}.csv", "manifest.json")
    assert keys(account) == [f"{folder}/{name}" for name in names]
    copied = account.client("s3").get_object(Bucket=BUCKET, Key=f"shells/retraining/{folder}/{names[1]}")
    assert copied["Body"].read() == b"sex,a,rings\nM,2,8\n"


def training_files(aws, result):
    """Return the names of an execution's training data, in their order."""
    parameters = aws.client("sagemaker").list_pipeline_parameters_for_execution(
        PipelineExecutionArn=result["execution_arn"]
    )
    (source,) = [item["Value"] for item in parameters["PipelineParameters"] if item["Name"] == "InputDataUrl"]
    return [key.partition("-")[2] for key in keys(aws, source.removeprefix(f"s3://{BUCKET}/"))]


def test_earlier_training_data_keep_their_order_and_new_data_follow(account, ask):
    for key in (labelled_batch("f"), labelled_batch("e")):
        put(account, key)
    first = training_files(account, ask())
    assert first[0] == "known.csv"
    assert first.index(f"{'f' * 32}-{'0' * 32}.csv") < first.index(f"{'e' * 32}-{'0' * 32}.csv")

    put(account, labelled_batch("f"))  # the same batch and ground truth again
    put(account, "shells/training/another.csv")
    put(account, labelled_batch("b"))
    again = training_files(account, ask(COOL_DOWN_HOURS="0"))

    assert again == [*first, "another.csv", f"{'b' * 32}-{'0' * 32}.csv"]


def test_the_newest_ground_truth_of_a_batch_counts(account, ask):
    put(account, labelled_batch("a", "9"))
    put(account, labelled_batch("a", "5"))

    assert training_files(account, ask()) == ["known.csv", f"{'a' * 32}-{'5' * 32}.csv"]


def test_three_events_start_it_once(ask):
    result = [ask() for _ in range(3)]

    assert [item["started"] for item in result] == [True, False, False]
    assert "another one may start after" in result[1]["reason"]
    assert len(ask.starts) == 1


def test_retries_after_errors_start_the_same_execution(account, ask):
    account.errors["StartPipelineExecution"] = [("ValidationException", "not now", 400)] * 2
    for _ in range(2):
        with pytest.raises(ClientError, match="not now"):
            ask()
    ask()

    assert len({item["ClientRequestToken"] for item in ask.starts}) == 1


def test_after_the_cool_down_it_starts_again_if_there_is_new_ground_truth(account, ask):
    first = ask()
    account.client("s3").put_object(Bucket=BUCKET, Key=labelled_batch("d"), Body=b"sex,a,rings\nF,2,8\n")

    second = ask(COOL_DOWN_HOURS="0")

    assert second["started"] is True
    assert first["execution_arn"] != second["execution_arn"]
    assert len({item["ClientRequestToken"] for item in ask.starts}) == 2


def test_the_same_data_are_not_trained_on_again(ask):
    first = ask()

    assert ask(COOL_DOWN_HOURS="0") == {
        "started": False,
        "reason": f"{first['execution_arn']} was trained on the same 2 files; upload the ground truth of a batch to "
        "learn from",
    }


@pytest.mark.parametrize(("step", "starts"), [({"Fail": {"ErrorMessage": "rejected"}}, False), ({}, True)])
def test_the_same_data_are_tried_again_after_an_error_but_not_after_a_rejected_model(account, ask, step, starts):
    arn = ask()["execution_arn"]
    account.status[arn] = {"PipelineExecutionStatus": "Failed"}
    account.steps[arn] = [succeeded_step("AStep", **step) | {"StepStatus": "Failed"}]

    assert ask(COOL_DOWN_HOURS="0")["started"] is starts


def test_a_reason_with_several_lines_is_joined_to_one(ask):
    event = LOST_QUALITY_EVENT | {"detail": LOST_QUALITY_EVENT["detail"] | {"failureReason": "worse\n  than it may be"}}

    assert ask(event)["reason"].endswith(": worse than it may be")


def test_a_training_started_by_hand_counts_for_the_cool_down_only(account, ask):
    parameters = [{"Name": "InputDataUrl", "Value": "s3://elsewhere/data.csv"}]
    account.client("sagemaker").start_pipeline_execution(PipelineName=TUNING, PipelineParameters=parameters)

    assert ask()["started"] is False
    assert ask(COOL_DOWN_HOURS="0")["started"] is True


@pytest.mark.parametrize("status", ["Executing", "Stopping"])
def test_while_an_execution_is_running_no_other_starts(account, ask, status):
    first = ask()
    account.status[first["execution_arn"]] = {"PipelineExecutionStatus": status}

    assert ask(COOL_DOWN_HOURS="0") == {"started": False, "reason": f"{first['execution_arn']} is running"}


def test_an_event_from_before_the_last_start_is_ignored(account, ask):
    first = ask()
    account.client("s3").put_object(Bucket=BUCKET, Key=labelled_batch("d"), Body=b"sex,a,rings\nF,2,8\n")
    old = (datetime.now(UTC) - timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M:%SZ")

    result = ask(LOST_QUALITY_EVENT | {"time": old}, COOL_DOWN_HOURS="0")

    assert result["reason"].startswith(f"this is older than {first['execution_arn']}")


def test_lost_quality_of_a_replaced_version_starts_nothing(account, ask):
    newer = approve_version(account)

    result = ask()

    assert result["started"] is False
    assert f"{newer} has been approved since" in result["reason"]


def test_without_ground_truth_nothing_is_started(account, ask):
    account.client("s3").delete_object(Bucket=BUCKET, Key=labelled_batch("a"))

    assert ask() == {
        "started": False,
        "reason": f"no batch has its ground truth in s3://{BUCKET}/shells/labelled/ yet, so there is nothing new to "
        "learn",
    }
    assert keys(account) == []


@pytest.mark.parametrize("status", ["Starting", "Stopped"])
def test_a_step_that_did_not_fail_starts_nothing(ask, status):
    assert ask(aws_events.step_event(BATCH, "ModelQualityLost", status, "Fail"))["started"] is False


@pytest.mark.parametrize("member", ["detail", "time"])
def test_an_event_without_a_member_is_an_error_that_names_it(ask, member):
    with pytest.raises(ValueError, match=f"has no '{member}'"):
        ask({name: value for name, value in LOST_QUALITY_EVENT.items() if name != member})
    assert not ask.starts


@pytest.mark.parametrize("member", ["pipelineExecutionArn", "currentStepStatus"])
def test_a_detail_without_a_member_is_an_error_that_names_it(ask, member):
    detail = {name: value for name, value in LOST_QUALITY_EVENT["detail"].items() if name != member}

    with pytest.raises(ValueError, match=f"has no '{member}'"):
        ask(LOST_QUALITY_EVENT | {"detail": detail})
    assert not ask.starts


def test_a_missing_variable_is_named(account, handler, settings):
    del settings["GROUP"]

    with pytest.raises(ValueError, match="has no 'GROUP'"):
        handler.lambda_handler(
            LOST_QUALITY_EVENT, None, handler.Clients(boto3.client("sagemaker"), boto3.client("s3")), settings
        )


def test_throttled_calls_are_retried(account, ask):
    throttled = ("ThrottlingException", "Rate exceeded", 400)
    account.errors |= {"ListPipelineExecutions": [throttled], "StartPipelineExecution": [throttled] * 2}

    assert ask()["started"] is True


def test_a_persistent_error_is_raised_and_the_next_try_continues(account, ask):
    account.errors["StartPipelineExecution"] = [("AccessDeniedException", "may not start", 400)]
    with pytest.raises(ClientError, match="may not start"):
        ask()

    assert ask()["started"] is True
    assert len({item["ClientRequestToken"] for item in ask.starts}) == 1
    assert len(keys(account)) == 3


def test_its_role_allows_exactly_the_functions_calls(account, ask):
    arn = ask()["execution_arn"]
    account.calls.clear()
    ask(COOL_DOWN_HOURS="0")
    account.client("s3").put_object(Bucket=BUCKET, Key=labelled_batch("d"), Body=b"sex,a,rings\nF,2,8\n")
    account.status[arn] = {"PipelineExecutionStatus": "Failed"}
    ask(COOL_DOWN_HOURS="0")
    account.steps[aws_events.arn(BATCH, SCORING_EXECUTION)].append(
        succeeded_step("Prepare", ProcessingJob={"Arn": "job/pipelines-x"})
    )
    ask(aws_events.execution_event(BATCH, "Succeeded") | LATER)

    assert permissions.allowed_actions("retrain") - NOT_RECORDED == permissions.needed_actions(account.operations())

"""The function that starts a retraining: once, where it helps, whatever events come, and in whatever order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from retraining import BATCH, LATER, LOST, SCORED, TUNING, approve_version, keys, labelled_batch, put

pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")

import aws_events
import boto3
import permissions
from botocore.exceptions import ClientError
from moto_answers import succeeded
from moto_over_http import BUCKET

#: What Lambda asks of the role for the function's log, and what S3 does where a copy fails.
UNSEEN = permissions.LOG | {"s3:AbortMultipartUpload"}


def test_lost_quality_starts_the_tuning_pipeline_on_a_snapshot_of_data_and_truths(account, ask):
    found = ask()

    (start,) = ask.starts
    assert found["started"] is True
    assert start["PipelineName"] == TUNING
    given = {one["Name"]: one["Value"] for one in start["PipelineParameters"]}
    folder = given["InputDataUrl"].split("/")[-3]
    assert folder.startswith(start["ClientRequestToken"][:16])
    assert given == {"SkipDataQualityCheck": "true", "InputDataUrl": f"s3://{BUCKET}/shells/retraining/{folder}/data/"}
    assert start["PipelineExecutionDescription"] == (
        f"ModelQualityLost in {aws_events.arn(BATCH, SCORED)}: worse than it may be: mse"
    )
    names = ("data/000000-known.csv", f"data/000001-{'a' * 32}-{'0' * 32}.csv", "manifest.json")
    assert keys(account) == [f"{folder}/{name}" for name in names]
    copied = account.client("s3").get_object(Bucket=BUCKET, Key=f"shells/retraining/{folder}/{names[1]}")
    assert copied["Body"].read() == b"sex,a,rings\nM,2,8\n"


def trained_on(aws, found):
    """Names of what an execution was trained on, in their order."""
    given = aws.client("sagemaker").list_pipeline_parameters_for_execution(PipelineExecutionArn=found["execution_arn"])
    (source,) = [one["Value"] for one in given["PipelineParameters"] if one["Name"] == "InputDataUrl"]
    return [key.partition("-")[2] for key in keys(aws, source.removeprefix(f"s3://{BUCKET}/"))]


def test_what_was_trained_on_keeps_its_place_and_what_is_new_comes_after(account, ask):
    for key in (labelled_batch("f"), labelled_batch("e")):
        put(account, key)
    first = trained_on(account, ask())
    assert first[0] == "known.csv"
    assert first.index(f"{'f' * 32}-{'0' * 32}.csv") < first.index(f"{'e' * 32}-{'0' * 32}.csv")

    put(account, labelled_batch("f"))  # the same batch and truth once more
    put(account, "shells/training/another.csv")
    put(account, labelled_batch("b"))
    again = trained_on(account, ask(COOL_DOWN_HOURS="0"))

    assert again == [*first, "another.csv", f"{'b' * 32}-{'0' * 32}.csv"]


def test_of_one_batch_the_newest_truth_counts(account, ask):
    put(account, labelled_batch("a", "9"))
    put(account, labelled_batch("a", "5"))

    assert trained_on(account, ask()) == ["known.csv", f"{'a' * 32}-{'5' * 32}.csv"]


def test_three_events_start_it_once(ask):
    found = [ask() for _ in range(3)]

    assert [one["started"] for one in found] == [True, False, False]
    assert "another one may from" in found[1]["reason"]
    assert len(ask.starts) == 1


def test_whoever_decides_on_the_same_state_starts_the_same_execution(account, ask):
    account.refusals["StartPipelineExecution"] = [("ValidationException", "not now", 400)] * 2
    for _ in range(2):
        with pytest.raises(ClientError, match="not now"):
            ask()
    ask()

    assert len({one["ClientRequestToken"] for one in ask.starts}) == 1


def test_after_the_cool_down_it_starts_again_where_another_truth_has_come(account, ask):
    first = ask()
    account.client("s3").put_object(Bucket=BUCKET, Key=labelled_batch("d"), Body=b"sex,a,rings\nF,2,8\n")

    second = ask(COOL_DOWN_HOURS="0")

    assert second["started"] is True
    assert first["execution_arn"] != second["execution_arn"]
    assert len({one["ClientRequestToken"] for one in ask.starts}) == 2


def test_on_the_very_same_data_nothing_is_trained_again(ask):
    first = ask()

    assert ask(COOL_DOWN_HOURS="0") == {
        "started": False,
        "reason": f"{first['execution_arn']} was trained on the same 2 files; give the truth of a batch to learn from",
    }


@pytest.mark.parametrize(("step", "starts"), [({"Fail": {"ErrorMessage": "rejected"}}, False), ({}, True)])
def test_the_same_data_are_tried_again_where_the_last_one_broke_and_not_where_it_rejected_its_model(
    account, ask, step, starts
):
    arn = ask()["execution_arn"]
    account.status[arn] = {"PipelineExecutionStatus": "Failed"}
    account.steps[arn] = [succeeded("AStep", **step) | {"StepStatus": "Failed"}]

    assert ask(COOL_DOWN_HOURS="0")["started"] is starts


def test_a_reason_of_several_lines_is_told_on_one(ask):
    event = LOST | {"detail": LOST["detail"] | {"failureReason": "worse\n  than it may be"}}

    assert ask(event)["reason"].endswith(": worse than it may be")


def test_a_training_started_by_hand_is_no_reason_not_to(account, ask):
    given = [{"Name": "InputDataUrl", "Value": "s3://elsewhere/data.csv"}]
    account.client("sagemaker").start_pipeline_execution(PipelineName=TUNING, PipelineParameters=given)

    assert ask()["started"] is False
    assert ask(COOL_DOWN_HOURS="0")["started"] is True


@pytest.mark.parametrize("status", ["Executing", "Stopping"])
def test_while_one_runs_no_other_starts(account, ask, status):
    first = ask()
    account.status[first["execution_arn"]] = {"PipelineExecutionStatus": status}

    assert ask(COOL_DOWN_HOURS="0") == {"started": False, "reason": f"{first['execution_arn']} runs"}


def test_an_event_from_before_the_last_start_comes_too_late(account, ask):
    first = ask()
    account.client("s3").put_object(Bucket=BUCKET, Key=labelled_batch("d"), Body=b"sex,a,rings\nF,2,8\n")
    old = (datetime.now(UTC) - timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M:%SZ")

    found = ask(LOST | {"time": old}, COOL_DOWN_HOURS="0")

    assert found["reason"].startswith(f"this is older than {first['execution_arn']}")


def test_a_version_that_was_replaced_since_is_not_mourned(account, ask):
    newer = approve_version(account)

    found = ask()

    assert found["started"] is False
    assert f"{newer} has been approved since" in found["reason"]


def test_without_any_truth_there_is_nothing_new_to_learn(account, ask):
    account.client("s3").delete_object(Bucket=BUCKET, Key=labelled_batch("a"))

    assert ask() == {
        "started": False,
        "reason": f"no batch has its truth in s3://{BUCKET}/shells/labelled/ yet, so there is nothing new to learn",
    }
    assert keys(account) == []


@pytest.mark.parametrize("status", ["Starting", "Stopped"])
def test_a_step_that_did_not_fail_starts_nothing(ask, status):
    assert ask(aws_events.step_event(BATCH, "ModelQualityLost", status, "Fail"))["started"] is False


@pytest.mark.parametrize("member", ["detail", "time"])
def test_an_event_without_a_member_is_an_error_that_names_it(ask, member):
    with pytest.raises(ValueError, match=f"has no '{member}'"):
        ask({name: value for name, value in LOST.items() if name != member})
    assert not ask.starts


@pytest.mark.parametrize("member", ["pipelineExecutionArn", "currentStepStatus"])
def test_so_is_a_detail_without_one(ask, member):
    detail = {name: value for name, value in LOST["detail"].items() if name != member}

    with pytest.raises(ValueError, match=f"has no '{member}'"):
        ask(LOST | {"detail": detail})
    assert not ask.starts


def test_a_missing_variable_is_named(account, handler, settings):
    del settings["GROUP"]

    with pytest.raises(ValueError, match="has no 'GROUP'"):
        handler.lambda_handler(LOST, None, handler.Clients(boto3.client("sagemaker"), boto3.client("s3")), settings)


def test_throttled_calls_are_tried_again(account, ask):
    throttled = ("ThrottlingException", "Rate exceeded", 400)
    account.refusals |= {"ListPipelineExecutions": [throttled], "StartPipelineExecution": [throttled] * 2}

    assert ask()["started"] is True


def test_what_stays_refused_is_an_error_and_the_next_try_goes_on(account, ask):
    account.refusals["StartPipelineExecution"] = [("AccessDeniedException", "may not start", 400)]
    with pytest.raises(ClientError, match="may not start"):
        ask()

    assert ask()["started"] is True
    assert len({one["ClientRequestToken"] for one in ask.starts}) == 1
    assert len(keys(account)) == 3


def test_its_role_may_do_what_it_calls_and_nothing_else(account, ask):
    arn = ask()["execution_arn"]
    account.calls.clear()
    ask(COOL_DOWN_HOURS="0")
    account.client("s3").put_object(Bucket=BUCKET, Key=labelled_batch("d"), Body=b"sex,a,rings\nF,2,8\n")
    account.status[arn] = {"PipelineExecutionStatus": "Failed"}
    ask(COOL_DOWN_HOURS="0")
    account.steps[aws_events.arn(BATCH, SCORED)].append(succeeded("Prepare", ProcessingJob={"Arn": "job/pipelines-x"}))
    ask(aws_events.execution_event(BATCH, "Succeeded") | LATER)

    assert permissions.allowed_actions("retrain") - UNSEEN == permissions.needed_actions(account.operations())

"""Tests transform jobs: exact outputs, several instances and containers, bad files, kinds of models."""

from __future__ import annotations

import gzip
import json
import os

from local_sagemaker.testing import BUCKET, create, model_step, start, transform_step, wait_for_end

import pytest
import running_processes
from botocore.exceptions import ClientError
from transforms import IN, MODEL, NAME, OUT, log_of, rows, run_container, scores, script_container, text


def test_each_file_has_one_output_which_keeps_its_path(session, client, put, outputs):
    put(**{"in/a/b/x.csv": text(rows()), "in/y.csv": "\n".join(rows(0, 7)).encode(), "in/empty.csv": b""})

    result = run_container(session, transform_step("Transform", NAME, IN, OUT))

    assert result.status == "Succeeded"
    assert outputs() == {"a/b/x.csv.out": text(scores()), "y.csv.out": text(scores(0, 7)), "empty.csv.out": b""}
    job = client.describe_transform_job(
        TransformJobName=result.steps["Transform"]["Metadata"]["TransformJob"]["Arn"].rpartition("/")[2]
    )
    assert job["TransformJobStatus"] == "Completed"
    assert job["TransformEndTime"] >= job["TransformStartTime"]
    assert job["ModelName"] == result.steps["Model"]["Metadata"]["Model"]["Arn"].rpartition("/")[2]
    listed = client.list_transform_jobs()["TransformJobSummaries"]
    assert [j["TransformJobName"] for j in listed] == [job["TransformJobName"]]


@pytest.mark.parametrize(
    "members",
    [
        {"BatchStrategy": "SingleRecord"},
        {"BatchStrategy": "SingleRecord", "MaxConcurrentTransforms": 4},
        {"MaxPayloadInMB": 0},
        {"BatchStrategy": "MultiRecord", "MaxConcurrentTransforms": 3, "MaxPayloadInMB": 1},
    ],
)
def test_the_output_does_not_depend_on_how_records_are_sent(session, put, outputs, members):
    put(**{"in/x.csv": text(rows(0, 60))})

    assert run_container(session, transform_step("Transform", NAME, IN, OUT, **members)).status == "Succeeded"
    assert outputs() == {"x.csv.out": text(scores(0, 60))}


def test_filters_and_join_keep_the_label_with_the_prediction(session, put, outputs):
    put(**{"in/x.csv": text(f"{n},{row}" for n, row in enumerate(rows()))})
    data = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}

    assert run_container(session, transform_step("Transform", NAME, IN, OUT, DataProcessing=data)).status == "Succeeded"
    assert outputs() == {"x.csv.out": text(f"{n},{score}" for n, score in enumerate(scores()))}


def test_a_join_without_a_filter_appends_predictions_to_rows(session, put, outputs):
    put(**{"in/x.csv": text(rows())})
    step = transform_step("Transform", NAME, IN, OUT, DataProcessing={"JoinSource": "Input"})

    assert run_container(session, step).status == "Succeeded"
    expected = text(f"{row},{score}" for row, score in zip(rows(), scores(), strict=True))
    assert outputs() == {"x.csv.out": expected}


def test_instances_share_the_files(session, account, put, outputs):
    put(**{f"in/{n}.csv": text(rows(n, n + 5)) for n in range(5)})

    result = run_container(session, transform_step("Transform", NAME, IN, OUT, instance_count=2))

    assert result.status == "Succeeded"
    assert outputs() == {f"{n}.csv.out": text(scores(n, n + 5)) for n in range(5)}
    logs = [log_of(account, result, host).count(" records in ") for host in ("algo-1", "algo-2")]
    assert logs == [3, 2]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system does not bind a process to cores")
@pytest.mark.usefixtures("cold")
def test_more_instances_than_cores_share_the_cores(session, put, outputs):
    put(**{f"in/{n}.csv": text(rows(n, n + 5)) for n in range(4)})
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})  # the processes that it starts inherit it
    try:
        result = run_container(session, transform_step("Transform", NAME, IN, OUT, instance_count=2))
    finally:
        os.sched_setaffinity(0, cores)

    assert result.status == "Succeeded", result.steps["Transform"].get("FailureReason")
    assert outputs() == {f"{n}.csv.out": text(scores(n, n + 5)) for n in range(4)}


@pytest.mark.parametrize("split", ["Line", "None"])
def test_a_file_with_a_bad_record_has_no_output_and_the_others_are_complete(session, account, put, outputs, split):
    put(
        **{
            "in/a.csv": text(rows()),
            "in/b.csv": text([*rows(0, 40), "1,x,3", *rows(0, 9)]),
            "in/c.csv": text(rows(0, 3)),
        }
    )

    result = run_container(session, transform_step("Transform", NAME, IN, OUT, split=split))

    assert result.status == "Failed"
    assert outputs() == {"a.csv.out": text(scores()), "c.csv.out": text(scores(0, 3))}
    reason = result.steps["Transform"]["FailureReason"]
    assert "b.csv, record" in reason
    assert "line 41, column 2: 'x' is not a number" in reason
    assert not list((account.root / "jobs").rglob("*.partial"))


def test_rows_that_still_have_their_label_are_reported(session, put, outputs):
    put(**{"in/a.csv": text(f"1,{row}" for row in rows())})

    result = run_container(session, transform_step("Transform", NAME, IN, OUT))

    assert (
        "4 columns, but the model has 3 features; is the label still there?"
        in result.steps["Transform"]["FailureReason"]
    )
    assert outputs() == {}


def test_a_filter_that_selects_nothing_names_the_record(session, put, outputs):
    put(**{"in/a.csv": text(["1,2,3", "1,2,3", "1"])})
    step = transform_step("Transform", NAME, IN, OUT, DataProcessing={"InputFilter": "$[1:]"})

    result = run_container(session, step)

    assert "a.csv, record 3: InputFilter: the filter selects none of 1" in result.steps["Transform"]["FailureReason"]
    assert outputs() == {}


def test_a_record_larger_than_a_request_is_reported(session, put, outputs):
    put(**{"in/a.csv": text(["1,2,3", "0" * (2 << 20) + "1,2,3"])})

    result = run_container(session, transform_step("Transform", NAME, IN, OUT, MaxPayloadInMB=1))

    assert "a.csv, record 2 is larger than the 1 MB of a request; raise MaxPayloadInMB" in str(
        result.steps["Transform"]
    )
    assert outputs() == {}


def test_compressed_inputs_are_decompressed(session, put, outputs):
    put(**{"in/x.csv.gz": gzip.compress(text(rows()))})
    step = transform_step("Transform", NAME, IN, OUT)
    step["Arguments"]["TransformInput"]["CompressionType"] = "Gzip"

    assert run_container(session, step).status == "Succeeded"
    assert outputs() == {"x.csv.gz.out": text(scores())}


def test_an_input_filter_alone_does_not_change_the_answers(session, put, outputs):
    """Without AssembleWith the answers are concatenated unchanged."""
    put(**{"in/x.csv": text(f"{n},{row}" for n, row in enumerate(rows(0, 9)))})
    step = transform_step(
        "Transform", NAME, IN, OUT, DataProcessing={"InputFilter": "$[1:]"}, BatchStrategy="SingleRecord"
    )
    del step["Arguments"]["TransformOutput"]["AssembleWith"]

    assert run_container(session, step).status == "Succeeded"
    assert outputs() == {"x.csv.out": text(scores(0, 9))}


def test_a_file_that_is_damaged_has_no_output_and_the_others_are_complete(session, put, outputs):
    packed = gzip.compress(text(rows()), mtime=0)
    damaged = packed[:200] + bytes(50) + packed[250:]
    put(**{"in/a.gz": damaged, "in/b.gz": packed})
    step = transform_step("Transform", NAME, IN, OUT)
    step["Arguments"]["TransformInput"]["CompressionType"] = "Gzip"

    result = run_container(session, step)

    assert "a.gz, it cannot be read" in result.steps["Transform"]["FailureReason"]
    assert outputs() == {"b.gz.out": text(scores())}


def test_two_inputs_with_the_same_output_are_reported(session, put, outputs):
    put(**{"in/a/ab": b"1,2,3\n", "in/ab": b"4,5,6\n"})

    with pytest.raises(
        ClientError, match="matches 'in/a/ab' and 'in/ab', which would both be 'ab'; end the prefix with '/'"
    ):
        run_container(session, transform_step("Transform", NAME, f"s3://{BUCKET}/in/a", OUT))
    assert outputs() == {}


def test_rows_of_a_file_that_is_one_record_cannot_be_joined(session, put, outputs):
    put(**{"in/x.csv": text(rows(0, 2))})
    step = transform_step("Transform", NAME, IN, OUT, split="None", DataProcessing={"JoinSource": "Input"})

    result = run_container(session, step)

    assert (
        "x.csv, it has several rows; set SplitType to Line to filter and join them one by one"
        in result.steps["Transform"]["FailureReason"]
    )
    assert outputs() == {}


def test_an_output_filter_parses_the_answer_by_the_accepted_type(session, account, put, outputs):
    put(**{"in/x.csv": b"1\n"})
    script = "def model_fn(d): 1\ndef transform_fn(*_): return '{\"scores\": [1, 2]}', 'application/json'"
    container = script_container(account, script)
    step = transform_step("Transform", NAME, IN, OUT, DataProcessing={"OutputFilter": "$.scores[1]"})
    step["Arguments"]["TransformOutput"]["Accept"] = "application/json"

    assert run_container(session, step, container).status == "Succeeded"
    assert outputs() == {"x.csv.out": b"2\n"}


def test_without_a_limit_of_concurrency_the_containers_own_applies(session, put, outputs):
    put(**{"in/x.csv": text(rows(0, 9))})

    assert (
        run_container(session, transform_step("Transform", NAME, IN, OUT, MaxConcurrentTransforms=0)).status
        == "Succeeded"
    )
    assert outputs() == {"x.csv.out": text(scores(0, 9))}


@pytest.mark.parametrize("name", ["-1.csv/../../x", "../x", "a//b"])
def test_a_manifest_cannot_lead_outside_its_prefix(session, put, outputs, name):
    put(**{"in/x.csv": text(rows()), "m.json": json.dumps([{"prefix": IN}, name]).encode()})
    step = transform_step("Transform", NAME, f"s3://{BUCKET}/m.json", OUT)
    step["Arguments"]["TransformInput"]["DataSource"]["S3DataSource"]["S3DataType"] = "ManifestFile"

    with pytest.raises(ClientError, match="is not a path below its prefix"):
        run_container(session, step)
    assert outputs() == {}


def test_a_manifest_lists_the_inputs(session, put, outputs):
    put(**{"in/x.csv": text(rows()), "in/no.csv": b"no", "m.json": json.dumps([{"prefix": IN}, "x.csv"]).encode()})
    step = transform_step("Transform", NAME, f"s3://{BUCKET}/m.json", OUT)
    step["Arguments"]["TransformInput"]["DataSource"]["S3DataSource"]["S3DataType"] = "ManifestFile"

    assert run_container(session, step).status == "Succeeded"
    assert outputs() == {"x.csv.out": text(scores())}


def test_a_wrong_number_of_predictions_cannot_be_joined(session, account, put, outputs):
    put(**{"in/x.csv": b"a\nb\n"})
    script = "def model_fn(d): 1\ndef transform_fn(m, body, c, a): return 'one', 'text/csv'"
    step = script_container(account, script)

    result = run_container(
        session, transform_step("Transform", NAME, IN, OUT, DataProcessing={"JoinSource": "Input"}), step
    )

    assert "x.csv, records 1 to 2: 1 predictions for 2 records" in result.steps["Transform"]["FailureReason"]
    assert outputs() == {}


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (
            lambda: [model_step("Model", MODEL, "000000000000.dkr.ecr.us-east-1.amazonaws.com/xgbost:1")],
            "step 'Model': the image .* is not available on this machine.*add \\[images.xgbost\\] to local.toml",
        ),
        (
            lambda: [
                model_step("Model", MODEL),
                transform_step("Transform", NAME, IN, OUT, DataProcessing={"OutputFilter": "1"}),
            ],
            "step 'Transform': OutputFilter: the filter '1' must begin with",
        ),
        (
            lambda: [model_step("Model", MODEL), transform_step("Transform", NAME, f"s3://{BUCKET}/nowhere", OUT)],
            "step 'Transform': the input 's3://.*nowhere' does not exist here",
        ),
        (
            lambda: [model_step("Model", MODEL), transform_step("Transform", NAME, IN, OUT, BatchStrategy="Multi")],
            '.*Arguments.BatchStrategy is "Multi".*MultiRecord',
        ),
    ],
)
def test_an_invalid_step_is_reported_before_anything_starts(session, put, steps, message):
    put(**{"in/x.csv": text(rows())})

    with pytest.raises(ClientError, match=message):
        start(session, create(session, {"Steps": steps()}))


@running_processes.needs_proc
def test_a_job_that_is_stopped_leaves_no_output_and_no_container(session, client, account, put, outputs):
    put(**{"in/x.csv": text(rows())})
    script = "import time\ndef model_fn(d): 1\ndef transform_fn(*_): time.sleep(50)"
    mark = account.new_id()
    step = script_container(account, script, MARK=mark)
    arn = start(session, create(session, {"Steps": [step, transform_step("Transform", NAME, IN, OUT)]}))
    running_processes.wait_for(lambda: running_processes.find_by_variable("MARK", mark))

    client.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="0" * 32)

    assert wait_for_end(session, arn).status == "Stopped"
    running_processes.wait_for(lambda: not running_processes.find_by_variable("MARK", mark))
    assert outputs() == {}

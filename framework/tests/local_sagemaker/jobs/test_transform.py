"""Transform jobs: outputs to the byte, several instances and containers, what a bad file does, what a model may be."""

from __future__ import annotations

import gzip
import json
import os

from local_sagemaker.testing import BUCKET, create, finish, model, start, transform

import pytest
import running_processes
from botocore.exceptions import ClientError
from transforms import IN, MODEL, NAME, OUT, log_of, rows, run_container, scores, script_container, text


def test_each_file_has_one_output_which_keeps_its_path(session, client, put, outputs):
    put(**{"in/a/b/x.csv": text(rows()), "in/y.csv": "\n".join(rows(0, 7)).encode(), "in/empty.csv": b""})

    ran = run_container(session, transform("Transform", NAME, IN, OUT))

    assert ran.status == "Succeeded"
    assert outputs() == {"a/b/x.csv.out": text(scores()), "y.csv.out": text(scores(0, 7)), "empty.csv.out": b""}
    job = client.describe_transform_job(
        TransformJobName=ran.steps["Transform"]["Metadata"]["TransformJob"]["Arn"].rpartition("/")[2]
    )
    assert job["TransformJobStatus"] == "Completed"
    assert job["TransformEndTime"] >= job["TransformStartTime"]
    assert job["ModelName"] == ran.steps["Model"]["Metadata"]["Model"]["Arn"].rpartition("/")[2]
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
def test_however_records_are_sent_the_output_is_the_same(session, put, outputs, members):
    put(**{"in/x.csv": text(rows(0, 60))})

    assert run_container(session, transform("Transform", NAME, IN, OUT, **members)).status == "Succeeded"
    assert outputs() == {"x.csv.out": text(scores(0, 60))}


def test_filters_and_join_keep_the_label_beside_the_prediction(session, put, outputs):
    put(**{"in/x.csv": text(f"{n},{row}" for n, row in enumerate(rows()))})
    data = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}

    assert run_container(session, transform("Transform", NAME, IN, OUT, DataProcessing=data)).status == "Succeeded"
    assert outputs() == {"x.csv.out": text(f"{n},{score}" for n, score in enumerate(scores()))}


def test_a_join_without_a_filter_puts_predictions_behind_rows(session, put, outputs):
    put(**{"in/x.csv": text(rows())})
    step = transform("Transform", NAME, IN, OUT, DataProcessing={"JoinSource": "Input"})

    assert run_container(session, step).status == "Succeeded"
    expected = text(f"{row},{score}" for row, score in zip(rows(), scores(), strict=True))
    assert outputs() == {"x.csv.out": expected}


def test_instances_share_the_files(session, account, put, outputs):
    put(**{f"in/{n}.csv": text(rows(n, n + 5)) for n in range(5)})

    ran = run_container(session, transform("Transform", NAME, IN, OUT, instance_count=2))

    assert ran.status == "Succeeded"
    assert outputs() == {f"{n}.csv.out": text(scores(n, n + 5)) for n in range(5)}
    logs = [log_of(account, ran, host).count(" records in ") for host in ("algo-1", "algo-2")]
    assert logs == [3, 2]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system does not bind a process to cores")
@pytest.mark.usefixtures("cold")
def test_more_instances_than_cores_share_the_cores(session, put, outputs):
    put(**{f"in/{n}.csv": text(rows(n, n + 5)) for n in range(4)})
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})  # which what is started inherits
    try:
        ran = run_container(session, transform("Transform", NAME, IN, OUT, instance_count=2))
    finally:
        os.sched_setaffinity(0, cores)

    assert ran.status == "Succeeded", ran.steps["Transform"].get("FailureReason")
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

    ran = run_container(session, transform("Transform", NAME, IN, OUT, split=split))

    assert ran.status == "Failed"
    assert outputs() == {"a.csv.out": text(scores()), "c.csv.out": text(scores(0, 3))}
    reason = ran.steps["Transform"]["FailureReason"]
    assert "b.csv, record" in reason
    assert "line 41, column 2: 'x' is no number" in reason
    assert not list((account.root / "jobs").rglob("*.partial"))


def test_rows_that_still_have_their_label_are_told(session, put, outputs):
    put(**{"in/a.csv": text(f"1,{row}" for row in rows())})

    ran = run_container(session, transform("Transform", NAME, IN, OUT))

    assert (
        "4 columns, where the model has 3 features; is the label still there?"
        in ran.steps["Transform"]["FailureReason"]
    )
    assert outputs() == {}


def test_a_filter_that_selects_nothing_names_the_record(session, put, outputs):
    put(**{"in/a.csv": text(["1,2,3", "1,2,3", "1"])})
    step = transform("Transform", NAME, IN, OUT, DataProcessing={"InputFilter": "$[1:]"})

    ran = run_container(session, step)

    assert "a.csv, record 3: InputFilter: the filter selects none of 1" in ran.steps["Transform"]["FailureReason"]
    assert outputs() == {}


def test_a_record_larger_than_a_request_is_told(session, put, outputs):
    put(**{"in/a.csv": text(["1,2,3", "0" * (2 << 20) + "1,2,3"])})

    ran = run_container(session, transform("Transform", NAME, IN, OUT, MaxPayloadInMB=1))

    assert "a.csv, record 2 is larger than the 1 MB of a request; raise MaxPayloadInMB" in str(ran.steps["Transform"])
    assert outputs() == {}


def test_packed_inputs_are_unpacked(session, put, outputs):
    put(**{"in/x.csv.gz": gzip.compress(text(rows()))})
    step = transform("Transform", NAME, IN, OUT)
    step["Arguments"]["TransformInput"]["CompressionType"] = "Gzip"

    assert run_container(session, step).status == "Succeeded"
    assert outputs() == {"x.csv.gz.out": text(scores())}


def test_an_input_filter_alone_leaves_answers_as_they_are(session, put, outputs):
    """Without AssembleWith these are put together as they come."""
    put(**{"in/x.csv": text(f"{n},{row}" for n, row in enumerate(rows(0, 9)))})
    step = transform("Transform", NAME, IN, OUT, DataProcessing={"InputFilter": "$[1:]"}, BatchStrategy="SingleRecord")
    del step["Arguments"]["TransformOutput"]["AssembleWith"]

    assert run_container(session, step).status == "Succeeded"
    assert outputs() == {"x.csv.out": text(scores(0, 9))}


def test_a_file_that_is_damaged_has_no_output_and_the_others_are_complete(session, put, outputs):
    packed = gzip.compress(text(rows()), mtime=0)
    damaged = packed[:200] + bytes(50) + packed[250:]
    put(**{"in/a.gz": damaged, "in/b.gz": packed})
    step = transform("Transform", NAME, IN, OUT)
    step["Arguments"]["TransformInput"]["CompressionType"] = "Gzip"

    ran = run_container(session, step)

    assert "a.gz, it cannot be read" in ran.steps["Transform"]["FailureReason"]
    assert outputs() == {"b.gz.out": text(scores())}


def test_two_inputs_that_would_have_one_output_are_told(session, put, outputs):
    put(**{"in/a/ab": b"1,2,3\n", "in/ab": b"4,5,6\n"})

    with pytest.raises(
        ClientError, match="names 'in/a/ab' and 'in/ab', which would both be 'ab'; end the prefix with /"
    ):
        run_container(session, transform("Transform", NAME, f"s3://{BUCKET}/in/a", OUT))
    assert outputs() == {}


def test_rows_of_a_file_that_is_one_record_cannot_be_joined(session, put, outputs):
    put(**{"in/x.csv": text(rows(0, 2))})
    step = transform("Transform", NAME, IN, OUT, split="None", DataProcessing={"JoinSource": "Input"})

    ran = run_container(session, step)

    assert (
        "x.csv, it holds several rows, which are filtered and joined one by one"
        in ran.steps["Transform"]["FailureReason"]
    )
    assert outputs() == {}


def test_an_output_filter_reads_the_answer_as_what_was_accepted(session, account, put, outputs):
    put(**{"in/x.csv": b"1\n"})
    script = "def model_fn(d): 1\ndef transform_fn(*_): return '{\"scores\": [1, 2]}', 'application/json'"
    container = script_container(account, script)
    step = transform("Transform", NAME, IN, OUT, DataProcessing={"OutputFilter": "$.scores[1]"})
    step["Arguments"]["TransformOutput"]["Accept"] = "application/json"

    assert run_container(session, step, container).status == "Succeeded"
    assert outputs() == {"x.csv.out": b"2\n"}


def test_no_limit_of_concurrency_is_the_containers_own(session, put, outputs):
    put(**{"in/x.csv": text(rows(0, 9))})

    assert (
        run_container(session, transform("Transform", NAME, IN, OUT, MaxConcurrentTransforms=0)).status == "Succeeded"
    )
    assert outputs() == {"x.csv.out": text(scores(0, 9))}


@pytest.mark.parametrize("name", ["-1.csv/../../x", "../x", "a//b"])
def test_a_manifest_leads_nowhere_else(session, put, outputs, name):
    put(**{"in/x.csv": text(rows()), "m.json": json.dumps([{"prefix": IN}, name]).encode()})
    step = transform("Transform", NAME, f"s3://{BUCKET}/m.json", OUT)
    step["Arguments"]["TransformInput"]["DataSource"]["S3DataSource"]["S3DataType"] = "ManifestFile"

    assert run_container(session, step).status == "Failed"
    assert outputs() == {}


def test_a_manifest_lists_the_inputs(session, put, outputs):
    put(**{"in/x.csv": text(rows()), "in/no.csv": b"no", "m.json": json.dumps([{"prefix": IN}, "x.csv"]).encode()})
    step = transform("Transform", NAME, f"s3://{BUCKET}/m.json", OUT)
    step["Arguments"]["TransformInput"]["DataSource"]["S3DataSource"]["S3DataType"] = "ManifestFile"

    assert run_container(session, step).status == "Succeeded"
    assert outputs() == {"x.csv.out": text(scores())}


def test_predictions_that_are_not_as_many_as_records_cannot_be_joined(session, account, put, outputs):
    put(**{"in/x.csv": b"a\nb\n"})
    script = "def model_fn(d): 1\ndef transform_fn(m, body, c, a): return 'one', 'text/csv'"
    step = script_container(account, script)

    ran = run_container(session, transform("Transform", NAME, IN, OUT, DataProcessing={"JoinSource": "Input"}), step)

    assert "x.csv, records 1 to 2: 1 predictions for 2 records" in ran.steps["Transform"]["FailureReason"]
    assert outputs() == {}


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (
            lambda: [model("Model", MODEL, "000000000000.dkr.ecr.us-east-1.amazonaws.com/xgbost:1")],
            "step 'Model': nothing on this machine stands for the image .*write \\[images.xgbost\\] into local.toml",
        ),
        (
            lambda: [
                model("Model", MODEL),
                transform("Transform", NAME, IN, OUT, DataProcessing={"OutputFilter": "1"}),
            ],
            "step 'Transform': OutputFilter: the filter '1' must begin with",
        ),
        (
            lambda: [model("Model", MODEL), transform("Transform", NAME, f"s3://{BUCKET}/nowhere", OUT)],
            "step 'Transform': the input 's3://.*nowhere' names nothing here",
        ),
        (
            lambda: [model("Model", MODEL), transform("Transform", NAME, IN, OUT, BatchStrategy="Multi")],
            '.*Arguments.BatchStrategy is "Multi".*MultiRecord',
        ),
    ],
)
def test_what_cannot_run_is_told_before_anything_starts(session, put, steps, said):
    put(**{"in/x.csv": text(rows())})

    with pytest.raises(ClientError, match=said):
        start(session, create(session, {"Steps": steps()}))


@running_processes.needs_proc
def test_a_job_that_is_stopped_leaves_no_output_and_no_container(session, client, account, put, outputs):
    put(**{"in/x.csv": text(rows())})
    script = "import time\ndef model_fn(d): 1\ndef transform_fn(*_): time.sleep(50)"
    mark = account.new_id()
    step = script_container(account, script, MARK=mark)
    arn = start(session, create(session, {"Steps": [step, transform("Transform", NAME, IN, OUT)]}))
    running_processes.wait_for(lambda: running_processes.with_variable("MARK", mark))

    client.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="0" * 32)

    assert finish(session, arn).status == "Stopped"
    running_processes.wait_for(lambda: not running_processes.with_variable("MARK", mark))
    assert outputs() == {}

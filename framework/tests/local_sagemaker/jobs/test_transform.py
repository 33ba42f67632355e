"""Transform jobs: outputs to the byte, several instances and containers, what a bad file does, what a model may be."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
import tarfile

from local_sagemaker.account import open_account
from local_sagemaker.batch_transform.__main__ import RETRIES
from local_sagemaker.testing import BUCKET, ROLE, SCIKIT_LEARN, archive, create, finish, model, run, start, transform

import numpy as np
import pytest
import running
import xgboost as xgb
from botocore.exceptions import ClientError

MODEL, IN, OUT = f"s3://{BUCKET}/model.tar.gz", f"s3://{BUCKET}/in/", f"s3://{BUCKET}/out"
FEATURES = np.random.default_rng(0).normal(size=(300, 3)).astype("f4")
BOOSTER = xgb.train({}, xgb.DMatrix(FEATURES, label=FEATURES[:, 0] * 2), 10)
NAME = {"Get": "Steps.Model.ModelName"}


def rows(start=0, end=300):
    return ["{!r},{!r},{!r}".format(*row) for row in FEATURES[start:end].tolist()]


def text(lines):
    return "".join(f"{line}\n" for line in lines).encode()


def scores(start=0, end=300):
    return [str(score) for score in BOOSTER.predict(xgb.DMatrix(FEATURES[start:end])).tolist()]


@pytest.fixture
def put(account):
    """Write objects: key -> bytes."""
    account.objects.write(BUCKET, "model.tar.gz", archive({"xgboost-model": bytes(BOOSTER.save_raw())}))

    def write(**objects):
        for key, content in objects.items():
            account.objects.write(BUCKET, key, content)

    return write


@pytest.fixture
def outputs(account):
    """What lies below a prefix: path -> bytes."""
    return lambda prefix="out/": {
        key.removeprefix(prefix): path.read_bytes() for key, path in account.objects.keys(BUCKET, prefix)
    }


def ran_with(session, step, container=None):
    return run(session, {"Steps": [container or model("Model", MODEL), step]})


def scripted(account, script, **variables):
    """A Model step whose container is the scikit-learn image with this script."""
    account.objects.write(BUCKET, "script.tar.gz", archive({"code/inference.py": script.encode()}))
    environment = {"SAGEMAKER_PROGRAM": "inference.py", **variables}
    return model("Model", f"s3://{BUCKET}/script.tar.gz", SCIKIT_LEARN, Environment=environment)


def log_of(account, ran, host="algo-1"):
    name = ran.steps["Transform"]["Metadata"]["TransformJob"]["Arn"].rpartition("/")[2]
    return (account.root / "jobs" / name / f"{host}.log").read_text()


def test_each_file_has_one_output_which_keeps_its_path(session, client, put, outputs):
    put(**{"in/a/b/x.csv": text(rows()), "in/y.csv": "\n".join(rows(0, 7)).encode(), "in/empty.csv": b""})

    ran = ran_with(session, transform("Transform", NAME, IN, OUT))

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

    assert ran_with(session, transform("Transform", NAME, IN, OUT, **members)).status == "Succeeded"
    assert outputs() == {"x.csv.out": text(scores(0, 60))}


def test_filters_and_join_keep_the_label_beside_the_prediction(session, put, outputs):
    put(**{"in/x.csv": text(f"{n},{row}" for n, row in enumerate(rows()))})
    data = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}

    assert ran_with(session, transform("Transform", NAME, IN, OUT, DataProcessing=data)).status == "Succeeded"
    assert outputs() == {"x.csv.out": text(f"{n},{score}" for n, score in enumerate(scores()))}


def test_a_join_without_a_filter_puts_predictions_behind_rows(session, put, outputs):
    put(**{"in/x.csv": text(rows())})
    step = transform("Transform", NAME, IN, OUT, DataProcessing={"JoinSource": "Input"})

    assert ran_with(session, step).status == "Succeeded"
    expected = text(f"{row},{score}" for row, score in zip(rows(), scores(), strict=True))
    assert outputs() == {"x.csv.out": expected}


def test_instances_share_the_files(session, account, put, outputs):
    put(**{f"in/{n}.csv": text(rows(n, n + 5)) for n in range(5)})

    ran = ran_with(session, transform("Transform", NAME, IN, OUT, instance_count=2))

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
        ran = ran_with(session, transform("Transform", NAME, IN, OUT, instance_count=2))
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

    ran = ran_with(session, transform("Transform", NAME, IN, OUT, split=split))

    assert ran.status == "Failed"
    assert outputs() == {"a.csv.out": text(scores()), "c.csv.out": text(scores(0, 3))}
    reason = ran.steps["Transform"]["FailureReason"]
    assert "b.csv, record" in reason
    assert "line 41, column 2: 'x' is no number" in reason
    assert not list((account.root / "jobs").rglob("*.partial"))


def test_rows_that_still_have_their_label_are_told(session, put, outputs):
    put(**{"in/a.csv": text(f"1,{row}" for row in rows())})

    ran = ran_with(session, transform("Transform", NAME, IN, OUT))

    assert (
        "4 columns, where the model has 3 features; is the label still there?"
        in ran.steps["Transform"]["FailureReason"]
    )
    assert outputs() == {}


def test_a_filter_that_selects_nothing_names_the_record(session, put, outputs):
    put(**{"in/a.csv": text(["1,2,3", "1,2,3", "1"])})
    step = transform("Transform", NAME, IN, OUT, DataProcessing={"InputFilter": "$[1:]"})

    ran = ran_with(session, step)

    assert "a.csv, record 3: InputFilter: the filter selects none of 1" in ran.steps["Transform"]["FailureReason"]
    assert outputs() == {}


def test_a_record_larger_than_a_request_is_told(session, put, outputs):
    put(**{"in/a.csv": text(["1,2,3", "0" * (2 << 20) + "1,2,3"])})

    ran = ran_with(session, transform("Transform", NAME, IN, OUT, MaxPayloadInMB=1))

    assert "a.csv, record 2 is larger than the 1 MB of a request; raise MaxPayloadInMB" in str(ran.steps["Transform"])
    assert outputs() == {}


def test_packed_inputs_are_unpacked(session, put, outputs):
    put(**{"in/x.csv.gz": gzip.compress(text(rows()))})
    step = transform("Transform", NAME, IN, OUT)
    step["Arguments"]["TransformInput"]["CompressionType"] = "Gzip"

    assert ran_with(session, step).status == "Succeeded"
    assert outputs() == {"x.csv.gz.out": text(scores())}


def test_an_input_filter_alone_leaves_answers_as_they_are(session, put, outputs):
    """Without AssembleWith these are put together as they come."""
    put(**{"in/x.csv": text(f"{n},{row}" for n, row in enumerate(rows(0, 9)))})
    step = transform("Transform", NAME, IN, OUT, DataProcessing={"InputFilter": "$[1:]"}, BatchStrategy="SingleRecord")
    del step["Arguments"]["TransformOutput"]["AssembleWith"]

    assert ran_with(session, step).status == "Succeeded"
    assert outputs() == {"x.csv.out": text(scores(0, 9))}


def test_a_file_that_is_damaged_has_no_output_and_the_others_are_complete(session, put, outputs):
    packed = gzip.compress(text(rows()), mtime=0)
    damaged = packed[:200] + bytes(50) + packed[250:]
    put(**{"in/a.gz": damaged, "in/b.gz": packed})
    step = transform("Transform", NAME, IN, OUT)
    step["Arguments"]["TransformInput"]["CompressionType"] = "Gzip"

    ran = ran_with(session, step)

    assert "a.gz, it cannot be read" in ran.steps["Transform"]["FailureReason"]
    assert outputs() == {"b.gz.out": text(scores())}


def test_two_inputs_that_would_have_one_output_are_told(session, put, outputs):
    put(**{"in/a/ab": b"1,2,3\n", "in/ab": b"4,5,6\n"})

    with pytest.raises(
        ClientError, match="names 'in/a/ab' and 'in/ab', which would both be 'ab'; end the prefix with /"
    ):
        ran_with(session, transform("Transform", NAME, f"s3://{BUCKET}/in/a", OUT))
    assert outputs() == {}


def test_rows_of_a_file_that_is_one_record_cannot_be_joined(session, put, outputs):
    put(**{"in/x.csv": text(rows(0, 2))})
    step = transform("Transform", NAME, IN, OUT, split="None", DataProcessing={"JoinSource": "Input"})

    ran = ran_with(session, step)

    assert (
        "x.csv, it holds several rows, which are filtered and joined one by one"
        in ran.steps["Transform"]["FailureReason"]
    )
    assert outputs() == {}


def test_an_output_filter_reads_the_answer_as_what_was_accepted(session, account, put, outputs):
    put(**{"in/x.csv": b"1\n"})
    script = "def model_fn(d): 1\ndef transform_fn(*_): return '{\"scores\": [1, 2]}', 'application/json'"
    container = scripted(account, script)
    step = transform("Transform", NAME, IN, OUT, DataProcessing={"OutputFilter": "$.scores[1]"})
    step["Arguments"]["TransformOutput"]["Accept"] = "application/json"

    assert ran_with(session, step, container).status == "Succeeded"
    assert outputs() == {"x.csv.out": b"2\n"}


def test_no_limit_of_concurrency_is_the_containers_own(session, put, outputs):
    put(**{"in/x.csv": text(rows(0, 9))})

    assert ran_with(session, transform("Transform", NAME, IN, OUT, MaxConcurrentTransforms=0)).status == "Succeeded"
    assert outputs() == {"x.csv.out": text(scores(0, 9))}


@pytest.mark.parametrize("name", ["-1.csv/../../x", "../x", "a//b"])
def test_a_manifest_leads_nowhere_else(session, put, outputs, name):
    put(**{"in/x.csv": text(rows()), "m.json": json.dumps([{"prefix": IN}, name]).encode()})
    step = transform("Transform", NAME, f"s3://{BUCKET}/m.json", OUT)
    step["Arguments"]["TransformInput"]["DataSource"]["S3DataSource"]["S3DataType"] = "ManifestFile"

    assert ran_with(session, step).status == "Failed"
    assert outputs() == {}


def test_a_manifest_lists_the_inputs(session, put, outputs):
    put(**{"in/x.csv": text(rows()), "in/no.csv": b"no", "m.json": json.dumps([{"prefix": IN}, "x.csv"]).encode()})
    step = transform("Transform", NAME, f"s3://{BUCKET}/m.json", OUT)
    step["Arguments"]["TransformInput"]["DataSource"]["S3DataSource"]["S3DataType"] = "ManifestFile"

    assert ran_with(session, step).status == "Succeeded"
    assert outputs() == {"x.csv.out": text(scores())}


SUMS = """
import os
def model_fn(model_dir): return None
def transform_fn(model, body, content_type, accept):
    lines = [line.split(",") for line in body.splitlines()]
    return "".join(",".join([*line, os.environ["LAST"]]) + "\\n" for line in lines), "text/csv"
"""


def test_several_containers_are_gone_through_in_a_row(session, account, put, outputs):
    put(**{"in/x.csv": text(row.rpartition(",")[0] for row in rows())})
    first = scripted(account, SUMS, LAST="0.25")["Arguments"]["PrimaryContainer"]
    second = {"Image": model("M", MODEL)["Arguments"]["PrimaryContainer"]["Image"], "ModelDataUrl": MODEL}
    step = {
        "Name": "Model",
        "Type": "Model",
        "Arguments": {"ExecutionRoleArn": ROLE, "Containers": [first, second]},
    }

    assert ran_with(session, transform("Transform", NAME, IN, OUT), step).status == "Succeeded"
    table = FEATURES.copy()
    table[:, 2] = 0.25
    assert outputs() == {"x.csv.out": text(map(str, BOOSTER.predict(xgb.DMatrix(table)).tolist()))}


def test_a_job_sets_variables_beside_those_of_the_container(session, account, put, outputs):
    put(**{"in/x.csv": b"a\nb\n"})
    step = scripted(account, SUMS, LAST="container's")

    assert ran_with(session, transform("Transform", NAME, IN, OUT, Environment={"LAST": "job's"}), step).status
    assert outputs() == {"x.csv.out": b"a,job's\nb,job's\n"}


def test_code_may_lie_beside_the_model(session, account, put, outputs):
    put(**{"in/x.csv": b"a\n"})
    account.objects.write(BUCKET, "source.tar.gz", archive({"mine.py": SUMS.encode()}))
    variables = {
        "SAGEMAKER_PROGRAM": "mine.py",
        "SAGEMAKER_SUBMIT_DIRECTORY": f"s3://{BUCKET}/source.tar.gz",
        "LAST": "1",
    }
    step = model("Model", MODEL, SCIKIT_LEARN, Environment=variables)

    assert ran_with(session, transform("Transform", NAME, IN, OUT), step).status == "Succeeded"
    assert outputs() == {"x.csv.out": b"a,1\n"}


def test_a_model_package_names_the_containers(session, client, put, outputs):
    put(**{"in/x.csv": text(rows())})
    client.create_model_package_group(ModelPackageGroupName="group")
    arn = client.create_model_package(
        ModelPackageGroupName="group",
        InferenceSpecification={
            "Containers": [model("M", MODEL)["Arguments"]["PrimaryContainer"]],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]
    container = {"ModelPackageName": arn}
    step = {
        "Name": "Model",
        "Type": "Model",
        "Arguments": {"ExecutionRoleArn": ROLE, "PrimaryContainer": container},
    }

    assert ran_with(session, transform("Transform", NAME, IN, OUT), step).status == "Succeeded"
    assert outputs() == {"x.csv.out": text(scores())}


SERVER = """
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/ping" else 404)
        self.end_headers()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        names = ("SAGEMAKER_BATCH", "SAGEMAKER_BATCH_STRATEGY", "SAGEMAKER_MAX_PAYLOAD_IN_MB")
        said = ",".join([str(len(body.split())), *(os.environ.get(name, "") for name in names)]).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(said)

    protocol_version = "HTTP/1.0"

    def log_message(self, *_): pass

HTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
"""


@running.needs_proc
def test_an_image_of_ones_own_serves_by_the_command_that_local_toml_names(session, account, put, outputs, tmp_path):
    (server := tmp_path / "server.py").write_text(SERVER)
    serve = json.dumps(["sh", "-c", f"{sys.executable} {server} & wait"])  # what it starts ends with the job, too
    tmp_path.joinpath("mine.toml").write_text(f"[images.mine]\nserve = {serve}\n")
    open_account(account.root, tmp_path / "mine.toml")
    account.config.setdefault("images", {})["mine"] = {"serve": json.loads(serve)}
    put(**{"in/x.csv": b"1\n2\n3\n"})
    mark = account.new_id()
    step = model("Model", MODEL, "000000000000.dkr.ecr.us-east-1.amazonaws.com/mine:1", Environment={"MARK": mark})

    ran = ran_with(session, transform("Transform", NAME, IN, OUT, BatchStrategy="MultiRecord", MaxPayloadInMB=2), step)

    assert ran.status == "Succeeded", ran.steps
    assert outputs() == {"x.csv.out": b"3,true,MULTI_RECORD,2\n"}
    assert not running.with_variable("MARK", mark)


def test_predictions_that_are_not_as_many_as_records_cannot_be_joined(session, account, put, outputs):
    put(**{"in/x.csv": b"a\nb\n"})
    script = "def model_fn(d): 1\ndef transform_fn(m, body, c, a): return 'one', 'text/csv'"
    step = scripted(account, script)

    ran = ran_with(session, transform("Transform", NAME, IN, OUT, DataProcessing={"JoinSource": "Input"}), step)

    assert "x.csv, records 1 to 2: 1 predictions for 2 records" in ran.steps["Transform"]["FailureReason"]
    assert outputs() == {}


def with_entry(**members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        entry = tarfile.TarInfo(members.pop("name", "xgboost-model"))
        for name, value in members.items():
            setattr(entry, name, value)
        tar.addfile(entry)
    return buffer.getvalue()


MODEL_DATA_WITHOUT_A_MODEL = {
    "empty": (archive({}), "container-1 ended with exit code 1: ERROR the model has no file at its top"),
    "pickle": (archive({"model.pkl": b"\x80\x04."}), "exit code 1: ERROR 'model.pkl' is no XGBoost model"),
    "parent": (with_entry(name="../xgboost-model"), "holds '../xgboost-model', which would leave the model's folder"),
    "absolute": (with_entry(name="/etc/xgboost-model"), "which would leave the model's folder"),
    "symlink": (
        with_entry(type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        "which is neither a file nor a folder",
    ),
    "hardlink": (with_entry(type=tarfile.LNKTYPE, linkname="other"), "which is neither a file nor a folder"),
    "no archive": (b"no archive", "model.tar.gz cannot be read as tar.gz"),
    "cut": (archive({"xgboost-model": bytes(BOOSTER.save_raw())})[:2000], "cannot be read as tar.gz"),
}


# Named: an archive's bytes hold the time, and the workers of pytest-xdist must collect the same tests.
@pytest.mark.parametrize(
    ("content", "said"), MODEL_DATA_WITHOUT_A_MODEL.values(), ids=MODEL_DATA_WITHOUT_A_MODEL.keys()
)
def test_model_data_that_hold_no_model_are_told(session, account, put, outputs, content, said):
    put(**{"in/x.csv": text(rows()), "model.tar.gz": content})

    ran = ran_with(session, transform("Transform", NAME, IN, OUT))

    assert said in ran.steps["Transform"]["FailureReason"]
    assert outputs() == {}
    assert not (account.root / "jobs" / "xgboost-model").exists()


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


@running.needs_proc
def test_a_job_that_is_stopped_leaves_no_output_and_no_container(session, client, account, put, outputs):
    put(**{"in/x.csv": text(rows())})
    script = "import time\ndef model_fn(d): 1\ndef transform_fn(*_): time.sleep(50)"
    mark = account.new_id()
    step = scripted(account, script, MARK=mark)
    arn = start(session, create(session, {"Steps": [step, transform("Transform", NAME, IN, OUT)]}))
    running.wait_for(lambda: running.with_variable("MARK", mark))

    client.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="0" * 32)

    assert finish(session, arn).status == "Stopped"
    running.wait_for(lambda: not running.with_variable("MARK", mark))
    assert outputs() == {}


def test_a_container_that_does_not_answer_is_asked_again(session, account, put, outputs, tmp_path):
    put(**{"in/x.csv": b"1\n"})
    script = f"""
import os, pathlib
calls = pathlib.Path({str(tmp_path / "calls")!r})
def model_fn(d): 1
def transform_fn(*_):
    calls.write_text(calls.read_text() + "x" if calls.exists() else "x")
    os._exit(1)
"""
    step = scripted(account, script)

    ran = ran_with(session, transform("Transform", NAME, IN, OUT), step)

    assert "x.csv, record 1: container-1 answers 503: no answer" in ran.steps["Transform"]["FailureReason"]
    assert len((tmp_path / "calls").read_text()) <= 1 + RETRIES
    assert outputs() == {}

"""Tests a transform's containers: several, with their own variables and code, from a package, of a user's image."""

from __future__ import annotations

import io
import json
import sys
import tarfile

from local_sagemaker.account import open_account
from local_sagemaker.batch_transform.__main__ import RETRIES
from local_sagemaker.testing import BUCKET, ROLE, SCIKIT_LEARN, archive, model_step, transform_step

import pytest
import running_processes
import xgboost as xgb
from transforms import BOOSTER, FEATURES, IN, MODEL, NAME, OUT, rows, run_container, scores, script_container, text

SUMS = """
import os
def model_fn(model_dir): return None
def transform_fn(model, body, content_type, accept):
    lines = [line.split(",") for line in body.splitlines()]
    return "".join(",".join([*line, os.environ["LAST"]]) + "\\n" for line in lines), "text/csv"
"""


def test_a_record_passes_through_several_containers(session, account, put, outputs):
    put(**{"in/x.csv": text(row.rpartition(",")[0] for row in rows())})
    first = script_container(account, SUMS, LAST="0.25")["Arguments"]["PrimaryContainer"]
    second = {"Image": model_step("M", MODEL)["Arguments"]["PrimaryContainer"]["Image"], "ModelDataUrl": MODEL}
    step = {
        "Name": "Model",
        "Type": "Model",
        "Arguments": {"ExecutionRoleArn": ROLE, "Containers": [first, second]},
    }

    assert run_container(session, transform_step("Transform", NAME, IN, OUT), step).status == "Succeeded"
    table = FEATURES.copy()
    table[:, 2] = 0.25
    assert outputs() == {"x.csv.out": text(map(str, BOOSTER.predict(xgb.DMatrix(table)).tolist()))}


def test_a_job_adds_variables_to_those_of_the_container(session, account, put, outputs):
    put(**{"in/x.csv": b"a\nb\n"})
    step = script_container(account, SUMS, LAST="container's")

    assert run_container(
        session, transform_step("Transform", NAME, IN, OUT, Environment={"LAST": "job's"}), step
    ).status
    assert outputs() == {"x.csv.out": b"a,job's\nb,job's\n"}


def test_code_can_be_stored_apart_from_the_model(session, account, put, outputs):
    put(**{"in/x.csv": b"a\n"})
    account.objects.write(BUCKET, "source.tar.gz", archive({"mine.py": SUMS.encode()}))
    variables = {
        "SAGEMAKER_PROGRAM": "mine.py",
        "SAGEMAKER_SUBMIT_DIRECTORY": f"s3://{BUCKET}/source.tar.gz",
        "LAST": "1",
    }
    step = model_step("Model", MODEL, SCIKIT_LEARN, Environment=variables)

    assert run_container(session, transform_step("Transform", NAME, IN, OUT), step).status == "Succeeded"
    assert outputs() == {"x.csv.out": b"a,1\n"}


def test_a_model_package_names_the_containers(session, client, put, outputs):
    put(**{"in/x.csv": text(rows())})
    client.create_model_package_group(ModelPackageGroupName="group")
    arn = client.create_model_package(
        ModelPackageGroupName="group",
        InferenceSpecification={
            "Containers": [model_step("M", MODEL)["Arguments"]["PrimaryContainer"]],
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

    assert run_container(session, transform_step("Transform", NAME, IN, OUT), step).status == "Succeeded"
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
        answer = ",".join([str(len(body.split())), *(os.environ.get(name, "") for name in names)]).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer)

    protocol_version = "HTTP/1.0"

    def log_message(self, *_): pass

HTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
"""


@running_processes.needs_proc
def test_a_users_image_serves_with_the_command_of_local_toml(session, account, put, outputs, tmp_path):
    (server := tmp_path / "server.py").write_text(SERVER)
    # The processes that it starts end with the job, too.
    serve = json.dumps(["sh", "-c", f"{sys.executable} {server} & wait"])
    tmp_path.joinpath("mine.toml").write_text(f"[images.mine]\nserve = {serve}\n")
    open_account(account.root, tmp_path / "mine.toml")
    account.config.setdefault("images", {})["mine"] = {"serve": json.loads(serve)}
    put(**{"in/x.csv": b"1\n2\n3\n"})
    mark = account.new_id()
    step = model_step("Model", MODEL, "000000000000.dkr.ecr.us-east-1.amazonaws.com/mine:1", Environment={"MARK": mark})

    result = run_container(
        session, transform_step("Transform", NAME, IN, OUT, BatchStrategy="MultiRecord", MaxPayloadInMB=2), step
    )

    assert result.status == "Succeeded", result.steps
    assert outputs() == {"x.csv.out": b"3,true,MULTI_RECORD,2\n"}
    assert not running_processes.find_by_variable("MARK", mark)


def archive_of_entry(**members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        entry = tarfile.TarInfo(members.pop("name", "xgboost-model"))
        for name, value in members.items():
            setattr(entry, name, value)
        tar.addfile(entry)
    return buffer.getvalue()


MODEL_DATA_WITHOUT_A_MODEL = {
    "empty": (archive({}), "container-1 ended with exit code 1: ERROR the model has no file at its top"),
    "pickle": (archive({"model.pkl": b"\x80\x04."}), "exit code 1: ERROR 'model.pkl' is a damaged pickle"),
    "parent": (
        archive_of_entry(name="../xgboost-model"),
        "holds '../xgboost-model', which would leave the model's folder",
    ),
    "absolute": (archive_of_entry(name="/etc/xgboost-model"), "which would leave the model's folder"),
    "symlink": (
        archive_of_entry(type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        "which is neither a file nor a folder",
    ),
    "hardlink": (archive_of_entry(type=tarfile.LNKTYPE, linkname="other"), "which is neither a file nor a folder"),
    "no archive": (b"no archive", "model.tar.gz cannot be read as tar.gz"),
    "cut": (archive({"xgboost-model": bytes(BOOSTER.save_raw())})[:2000], "cannot be read as tar.gz"),
}


# With ids, as an archive's bytes contain the time, and the workers of pytest-xdist must collect the same tests.
@pytest.mark.parametrize(
    ("content", "message"), MODEL_DATA_WITHOUT_A_MODEL.values(), ids=MODEL_DATA_WITHOUT_A_MODEL.keys()
)
def test_model_data_without_a_model_are_reported(session, account, put, outputs, content, message):
    put(**{"in/x.csv": text(rows()), "model.tar.gz": content})

    result = run_container(session, transform_step("Transform", NAME, IN, OUT))

    assert message in result.steps["Transform"]["FailureReason"]
    assert outputs() == {}
    assert not (account.root / "jobs" / "xgboost-model").exists()


def test_a_container_that_does_not_answer_gets_the_request_again(session, account, put, outputs, tmp_path):
    put(**{"in/x.csv": b"1\n"})
    script = f"""
import os, pathlib
calls = pathlib.Path({str(tmp_path / "calls")!r})
def model_fn(d): 1
def transform_fn(*_):
    calls.write_text(calls.read_text() + "x" if calls.exists() else "x")
    os._exit(1)
"""
    step = script_container(account, script)

    result = run_container(session, transform_step("Transform", NAME, IN, OUT), step)

    assert "x.csv, record 1: container-1 returned 503: no answer" in result.steps["Transform"]["FailureReason"]
    assert len((tmp_path / "calls").read_text()) <= 1 + RETRIES
    assert outputs() == {}

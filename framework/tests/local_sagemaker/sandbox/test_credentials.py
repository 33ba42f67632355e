"""No program that is started here finds credentials of the user's, or sends anything to AWS, whichever way it looks."""

from __future__ import annotations

import json
import os
import site
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path

from local_sagemaker import session as local_session
from local_sagemaker.account import open_account
from local_sagemaker.sandbox import namespace
from local_sagemaker.testing import (
    BUCKET,
    ROLE,
    SCIKIT_LEARN,
    archive,
    check_session,
    model,
    processing,
    run,
    transform,
)

import pytest

SECRET = "invented-secret-of-nobody"
IMAGE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/attempts:1"
#: Run in a program of any kind: look for credentials, and call S3, in each way that there is; write down what happened.
ATTEMPTS = """
import json, os, subprocess, sys

CALL = '''
import boto3
from botocore.config import Config
quick = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=2)
try:
    client = boto3.client("s3", region_name="us-east-1", config=quick)
    client.put_object(Bucket="testing-bucket", Key="from/" + str(__import__("os").getpid()), Body=b"x")
    print("answered")
except Exception as error:
    print(type(error).__name__)
'''

def said(*command, **environment):
    kept = {} if environment.pop("cleared", False) else dict(os.environ)
    done = subprocess.run(command, env=kept | environment, capture_output=True, text=True)
    return (done.stdout + done.stderr).strip().rpartition("\\n")[2]

def read(path):
    try:
        with open(path, errors="replace") as file:
            return file.read()
    except OSError:
        return ""

def ancestors():
    process = os.getpid()
    while process > 1:
        yield process
        process = int(read(f"/proc/{process}/stat").rpartition(")")[2].split()[1]) if os.path.isdir("/proc/1") else 0

def attempt():
    own, packages, home = OTHER
    found = {
        "this interpreter": said(sys.executable, "-c", CALL),
        "isolated": said(sys.executable, "-I", "-c", CALL),
        "python3": said("python3", "-c", CALL),
        "a cleared environment": said(sys.executable, "-c", CALL, cleared=True),
        "another path": said(sys.executable, "-c", CALL, PYTHONPATH="/nowhere"),
        "another interpreter": said(own, "-c", CALL, PYTHONPATH=packages),
        "another, with the user's home": said(
            own, "-c", CALL, PYTHONPATH=packages, HOME=home, AWS_EC2_METADATA_DISABLED="true", cleared=True
        ),
    }
    places = [f"{home}/.aws/credentials", f"{home}/.aws/config", os.path.expanduser("~/.aws/credentials")]
    places += [os.environ[name] for name in os.environ if name.startswith("AWS_") and name.endswith("FILE")]
    places += [f"/proc/{process}/environ" for process in ancestors()]
    found["places"] = [place for place in places if SECRET in read(place)]
    found["variables"] = [name for name, value in os.environ.items() if SECRET in value]
    found["home"] = os.path.expanduser("~")
    with open(FINDINGS, "a") as file:
        file.write(json.dumps(found) + "\\n")
"""
TRAIN = "attempt()\nopen(os.path.join(os.environ['SAGEMAKER_BASE_DIR'], 'model', 'model'), 'w').write('x')\n"
SERVE = """
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
attempt()
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers()
        self.wfile.write(body)
HTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
"""
MODEL_FN = "def model_fn(folder):\n    attempt()\ndef transform_fn(model, body, kind, accept):\n    return body\n"
FUNCTION = "def handler(event, context):\n    attempt()\n    return {}\n"


@pytest.fixture
def heard():
    """The connections to what the user's profile names as AWS, and its URL."""
    connections = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def listen():
            with suppress(OSError):  # it is closed
                while True:
                    connection, peer = listening.accept()
                    connections.append(peer)
                    connection.close()

        threading.Thread(target=listen, daemon=True).start()
        yield connections, f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def attempts(tmp_path, heard, monkeypatch):
    """A home with a profile whose endpoint is heard; the code of the attempts, and what they found."""
    home, findings = tmp_path / "user", tmp_path / "findings.jsonl"
    home.joinpath(".aws").mkdir(parents=True)
    keys = f"aws_access_key_id = INVENTED\naws_secret_access_key = {SECRET}\n"
    home.joinpath(".aws", "credentials").write_text(f"[default]\n{keys}[other]\n{keys}")
    home.joinpath(".aws", "config").write_text(
        f"[default]\nregion = us-east-1\nendpoint_url = {heard[1]}\n# {SECRET}\n"
        f"[profile other]\nregion = us-east-1\nendpoint_url = {heard[1]}\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("AWS_PROFILE", "other")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "INVENTED")
    monkeypatch.setenv("AWS_ENDPOINT_URL", heard[1])
    other = (os.path.realpath(sys._base_executable), site.getsitepackages()[0], str(home))
    facts = f"OTHER, SECRET, FINDINGS = {other!r}, {SECRET!r}, {str(findings)!r}\n"
    yield ATTEMPTS + facts, lambda: [json.loads(line) for line in findings.read_text().splitlines()]


@pytest.fixture
def session(attempts, tmp_path):
    """An account with an image whose programs of every kind are the attempts, and such a function."""
    programs = {"train": TRAIN, "process": "attempt()\n", "serve": SERVE}
    lines = ["[images.attempts]"]
    for name, code in programs.items():
        path = tmp_path / f"{name}.py"
        path.write_text(attempts[0] + code)
        lines.append(f'{name} = ["python3", "{path}"]')
    folder = tmp_path / "function"
    folder.mkdir()
    folder.joinpath("handler.py").write_text(attempts[0] + FUNCTION)
    lines += ["[functions.attempts]", f'code = "{folder}"', 'handler = "handler.handler"', "timeout = 60"]
    config = tmp_path / "local.toml"
    config.write_text("\n".join(lines))
    account = open_account(tmp_path / "root", config)
    account.objects.write(BUCKET, "rows/part.csv", b"1\n2\n")
    return check_session(local_session.on(account))


def training(image=IMAGE, **hyperparameters):
    return {
        "Name": "Train",
        "Type": "Training",
        "Arguments": {
            "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
            "HyperParameters": hyperparameters,
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
            "RoleArn": ROLE,
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        },
    }


def processing_step(session, code):
    return [processing("Look", session, f"{code}attempt()\n")]


def processing_image(session, code):
    step = processing("Look", session, "")
    step["Arguments"]["AppSpecification"] = {"ImageUri": IMAGE}
    return [step]


def training_image(session, code):
    return [training()]


def training_script(session, code):
    body = archive({"train.py": (code + TRAIN).encode()})
    session.client("s3").put_object(Bucket=BUCKET, Key="code/sourcedir.tar.gz", Body=body)
    uri = f"s3://{BUCKET}/code/sourcedir.tar.gz"
    return [training(SCIKIT_LEARN, sagemaker_program="train.py", sagemaker_submit_directory=uri)]


def tuned(session, code):
    arguments = training()["Arguments"]
    ranges = {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}]}
    arguments["StaticHyperParameters"] = arguments.pop("HyperParameters")
    arguments["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "score", "Regex": "score=(.*?);"}]
    config = {
        "Strategy": "Random",
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1},
        "ParameterRanges": ranges,
    }
    tuning = {"HyperParameterTuningJobConfig": config, "TrainingJobDefinition": arguments}
    return [{"Name": "Tune", "Type": "Tuning", "Arguments": tuning}]


def served_image(session, code):
    return _served(session, IMAGE, {"model": b"x"}, {})


def served_script(session, code):
    return _served(
        session, SCIKIT_LEARN, {"code/serve.py": (code + MODEL_FN).encode()}, {"SAGEMAKER_PROGRAM": "serve.py"}
    )


def _served(session, image, files, environment):
    session.client("s3").put_object(Bucket=BUCKET, Key="model.tar.gz", Body=archive(files))
    made = model("Make", f"s3://{BUCKET}/model.tar.gz", image, Environment=environment)
    name = {"Get": "Steps.Make.ModelName"}
    return [made, transform("Score", name, f"s3://{BUCKET}/rows/", f"s3://{BUCKET}/scores")]


def function(session, code):
    arn = "arn:aws:lambda:us-east-1:000000000000:function:attempts"
    return [{"Name": "Call", "Type": "Lambda", "FunctionArn": arn, "Arguments": {}, "OutputParameters": []}]


def _with_secret(folder):
    """The files that hold the secret; a job's folder may be about to go."""
    for parent, _, names in os.walk(folder):
        for path in (Path(parent, name) for name in names):
            with suppress(FileNotFoundError):
                if SECRET.encode() in path.read_bytes():
                    yield path


KINDS = [
    processing_step, processing_image, training_image, training_script, tuned, served_image, served_script, function,
]  # fmt: skip


@pytest.mark.parametrize("steps", KINDS)
def test_a_program_finds_no_credentials_and_sends_nothing(session, attempts, heard, tmp_path, steps):
    _check(session, attempts, heard, tmp_path, steps, namespace.is_available())


def test_neither_does_one_without_a_mount_namespace(session, attempts, heard, tmp_path, monkeypatch):
    monkeypatch.setenv(namespace.SWITCHED_OFF, "1")

    _check(session, attempts, heard, tmp_path, processing_step, hidden=False)


def _check(session, attempts, heard, tmp_path, steps, hidden):
    code, findings = attempts

    run(session, {"Steps": steps(session, code)})

    (found,) = findings()
    assert found.pop("home").startswith(str(tmp_path / "root"))
    places, variables = found.pop("places"), found.pop("variables")
    assert (places if hidden else [place for place in places if ".aws" not in place], variables) == ([], [])
    outside = {name: found.pop(name) for name in ("another interpreter", "another, with the user's home")}
    assert outside["another interpreter"] == "NoCredentialsError"
    assert len(heard[0]) <= (not hidden)  # whoever knows the path of the user's file may read it then
    if hidden:
        assert outside["another, with the user's home"] == "NoCredentialsError"
    assert set(found.values()) == {"answered"}
    assert len(list((tmp_path / "root" / "s3" / BUCKET / "from").iterdir())) == len(found)
    assert {path.suffix for path in _with_secret(tmp_path / "root")} <= {".py", ".gz"}  # the attempts themselves

"""Tests that no program started here finds the user's credentials or sends anything to AWS, whatever it tries."""

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
    model_step,
    processing_step,
    run,
    transform_step,
    validate_responses,
)

import pytest

SECRET = "invented-secret-of-nobody"
IMAGE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/attempts:1"
#: Runs in every kind of program: looks for credentials, calls S3 in every possible way, and records the results.
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

def output_of(*command, **environment):
    inherited = {} if environment.pop("cleared", False) else dict(os.environ)
    process = subprocess.run(command, env=inherited | environment, capture_output=True, text=True)
    return (process.stdout + process.stderr).strip().rpartition("\\n")[2]

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
    findings = {
        "this interpreter": output_of(sys.executable, "-c", CALL),
        "isolated": output_of(sys.executable, "-I", "-c", CALL),
        "python3": output_of("python3", "-c", CALL),
        "a cleared environment": output_of(sys.executable, "-c", CALL, cleared=True),
        "another path": output_of(sys.executable, "-c", CALL, PYTHONPATH="/nowhere"),
        "another interpreter": output_of(own, "-c", CALL, PYTHONPATH=packages),
        "another, with the user's home": output_of(
            own, "-c", CALL, PYTHONPATH=packages, HOME=home, AWS_EC2_METADATA_DISABLED="true", cleared=True
        ),
    }
    places = [f"{home}/.aws/credentials", f"{home}/.aws/config", os.path.expanduser("~/.aws/credentials")]
    places += [os.environ[name] for name in os.environ if name.startswith("AWS_") and name.endswith("FILE")]
    places += [f"/proc/{process}/environ" for process in ancestors()]
    findings["places"] = [place for place in places if SECRET in read(place)]
    findings["variables"] = [name for name, value in os.environ.items() if SECRET in value]
    findings["home"] = os.path.expanduser("~")
    with open(FINDINGS, "a") as file:
        file.write(json.dumps(findings) + "\\n")
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
MODEL_FN = (
    "def model_fn(folder):\n    attempt()\ndef transform_fn(model, body, content_type, accept):\n    return body\n"
)
FUNCTION = "def handler(event, context):\n    attempt()\n    return {}\n"


@pytest.fixture
def listener():
    """Listen as the endpoint that the user's profile names as AWS's; yield the list of connections, and the URL."""
    connections = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def listen():
            with suppress(OSError):  # it has been closed
                while True:
                    connection, peer = listening.accept()
                    connections.append(peer)
                    connection.close()

        threading.Thread(target=listen, daemon=True).start()
        yield connections, f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def attempts(tmp_path, listener, monkeypatch):
    """Make a home folder with a profile whose endpoint is ``listener``.

    Yields the code of the attempts, and a function that returns their findings.
    """
    home, findings = tmp_path / "user", tmp_path / "findings.jsonl"
    home.joinpath(".aws").mkdir(parents=True)
    keys = f"aws_access_key_id = INVENTED\naws_secret_access_key = {SECRET}\n"
    home.joinpath(".aws", "credentials").write_text(f"[default]\n{keys}[other]\n{keys}")
    home.joinpath(".aws", "config").write_text(
        f"[default]\nregion = us-east-1\nendpoint_url = {listener[1]}\n# {SECRET}\n"
        f"[profile other]\nregion = us-east-1\nendpoint_url = {listener[1]}\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("AWS_PROFILE", "other")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "INVENTED")
    monkeypatch.setenv("AWS_ENDPOINT_URL", listener[1])
    outside = (os.path.realpath(sys._base_executable), site.getsitepackages()[0], str(home))
    constants = f"OTHER, SECRET, FINDINGS = {outside!r}, {SECRET!r}, {str(findings)!r}\n"
    yield ATTEMPTS + constants, lambda: [json.loads(line) for line in findings.read_text().splitlines()]


@pytest.fixture
def session(attempts, tmp_path):
    """Return a session on an account with an image and a function, all of whose programs make the attempts."""
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
    return validate_responses(local_session.session_for(account))


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


def processing_script(session, code):
    return [processing_step("Look", session, f"{code}attempt()\n")]


def processing_image(session, code):
    step = processing_step("Look", session, "")
    step["Arguments"]["AppSpecification"] = {"ImageUri": IMAGE}
    return [step]


def training_image(session, code):
    return [training()]


def training_script(session, code):
    body = archive({"train.py": (code + TRAIN).encode()})
    session.client("s3").put_object(Bucket=BUCKET, Key="code/sourcedir.tar.gz", Body=body)
    uri = f"s3://{BUCKET}/code/sourcedir.tar.gz"
    return [training(SCIKIT_LEARN, sagemaker_program="train.py", sagemaker_submit_directory=uri)]


def tuning_step(session, code):
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
    return _serving_steps(session, IMAGE, {"model": b"x"}, {})


def served_script(session, code):
    return _serving_steps(
        session, SCIKIT_LEARN, {"code/serve.py": (code + MODEL_FN).encode()}, {"SAGEMAKER_PROGRAM": "serve.py"}
    )


def _serving_steps(session, image, files, environment):
    session.client("s3").put_object(Bucket=BUCKET, Key="model.tar.gz", Body=archive(files))
    served_model = model_step("Make", f"s3://{BUCKET}/model.tar.gz", image, Environment=environment)
    name = {"Get": "Steps.Make.ModelName"}
    return [served_model, transform_step("Score", name, f"s3://{BUCKET}/rows/", f"s3://{BUCKET}/scores")]


def function_step(session, code):
    arn = "arn:aws:lambda:us-east-1:000000000000:function:attempts"
    return [{"Name": "Call", "Type": "Lambda", "FunctionArn": arn, "Arguments": {}, "OutputParameters": []}]


def _files_with_secret(folder):
    """Yield the files that contain the secret; a job's folder may disappear meanwhile."""
    for parent, _, names in os.walk(folder):
        for path in (Path(parent, name) for name in names):
            with suppress(FileNotFoundError):
                if SECRET.encode() in path.read_bytes():
                    yield path


PROGRAM_KINDS = [
    processing_script, processing_image, training_image, training_script, tuning_step, served_image, served_script,
    function_step,
]  # fmt: skip


@pytest.mark.parametrize("steps", PROGRAM_KINDS)
def test_a_program_finds_no_credentials_and_sends_nothing(session, attempts, listener, tmp_path, steps):
    _check_findings(session, attempts, listener, tmp_path, steps, namespace.is_available())


def test_a_program_without_a_mount_namespace_finds_none_either(session, attempts, listener, tmp_path, monkeypatch):
    monkeypatch.setenv(namespace.SWITCH_OFF_VARIABLE, "1")

    _check_findings(session, attempts, listener, tmp_path, processing_script, hidden=False)


def _check_findings(session, attempts, listener, tmp_path, steps, hidden):
    code, findings = attempts

    run(session, {"Steps": steps(session, code)})

    (finding,) = findings()
    assert finding.pop("home").startswith(str(tmp_path / "root"))
    places, variables = finding.pop("places"), finding.pop("variables")
    assert (places if hidden else [place for place in places if ".aws" not in place], variables) == ([], [])
    outside = {name: finding.pop(name) for name in ("another interpreter", "another, with the user's home")}
    assert outside["another interpreter"] == "NoCredentialsError"
    # Without a namespace, a program that knows the path of the user's file can read it.
    assert len(listener[0]) <= (not hidden)
    if hidden:
        assert outside["another, with the user's home"] == "NoCredentialsError"
    assert set(finding.values()) == {"answered"}
    assert len(list((tmp_path / "root" / "s3" / BUCKET / "from").iterdir())) == len(finding)
    assert {path.suffix for path in _files_with_secret(tmp_path / "root")} <= {".py", ".gz"}  # the attempts themselves

"""Errors of AWS, or of the connection to it, are reported in one line that says what to do."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")
MODULE = "pipelines.abalone.pipeline"


def test_a_throttled_call_is_retried(aws, pipelines, execution_arn):
    aws.errors["ListPipelines"] = [("ThrottlingException", "Rate exceeded", 400)] * 2

    done = pipelines("list")

    assert done.returncode == 0, done.stderr
    assert [p["name"] for p in json.loads(done.stdout)["pipelines"]] == ["Shells"]


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        (
            "AccessDeniedException",
            "User x is not authorized to perform: sagemaker:ListPipelines",
            "docs/permissions.md",
        ),
        ("ExpiredTokenException", "The security token is expired", "aws sso login"),
        ("UnrecognizedClientException", "The security token is invalid", "aws sso login"),
        ("ThrottlingException", "Rate exceeded", "AWS_RETRY_MODE=adaptive"),
    ],
)
def test_an_aws_error_is_reported_with_a_fix(aws, pipelines, monkeypatch, code, message, expected):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    aws.errors["ListPipelines"] = [(code, message, 400)]

    done = pipelines("list")

    assert done.returncode == 1
    assert message in done.stderr
    assert expected in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": ""}, "aws sso login"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}, "no region: set AWS_REGION"),
        ({"AWS_PROFILE": "nobody"}, "aws configure list-profiles"),
    ],
)
def test_missing_settings_are_reported(aws, pipelines, monkeypatch, tmp_path, variables, expected):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    for name, value in variables.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name)

    done = pipelines("list")

    assert done.returncode == 2
    assert expected in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_failed_connection_is_reported(aws, pipelines, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    done = pipelines("list")

    assert done.returncode == 1
    assert "check the network and the region" in done.stderr


def test_a_missing_bucket_is_reported(aws, command, role):
    done = command("pipelines.run_pipeline", "-n", MODULE, "-role-arn", role, "--no-wait")

    assert done.returncode == 1
    assert "NoSuchBucket" in done.stderr
    assert "aws s3 mb" in done.stderr


def test_a_denied_upload_is_reported_in_one_line(aws, run_pipeline, tmp_path):
    assert run_pipeline("--no-wait").returncode == 0  # the code is there now
    tmp_path.joinpath("shells.csv").write_text("M,0.4,0.3,0.1,0.5,0.2,0.1,0.1,9\n")
    aws.errors["PutObject"] = [("AccessDenied", "not yours", 403)]

    done = run_pipeline("--no-wait", "--parameters", "InputDataUrl=shells.csv")

    assert done.returncode == 1
    assert "PutObject: AccessDenied: not yours; the caller needs that permission" in done.stderr
    assert "Traceback" not in done.stderr

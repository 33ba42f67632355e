"""Tests Lambda steps and lambda.invoke: the handler runs in its own process, and the root answers its boto3."""

from __future__ import annotations

import io
import json
import os
import zipfile

from local_sagemaker import invocations
from local_sagemaker import session as local_session
from local_sagemaker.account import open_account
from local_sagemaker.testing import BUCKET, ROLE, create, processing_step, run, start, validate_responses, wait_for_end

import pytest
from botocore.exceptions import ClientError

ARN = "arn:aws:lambda:us-east-1:000000000000:function:a-function"
#: Name of a function -> its code.
FUNCTIONS = {
    "a-function": """
def handler(event, context):
    return {"text": event["text"] + "!", "number": 7, "share": 0.5, "is_true": True, "more": {"nested": 1}}
""",
    "lists-groups": """
import os
import zipfile
import boto3
def handler(event, context):
    groups = boto3.client("sagemaker").list_model_package_groups()["ModelPackageGroupSummaryList"]
    objects = boto3.Session().client("s3").list_objects_v2(Bucket=event["bucket"])["Contents"]
    return {"groups": ",".join(g["ModelPackageGroupName"] for g in groups), "objects": len(objects)}
""",
    "raises": """
def handler(event, context):
    raise LookupError("no approved model")
""",
    "hangs": """
import time
def handler(event, context):
    time.sleep(600)
""",
    "dies": """
import os
import zipfile
def handler(event, context):
    os._exit(3)
""",
    "imports-nothing": "import no_such_module",
    "returns-no-json": """
def handler(event, context):
    return {"text": object()}
""",
    "reports": """
import os
import zipfile
def handler(event, context):
    return {
        "variables": [k for k in os.environ if "SECRET" in k],
        "own": os.environ["OWN"],
        "id": context.aws_request_id,
        "remaining": context.get_remaining_time_in_millis(),
        "arn": context.invoked_function_arn,
    }
""",
}


@pytest.fixture
def account(tmp_path):
    """Return an account whose local.toml has the functions."""
    lines = []
    for name, code in FUNCTIONS.items():
        tmp_path.joinpath(name).mkdir()
        tmp_path.joinpath(name, "code.py").write_text("")  # of no interest
        tmp_path.joinpath(name, "main.py").write_text(code)
        timeout = 1 if name == "hangs" else 30
        lines += [f"[functions.{name}]", f'code = "{name}"', 'handler = "main.handler"', f"timeout = {timeout}"]
        lines.append('environment = {OWN = "mine"}')
    config = tmp_path / "local.toml"
    config.write_text("\n".join(lines))
    return open_account(tmp_path / "root", config)


@pytest.fixture
def session(account):
    return validate_responses(local_session.session_for(account))


@pytest.fixture
def invoke(session):
    """Return a function that invokes a Lambda function by boto3; it returns the answer and, if any, the error."""

    def invoke_function(name, event=None, **members):
        response = session.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event or {}), **members)
        text = response["Payload"].read()
        return json.loads(text) if text else None, response.get("FunctionError")

    return invoke_function


def lambda_step(name="a-function", arguments=None, **outputs):
    """Return a Lambda step."""
    return {
        "Name": "Call",
        "Type": "Lambda",
        "Arguments": arguments or {"text": "hello"},
        "FunctionArn": f"arn:aws:lambda:us-east-1:000000000000:function:{name}",
        "OutputParameters": [{"OutputName": n, "OutputType": t} for n, t in outputs.items()],
    }


def test_outputs_of_every_type_reach_the_next_step(session, account):
    outputs = {"text": "String", "number": "Integer", "share": "Float", "is_true": "Boolean"}
    values = [{"Get": f"Steps.Call.OutputParameters['{name}']"} for name in outputs]
    text = {"Std:Join": {"On": " ", "Values": values}}
    after = processing_step("After", session, "import sys; print(sys.argv[1])", arguments=[text])
    condition = {
        "Name": "IsTrue",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [{"Type": "Equals", "LeftValue": values[3], "RightValue": True}],
            "IfSteps": [after],
            "ElseSteps": [],
        },
    }
    result = run(session, {"Steps": [lambda_step(**outputs), condition]})

    assert result.status == "Succeeded", result.reason
    job = result.steps["After"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    assert (account.root / "jobs" / job / "algo-1.log").read_text().strip() == "hello! 7 0.5 true"
    metadata = result.steps["Call"]["Metadata"]["Lambda"]
    assert metadata["Arn"] == ARN
    assert {"Name": "number", "Value": "7"} in metadata["OutputParameters"]


def test_boto3_in_the_function_is_answered_by_the_same_root(session, invoke):
    session.client("sagemaker").create_model_package_group(ModelPackageGroupName="Shells")
    session.client("s3").put_object(Bucket=BUCKET, Key="a/b", Body=b"")

    assert invoke("lists-groups", {"bucket": BUCKET}) == ({"groups": "Shells", "objects": 1}, None)


def test_the_function_gets_its_own_variables_and_no_credentials(invoke, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-user")
    monkeypatch.setenv("MY_SECRET", "of-the-user")
    report, error = invoke("arn:aws:lambda:us-east-1:000000000000:function:reports")

    assert error is None
    assert report["variables"] == []
    assert report["own"] == "mine"
    assert 0 < report["remaining"] <= 30_000
    assert report["arn"].endswith(":function:reports")


@pytest.mark.parametrize(
    ("name", "outputs", "message"),
    [
        ("raises", {}, "LookupError: no approved model"),
        ("hangs", {}, "Task timed out after 1.00 seconds"),
        ("dies", {}, "Runtime exited without an answer"),
        ("imports-nothing", {}, "No module named 'no_such_module'"),
        ("returns-no-json", {}, "not JSON serializable"),
        ("a-function", {"other": "String"}, "returned no 'other'; it returned text, number, share, is_true, more"),
        ("a-function", {"text": "Integer"}, "output 'text' is \"hello!\", not of type Integer"),
        ("a-function", {"is_true": "Integer"}, "output 'is_true' is true, not of type Integer"),
        ("a-function", {"more": "String"}, "outputs are flat"),
    ],
)
def test_an_error_of_a_function_is_the_steps_reason(session, name, outputs, message):
    result = run(session, {"Steps": [lambda_step(name, **outputs)]})

    assert result.status == "Failed"
    assert message in result.steps["Call"]["FailureReason"]


def test_an_output_of_too_many_characters_is_refused(session):
    result = run(session, {"Steps": [lambda_step(arguments={"text": "x" * 1024}, text="String")]})

    assert "1025 characters" in result.steps["Call"]["FailureReason"]


def test_a_missing_function_is_found_before_the_first_step(session):
    steps = [processing_step("Before", session, "print()"), lambda_step("a-fuction") | {"DependsOn": ["Before"]}]

    with pytest.raises(ClientError, match=r"did you mean 'a-function'.*add a section \[functions.a-fuction\]"):
        run(session, {"Steps": steps})
    executions = session.client("sagemaker").list_pipeline_executions(PipelineName="Testing")
    assert not executions["PipelineExecutionSummaries"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"FunctionArn": None}, "lacks FunctionArn"),
        ({"FunctionArn": 5}, "FunctionArn must be a string"),
        ({"OutputParameters": [{"OutputName": 5, "OutputType": "String"}]}, "OutputName must be a string; it is 5"),
        ({"OutputParameters": [{"OutputName": "a", "OutputType": ["String"]}]}, "OutputType must be a string"),
        (
            {
                "OutputParameters": [
                    {"OutputName": "a", "OutputType": output_type} for output_type in ("String", "Float")
                ]
            },
            "OutputName 'a', and so has",
        ),
        ({"OutputParameters": [{"OutputType": "String"}]}, "lacks OutputName"),
        ({"OutputParameters": [{"OutputName": "a", "OutputType": "Strng"}]}, "did you mean 'String'"),
        ({"OutputParameters": [{"OutputName": str(n), "OutputType": "String"} for n in range(51)]}, "at most 50"),
    ],
)
def test_an_invalid_step_is_refused_with_the_pipeline(session, changes, message):
    with pytest.raises(ClientError, match=message):
        create(session, {"Steps": [lambda_step() | changes]})


def test_a_reference_to_an_output_that_is_not_declared_is_refused(session):
    after = processing_step("After", session, "", arguments=[{"Get": "Steps.Call.OutputParameters['txt']"}])

    with pytest.raises(ClientError, match="'txt' of 'Call', which does not exist; did you mean 'text'"):
        create(session, {"Steps": [lambda_step(text="String"), after]})


def test_other_steps_run_while_a_function_does(session):
    independent = processing_step("Other", session, "print()")
    result = run(session, {"Steps": [lambda_step("hangs"), independent]})

    assert result.status_of("Other") == "Succeeded"
    assert result.status_of("Call") == "Failed"


def test_a_failed_function_is_invoked_again_by_a_retry(session, account, tmp_path):
    name = create(session, {"Steps": [lambda_step("raises")]})
    arn = start(session, name)
    assert wait_for_end(session, arn).status == "Failed"
    tmp_path.joinpath("raises", "main.py").write_text("def handler(event, context): return {}")

    session.client("sagemaker").retry_pipeline_execution(PipelineExecutionArn=arn)

    assert wait_for_end(session, arn).status == "Succeeded"


def test_a_client_invokes_functions(invoke, session):
    assert invoke("a-function", {"text": "hi"})[0]["text"] == "hi!"
    assert invoke("raises") == ({"errorType": "LookupError", "errorMessage": "no approved model"}, "Unhandled")
    assert invoke("a-function", InvocationType="DryRun") == (None, None)
    with pytest.raises(ClientError, match="no Lambda function 'b'"):
        session.client("lambda").invoke(FunctionName="b")
    with pytest.raises(ClientError, match='InvocationType is "Evnt"'):
        session.client("lambda").invoke(FunctionName="a-function", InvocationType="Evnt")
    with pytest.raises(ClientError, match="parse request body"):
        session.client("lambda").invoke(FunctionName="a-function", Payload=b"{")


def test_an_invocation_by_event_is_not_waited_for(invoke, account):
    invoke("hangs", InvocationType="Event")

    (identifier,) = os.listdir(account.root / "invocations")
    assert invocations.read_answer(account, identifier) is None


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("code = '.'", r"needs code \(a folder\) and handler"),
        ("code = 'nowhere'\nhandler = 'a.b'", "there is no folder .*nowhere"),
        ("code = '.'\nhandler = 'a.b'\ntimeout = 901", "timeout must be 1 to 900 seconds; it is 901"),
        ("code = '.'\nhandler = 'a.b'\nmemory = 1", "has 'memory'"),
        ("code = '.'\nhandler = 'a.b'\ntimeout = true", "timeout must be 1 to 900 seconds; it is True"),
        ("code = '.'\nhandler = 'a.b'\nenvironment = 'x'", "environment must be a table of variables"),
    ],
)
def test_invalid_settings_of_a_function_are_reported(tmp_path, lines, message):
    config = tmp_path / "local.toml"
    config.write_text(f"[functions.mine]\n{lines}")
    session = local_session.session_for(open_account(tmp_path / "root", config))

    with pytest.raises(ClientError, match=message):
        session.client("lambda").invoke(FunctionName="mine")


def test_code_may_come_from_s3(session):
    client, s3 = session.client("lambda"), session.client("s3")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("handler.py", "def main(event, context):\n    return {'n': event['n'] + 1}\n")
    s3.put_object(Bucket="bucket", Key="code.zip", Body=packed.getvalue())
    request = {"FunctionName": "adds", "Role": ROLE, "Handler": "handler.main", "Runtime": "python3.12"}

    client.create_function(**request, Code={"S3Bucket": "bucket", "S3Key": "code.zip"})

    assert json.load(client.invoke(FunctionName="adds", Payload=b'{"n": 1}')["Payload"]) == {"n": 2}
    with pytest.raises(ClientError, match=r"s3://bucket/none\.zip does not exist"):
        client.update_function_code(FunctionName="adds", S3Bucket="bucket", S3Key="none.zip")
    with pytest.raises(ClientError, match="is not a function of this account"):
        client.invoke(FunctionName="arn:aws:lambda:us-east-1:111122223333:function:adds")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"Runtime": "nodejs22.x"}, "does not support Runtime here: functions are archives of Python code"),
        ({"Layers": ["arn:aws:lambda:us-east-1:111122223333:layer:l:1"]}, "does not support Layers here"),
        ({"Code": {"ImageUri": "image"}}, r"does not support Code\.ImageUri here"),
    ],
)
def test_a_function_that_would_not_be_the_same_here_is_refused(session, members, message):
    request = {
        "FunctionName": "f",
        "Role": ROLE,
        "Handler": "h.main",
        "Runtime": "python3.12",
        "Code": {"ZipFile": b""},
    }

    with pytest.raises(ClientError, match=message):
        session.client("lambda").create_function(**request | members)

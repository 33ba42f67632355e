"""Tests events on this machine: when they are sent, their content, and which functions they invoke."""

from __future__ import annotations

import io
import json
import zipfile

from local_sagemaker.errors import NoEffectWarning
from local_sagemaker.testing import create, processing_step, run, start, wait_for_end

import pytest
from botocore.exceptions import ClientError
from running_processes import wait_for

STEPS = "SageMaker Model Building Pipeline Execution Step Status Change"
EXECUTIONS = "SageMaker Model Building Pipeline Execution Status Change"
VERSIONS = "SageMaker Model Package State Change"
NOTE = """
import boto3, json

def lambda_handler(event, context):
    boto3.client("s3").put_object(Bucket="received", Key=event["id"], Body=json.dumps(event).encode())
"""


@pytest.fixture
def sent_events(account):
    """Return the sent events of one detail-type."""

    def read(detail_type):
        path = account.root / "events.jsonl"
        events = [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []
        return [event for event in events if event["detail-type"] == detail_type]

    return read


@pytest.fixture
def function(session):
    """Make a function from its code; return its ARN."""

    def make(name, code=NOTE, **settings):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("handler.py", code)
        return session.client("lambda").create_function(
            FunctionName=name, Role="arn:aws:iam::000000000000:role/any", Handler="handler.lambda_handler",
            Runtime="python3.12", Timeout=30, Code={"ZipFile": buffer.getvalue()}, **settings,
        )["FunctionArn"]  # fmt: skip

    return make


@pytest.fixture
def received_events(account):
    """Return the events that the function above received."""
    folder = account.root / "s3" / "received"
    return lambda: [json.loads(path.read_text()) for path in sorted(folder.glob("*"))]


FAIL = {"Name": "Lost", "Type": "Fail", "Arguments": {"ErrorMessage": "quality is lost"}, "DependsOn": ["Prepare"]}


def test_an_execution_sends_the_same_events_as_sagemaker(session, sent_events):
    steps = [processing_step("Prepare", session, "print(1)"), FAIL]
    name = create(session, {"Steps": steps})
    arn = start(session, name, PipelineExecutionDescription="a first look", PipelineExecutionDisplayName="first")
    result = wait_for_end(session, arn)
    wait_for(lambda: len(sent_events(EXECUTIONS)) == 2)  # the record comes before the event

    (start_event, end_event), pipeline = sent_events(EXECUTIONS), arn.rpartition("/execution/")[0]
    assert (start_event["source"], start_event["account"], start_event["region"]) == (
        "aws.sagemaker",
        "000000000000",
        "us-east-1",
    )
    assert start_event["resources"] == [pipeline, arn]
    assert start_event["detail"] | {"executionStartTime": ""} == {
        "pipelineArn": pipeline, "pipelineExecutionArn": arn, "executionStartTime": "",
        "pipelineExecutionDisplayName": "first", "pipelineExecutionDescription": "a first look",
        "currentPipelineExecutionStatus": "Executing",
    }  # fmt: skip
    statuses_at_end = {
        name: end_event["detail"][name]
        for name in ("currentPipelineExecutionStatus", "previousPipelineExecutionStatus")
    }
    assert list(statuses_at_end.values()) == ["Failed", "Executing"]
    assert end_event["detail"]["executionEndTime"] >= end_event["detail"]["executionStartTime"]
    statuses = [(event["detail"]["stepName"], event["detail"]["currentStepStatus"]) for event in sent_events(STEPS)]
    prepare_statuses = [("Prepare", status) for status in ("Starting", "Executing", "Succeeded")]
    assert statuses == [*prepare_statuses, ("Lost", "Starting"), ("Lost", "Failed")]
    last = sent_events(STEPS)[2]["detail"]
    assert last["metadata"] == {"processingJob": {"arn": result.steps["Prepare"]["Metadata"]["ProcessingJob"]["Arn"]}}
    assert (last["stepType"], last["previousStepStatus"]) == ("Processing", "Executing")
    assert sent_events(STEPS)[-1]["detail"]["failureReason"] == "quality is lost"


def test_stopping_an_execution_sends_events(session, client, sent_events):
    name = create(session, {"Steps": [processing_step("Prepare", session, "import time; time.sleep(60)")]})
    arn = start(session, name)
    wait_for(lambda: len(sent_events(STEPS)) == 2)

    client.stop_pipeline_execution(PipelineExecutionArn=arn)
    wait_for_end(session, arn)
    wait_for(lambda: len(sent_events(EXECUTIONS)) == 3)  # the record comes before the event

    assert [event["detail"]["currentPipelineExecutionStatus"] for event in sent_events(EXECUTIONS)] == [
        "Executing", "Stopping", "Stopped",
    ]  # fmt: skip


def test_registering_and_changing_a_version_sends_events(client, sent_events):
    client.create_model_package_group(ModelPackageGroupName="Shells")
    arn = client.create_model_package(ModelPackageGroupName="Shells")["ModelPackageArn"]
    client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="good")

    new, approved = (event["detail"] for event in sent_events(VERSIONS))
    assert (new["ModelPackageVersion"], new["ModelApprovalStatus"]) == (1, "PendingManualApproval")
    assert "UpdatedModelPackageFields" not in new
    assert approved["ModelApprovalStatus"] == "Approved"
    assert approved["UpdatedModelPackageFields"] == ["ApprovalDescription", "ModelApprovalStatus"]
    assert sent_events(VERSIONS)[0]["resources"] == [arn]


def test_a_rule_invokes_its_functions_only_with_matching_events(session, function, received_events):
    events = session.client("events")
    events.put_rule(
        Name="lost", EventPattern=json.dumps({"detail": {"stepName": ["Lost"], "currentStepStatus": ["Failed"]}})
    )
    events.put_rule(Name="off", State="DISABLED", EventPattern=json.dumps({"source": ["aws.sagemaker"]}))
    with pytest.warns(NoEffectWarning, match="schedules do not fire on this machine"):
        events.put_rule(Name="monthly", ScheduleExpression="rate(1 minute)")
    arn = function("note")
    for rule in ("lost", "off", "monthly"):
        events.put_targets(Rule=rule, Targets=[{"Id": "note", "Arn": arn}])

    result = run(session, {"Steps": [processing_step("Prepare", session, "print(1)"), FAIL]})

    wait_for(received_events)
    (event,) = received_events()
    assert (event["detail"]["stepName"], event["detail"]["pipelineExecutionArn"]) == ("Lost", result.arn)
    assert [rule["Name"] for rule in events.list_rules()["Rules"]] == ["lost", "monthly", "off"]
    assert events.list_targets_by_rule(Rule="lost")["Targets"] == [{"Id": "note", "Arn": arn}]


@pytest.mark.parametrize("way", ["put", "in parts", "copied", "by a job"])
def test_a_new_object_sends_an_event_to_a_rule_for_s3(session, function, received_events, sent_events, way):
    s3, events = session.client("s3"), session.client("events")
    s3.put_object(Bucket="other", Key="batches/old.csv", Body=b"before the rule")
    pattern = {
        "source": ["aws.s3"],
        "detail": {"object": {"key": [{"prefix": "batches/"}]}, "bucket": {"name": ["data"]}},
    }
    events.put_rule(Name="new", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="new", Targets=[{"Id": "note", "Arn": function("note")}])

    if way == "put":
        s3.put_object(Bucket="data", Key="batches/new.csv", Body=b"1,2")
    elif way == "in parts":
        upload = s3.create_multipart_upload(Bucket="data", Key="batches/new.csv")["UploadId"]
        part = {"Bucket": "data", "Key": "batches/new.csv", "UploadId": upload}
        tag = s3.upload_part(**part, PartNumber=1, Body=b"1,2")["ETag"]
        s3.complete_multipart_upload(**part, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]})
    elif way == "copied":
        s3.put_object(Bucket="other", Key="x", Body=b"1,2")
        s3.copy_object(Bucket="data", Key="batches/new.csv", CopySource={"Bucket": "other", "Key": "x"})
    else:
        write = "import os; open(os.environ['SAGEMAKER_BASE_DIR'] + '/processing/out/new.csv', 'w').write('1,2')"
        run(session, {"Steps": [processing_step("Write", session, write, outputs={"out": "s3://data/batches"})]})

    wait_for(received_events)
    (event,) = received_events()
    assert event["source"] == "aws.s3"
    assert event["detail"]["bucket"] == {"name": "data"}
    assert (event["detail"]["object"]["key"], event["detail"]["object"]["size"]) == ("batches/new.csv", 3)
    assert not [event for event in sent_events("Object Created") if "old" in event["detail"]["object"]["key"]]


def test_a_missing_function_is_logged_and_fails_no_execution(session, account):
    events = session.client("events")
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["aws.sagemaker"]}))
    gone = "arn:aws:lambda:us-east-1:000000000000:function:gone"
    events.put_targets(Rule="all", Targets=[{"Id": "gone", "Arn": gone}])

    result = run(session, {"Steps": [processing_step("Prepare", session, "print(1)")]})

    assert result.status == "Succeeded"
    lines = [json.loads(line) for line in account.root.joinpath("undelivered.jsonl").read_text().splitlines()]
    assert {(line["rule"], line["target"]) for line in lines} == {("all", gone)}
    assert "no Lambda function 'gone' on this machine" in lines[0]["error"]


def test_a_reused_token_starts_no_execution(session, client):
    name = create(session, {"Steps": [processing_step("Prepare", session, "print(1)")]})
    token = "t" * 32

    first, again = (start(session, name, ClientRequestToken=token) for _ in range(2))
    third = start(session, name, ClientRequestToken="u" * 32)

    assert first == again != third
    for arn in (first, third):
        wait_for_end(session, arn)
    assert len(client.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]) == 2


def test_a_rule_can_be_deleted_after_its_targets(session, function):
    events = session.client("events")
    events.put_rule(Name="all", EventPattern='{"source": ["aws.sagemaker"]}')
    events.put_targets(Rule="all", Targets=[{"Id": "note", "Arn": function("note")}])

    with pytest.raises(ClientError, match="since it has targets"):
        events.delete_rule(Name="all")
    events.remove_targets(Rule="all", Ids=["note"])
    events.delete_rule(Name="all")

    assert events.list_rules()["Rules"] == []
    with pytest.raises(ClientError, match="Rule all does not exist"):
        events.describe_rule(Name="all")


@pytest.mark.parametrize("pattern", ["{}", '{"source": "aws.s3"}'])
def test_a_rule_with_an_invalid_pattern_is_refused(session, pattern):
    with pytest.raises(ClientError) as raised:
        session.client("events").put_rule(Name="all", EventPattern=pattern)

    assert raised.value.response["Error"]["Code"] == "InvalidEventPatternException"


def test_custom_events_reach_the_rules(session, function, received_events):
    events = session.client("events")
    events.put_rule(Name="mine", EventPattern='{"source": ["my.own"]}')
    events.put_targets(Rule="mine", Targets=[{"Id": "note", "Arn": function("note")}])

    answer = events.put_events(Entries=[
        {"Source": "my.own", "DetailType": "Anything", "Detail": '{"a": 1}'},
        {"Source": "my.own", "DetailType": "Anything", "Detail": "no json"},
    ])  # fmt: skip

    assert answer["FailedEntryCount"] == 1
    wait_for(received_events)
    assert [event["detail"] for event in received_events()] == [{"a": 1}]


def test_a_created_function_can_be_invoked_and_updated(session, function):
    client = session.client("lambda")
    answer = "import os\n\ndef lambda_handler(event, context):\n    return [event, os.environ.get('WHO'), {}]\n"
    function("reply", answer.format(1), Environment={"Variables": {"WHO": "me"}})

    def invoke():
        return json.load(client.invoke(FunctionName="reply", Payload=b'{"a": 1}')["Payload"])

    assert invoke() == [{"a": 1}, "me", 1]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("handler.py", answer.format(2))
    client.update_function_code(FunctionName="reply", ZipFile=buffer.getvalue())
    client.update_function_configuration(FunctionName="reply", Environment={"Variables": {"WHO": "you"}})
    client.get_waiter("function_updated_v2").wait(FunctionName="reply")
    assert invoke() == [{"a": 1}, "you", 2]
    with pytest.raises(ClientError, match="Function already exist"):
        function("reply")
    client.delete_function(FunctionName="reply")
    with pytest.raises(ClientError, match="Function not found"):
        client.get_function(FunctionName="reply")


@pytest.mark.parametrize("name", ["../handler.py", "/tmp/handler.py"])
def test_an_archive_with_files_outside_its_folder_is_refused(session, account, name):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, "print(1)")

    with pytest.raises(ClientError, match="is not a path within it"):
        session.client("lambda").create_function(
            FunctionName="out", Role="arn:aws:iam::000000000000:role/any", Handler="handler.f",
            Code={"ZipFile": buffer.getvalue()},
        )  # fmt: skip
    assert not account.root.joinpath("functions", "handler.py").exists()


def test_each_notification_is_a_file(session, account):
    topic = "arn:aws:sns:us-east-1:000000000000:shells"
    session.client("sns").publish(TopicArn=topic, Subject="Lost", Message="Quality is lost.")

    (path,) = account.root.joinpath("notifications").iterdir()
    assert path.read_text() == f"Topic: {topic}\nSubject: Lost\n\nQuality is lost."


@pytest.mark.parametrize(
    "members",
    [
        {"Subject": "s" * 101},
        {"Subject": "two\nlines"},
        {"Subject": "M\u00fcsli"},
        {"Message": ""},
        {"TopicArn": "shells"},
    ],
)
def test_invalid_notifications_are_refused_as_by_sns(session, members):
    topic = "arn:aws:sns:us-east-1:000000000000:shells"

    with pytest.raises(ClientError) as raised:
        session.client("sns").publish(**{"TopicArn": topic, "Subject": "Lost", "Message": "Quality is lost."} | members)

    assert raised.value.response["Error"]["Code"] == "InvalidParameter"

"""Events on this machine: what is told, in which words, and which functions it has invoked."""

from __future__ import annotations

import io
import json
import zipfile

from local_sagemaker.testing import create, finish, processing, run, start

import pytest
from botocore.exceptions import ClientError
from running_processes import wait_for

STEPS = "SageMaker Model Building Pipeline Execution Step Status Change"
EXECUTIONS = "SageMaker Model Building Pipeline Execution Status Change"
VERSIONS = "SageMaker Model Package State Change"
NOTE = """
import boto3, json

def lambda_handler(event, context):
    boto3.client("s3").put_object(Bucket="noted", Key=event["id"], Body=json.dumps(event).encode())
"""


@pytest.fixture
def told(account):
    """The events that were told, of one kind."""

    def read(kind):
        path = account.root / "events.jsonl"
        events = [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []
        return [one for one in events if one["detail-type"] == kind]

    return read


@pytest.fixture
def function(session):
    """Make a function, of its code; its ARN."""

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
def noted(account):
    """The events that the function above was given."""
    folder = account.root / "s3" / "noted"
    return lambda: [json.loads(path.read_text()) for path in sorted(folder.glob("*"))]


FAIL = {"Name": "Lost", "Type": "Fail", "Arguments": {"ErrorMessage": "quality is lost"}, "DependsOn": ["Prepare"]}


def test_an_execution_tells_of_itself_and_of_each_step_as_sagemaker_does(session, told):
    steps = [processing("Prepare", session, "print(1)"), FAIL]
    name = create(session, {"Steps": steps})
    arn = start(session, name, PipelineExecutionDescription="a first look", PipelineExecutionDisplayName="first")
    ran = finish(session, arn)
    wait_for(lambda: len(told(EXECUTIONS)) == 2)  # the record comes before the event

    (began, ended), pipeline = told(EXECUTIONS), arn.rpartition("/execution/")[0]
    assert (began["source"], began["account"], began["region"]) == ("aws.sagemaker", "000000000000", "us-east-1")
    assert began["resources"] == [pipeline, arn]
    assert began["detail"] | {"executionStartTime": ""} == {
        "pipelineArn": pipeline, "pipelineExecutionArn": arn, "executionStartTime": "",
        "pipelineExecutionDisplayName": "first", "pipelineExecutionDescription": "a first look",
        "currentPipelineExecutionStatus": "Executing",
    }  # fmt: skip
    of_end = {
        name: ended["detail"][name] for name in ("currentPipelineExecutionStatus", "previousPipelineExecutionStatus")
    }
    assert list(of_end.values()) == ["Failed", "Executing"]
    assert ended["detail"]["executionEndTime"] >= ended["detail"]["executionStartTime"]
    statuses = [(one["detail"]["stepName"], one["detail"]["currentStepStatus"]) for one in told(STEPS)]
    prepared = [("Prepare", status) for status in ("Starting", "Executing", "Succeeded")]
    assert statuses == [*prepared, ("Lost", "Starting"), ("Lost", "Failed")]
    last = told(STEPS)[2]["detail"]
    assert last["metadata"] == {"processingJob": {"arn": ran.steps["Prepare"]["Metadata"]["ProcessingJob"]["Arn"]}}
    assert (last["stepType"], last["previousStepStatus"]) == ("Processing", "Executing")
    assert told(STEPS)[-1]["detail"]["failureReason"] == "quality is lost"


def test_an_execution_that_is_stopped_says_so_on_its_way(session, client, told):
    name = create(session, {"Steps": [processing("Prepare", session, "import time; time.sleep(60)")]})
    arn = start(session, name)
    wait_for(lambda: len(told(STEPS)) == 2)

    client.stop_pipeline_execution(PipelineExecutionArn=arn)
    finish(session, arn)
    wait_for(lambda: len(told(EXECUTIONS)) == 3)  # the record comes before the event

    assert [one["detail"]["currentPipelineExecutionStatus"] for one in told(EXECUTIONS)] == [
        "Executing", "Stopping", "Stopped",
    ]  # fmt: skip


def test_a_version_tells_of_its_registration_and_of_what_is_changed(client, told):
    client.create_model_package_group(ModelPackageGroupName="Shells")
    arn = client.create_model_package(ModelPackageGroupName="Shells")["ModelPackageArn"]
    client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="good")

    new, approved = (one["detail"] for one in told(VERSIONS))
    assert (new["ModelPackageVersion"], new["ModelApprovalStatus"]) == (1, "PendingManualApproval")
    assert "UpdatedModelPackageFields" not in new
    assert approved["ModelApprovalStatus"] == "Approved"
    assert approved["UpdatedModelPackageFields"] == ["ApprovalDescription", "ModelApprovalStatus"]
    assert told(VERSIONS)[0]["resources"] == [arn]


def test_a_rule_has_its_functions_invoked_with_what_it_is_for_and_nothing_else(session, function, noted):
    events = session.client("events")
    events.put_rule(
        Name="lost", EventPattern=json.dumps({"detail": {"stepName": ["Lost"], "currentStepStatus": ["Failed"]}})
    )
    events.put_rule(Name="off", State="DISABLED", EventPattern=json.dumps({"source": ["aws.sagemaker"]}))
    events.put_rule(Name="monthly", ScheduleExpression="rate(1 minute)")
    arn = function("note")
    for rule in ("lost", "off", "monthly"):
        events.put_targets(Rule=rule, Targets=[{"Id": "note", "Arn": arn}])

    ran = run(session, {"Steps": [processing("Prepare", session, "print(1)"), FAIL]})

    wait_for(noted)
    (event,) = noted()
    assert (event["detail"]["stepName"], event["detail"]["pipelineExecutionArn"]) == ("Lost", ran.arn)
    assert [rule["Name"] for rule in events.list_rules()["Rules"]] == ["lost", "monthly", "off"]
    assert events.list_targets_by_rule(Rule="lost")["Targets"] == [{"Id": "note", "Arn": arn}]


@pytest.mark.parametrize("how", ["put", "in parts", "copied", "by a job"])
def test_new_objects_are_told_to_a_rule_that_asks_for_them(session, function, noted, told, how):
    s3, events = session.client("s3"), session.client("events")
    s3.put_object(Bucket="other", Key="batches/old.csv", Body=b"before the rule")
    pattern = {
        "source": ["aws.s3"],
        "detail": {"object": {"key": [{"prefix": "batches/"}]}, "bucket": {"name": ["data"]}},
    }
    events.put_rule(Name="new", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="new", Targets=[{"Id": "note", "Arn": function("note")}])

    if how == "put":
        s3.put_object(Bucket="data", Key="batches/new.csv", Body=b"1,2")
    elif how == "in parts":
        upload = s3.create_multipart_upload(Bucket="data", Key="batches/new.csv")["UploadId"]
        part = {"Bucket": "data", "Key": "batches/new.csv", "UploadId": upload}
        tag = s3.upload_part(**part, PartNumber=1, Body=b"1,2")["ETag"]
        s3.complete_multipart_upload(**part, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]})
    elif how == "copied":
        s3.put_object(Bucket="other", Key="x", Body=b"1,2")
        s3.copy_object(Bucket="data", Key="batches/new.csv", CopySource={"Bucket": "other", "Key": "x"})
    else:
        write = "import os; open(os.environ['SAGEMAKER_BASE_DIR'] + '/processing/out/new.csv', 'w').write('1,2')"
        run(session, {"Steps": [processing("Write", session, write, outputs={"out": "s3://data/batches"})]})

    wait_for(noted)
    (event,) = noted()
    assert event["source"] == "aws.s3"
    assert event["detail"]["bucket"] == {"name": "data"}
    assert (event["detail"]["object"]["key"], event["detail"]["object"]["size"]) == ("batches/new.csv", 3)
    assert not [one for one in told("Object Created") if "old" in one["detail"]["object"]["key"]]


def test_a_function_that_is_not_there_harms_nothing_and_is_told_of(session, account):
    events = session.client("events")
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["aws.sagemaker"]}))
    gone = "arn:aws:lambda:us-east-1:000000000000:function:gone"
    events.put_targets(Rule="all", Targets=[{"Id": "gone", "Arn": gone}])

    ran = run(session, {"Steps": [processing("Prepare", session, "print(1)")]})

    assert ran.status == "Succeeded"
    lines = [json.loads(line) for line in account.root.joinpath("undelivered.jsonl").read_text().splitlines()]
    assert {(one["rule"], one["target"]) for one in lines} == {("all", gone)}
    assert "no Lambda function 'gone' on this machine" in lines[0]["error"]


def test_a_token_that_was_used_before_starts_nothing(session, client):
    name = create(session, {"Steps": [processing("Prepare", session, "print(1)")]})
    token = "t" * 32

    first, again = (start(session, name, ClientRequestToken=token) for _ in range(2))
    other = start(session, name, ClientRequestToken="u" * 32)

    assert first == again != other
    for arn in (first, other):
        finish(session, arn)
    assert len(client.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]) == 2


def test_a_rule_goes_when_its_targets_have_gone(session, function):
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
def test_what_is_no_pattern_is_no_rule(session, pattern):
    with pytest.raises(ClientError) as refused:
        session.client("events").put_rule(Name="all", EventPattern=pattern)

    assert refused.value.response["Error"]["Code"] == "InvalidEventPatternException"


def test_events_of_ones_own_reach_the_rules(session, function, noted):
    events = session.client("events")
    events.put_rule(Name="mine", EventPattern='{"source": ["my.own"]}')
    events.put_targets(Rule="mine", Targets=[{"Id": "note", "Arn": function("note")}])

    answer = events.put_events(Entries=[
        {"Source": "my.own", "DetailType": "Anything", "Detail": '{"a": 1}'},
        {"Source": "my.own", "DetailType": "Anything", "Detail": "no json"},
    ])  # fmt: skip

    assert answer["FailedEntryCount"] == 1
    wait_for(noted)
    assert [one["detail"] for one in noted()] == [{"a": 1}]


def test_a_function_that_was_made_is_invoked_and_updated(session, function):
    client = session.client("lambda")
    answer = "import os\n\ndef lambda_handler(event, context):\n    return [event, os.environ.get('WHO'), {}]\n"
    function("reply", answer.format(1), Environment={"Variables": {"WHO": "me"}})

    def invoked():
        return json.load(client.invoke(FunctionName="reply", Payload=b'{"a": 1}')["Payload"])

    assert invoked() == [{"a": 1}, "me", 1]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("handler.py", answer.format(2))
    client.update_function_code(FunctionName="reply", ZipFile=buffer.getvalue())
    client.update_function_configuration(FunctionName="reply", Environment={"Variables": {"WHO": "you"}})
    client.get_waiter("function_updated_v2").wait(FunctionName="reply")
    assert invoked() == [{"a": 1}, "you", 2]
    with pytest.raises(ClientError, match="Function already exist"):
        function("reply")
    client.delete_function(FunctionName="reply")
    with pytest.raises(ClientError, match="Function not found"):
        client.get_function(FunctionName="reply")


@pytest.mark.parametrize("name", ["../handler.py", "/tmp/handler.py"])
def test_an_archive_whose_files_would_lie_elsewhere_is_refused(session, account, name):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, "print(1)")

    with pytest.raises(ClientError, match="no path within it"):
        session.client("lambda").create_function(
            FunctionName="out", Role="arn:aws:iam::000000000000:role/any", Handler="handler.f",
            Code={"ZipFile": buffer.getvalue()},
        )  # fmt: skip
    assert not account.root.joinpath("functions", "handler.py").exists()


def test_what_people_are_told_is_a_file_each(session, account):
    topic = "arn:aws:sns:us-east-1:000000000000:shells"
    session.client("sns").publish(TopicArn=topic, Subject="Lost", Message="Quality is lost.")

    (path,) = account.root.joinpath("notifications").iterdir()
    assert path.read_text() == f"Topic: {topic}\nSubject: Lost\n\nQuality is lost."


@pytest.mark.parametrize(
    "said",
    [
        {"Subject": "s" * 101},
        {"Subject": "two\nlines"},
        {"Subject": "M\u00fcsli"},
        {"Message": ""},
        {"TopicArn": "shells"},
    ],
)
def test_what_sns_refuses_is_refused(session, said):
    topic = "arn:aws:sns:us-east-1:000000000000:shells"

    with pytest.raises(ClientError) as refused:
        session.client("sns").publish(**{"TopicArn": topic, "Subject": "Lost", "Message": "Quality is lost."} | said)

    assert refused.value.response["Error"]["Code"] == "InvalidParameter"

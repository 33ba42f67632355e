"""Tests build.py of deploy/events on this machine: what it creates, uploads, lists, and removes."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

import local_sagemaker.session
from local_sagemaker import project

BUCKET = "sagemaker-us-east-1-000000000000"
CONFIG = {"bucket_prefix": "shells", "model_package_group_name": "AbalonePackageGroup"}
NAMES = ["InferencePipeline", "TrainingPipeline", "TrainingWHPOPipeline"]


@pytest.fixture
def build(tmp_path, monkeypatch, capsys):
    """Return a function that runs subcommands in the test's own root, and returns exit code and output."""
    from deploy.events import build as command

    monkeypatch.chdir(tmp_path)

    def run(*arguments, **changed):
        tmp_path.joinpath("config.json").write_text(json.dumps(CONFIG | changed))
        code = command.main([*arguments, "--config", "config.json", "--local", "root"])
        printed = capsys.readouterr()
        return code, json.loads(printed.out) if printed.out else printed.err

    return run


@pytest.fixture
def session(tmp_path):
    return local_sagemaker.session.open(tmp_path / "root", project.config())


def pipelines(session):
    summaries = session.client("sagemaker").list_pipelines()["PipelineSummaries"]
    return sorted(summary["PipelineName"] for summary in summaries)


def keys(session, prefix="shells/"):
    objects = session.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", ())
    return [item["Key"] for item in objects]


def test_pipelines_are_created_updated_and_if_configured_recreated(build, session):
    assert build("pipelines") == (0, {"pipelines": dict.fromkeys(sorted(NAMES, reverse=True), "created")})
    client = session.client("sagemaker")
    before = client.describe_pipeline(PipelineName="InferencePipeline")["CreationTime"]
    assert set(build("pipelines")[1]["pipelines"].values()) == {"updated"}
    assert client.describe_pipeline(PipelineName="InferencePipeline")["CreationTime"] == before
    assert set(build("pipelines", recreate_pipelines=True)[1]["pipelines"].values()) == {"recreated"}
    assert client.describe_pipeline(PipelineName="InferencePipeline")["CreationTime"] > before


def test_everything_that_was_created_is_listed_first_and_then_removed(build, session, tmp_path):
    tmp_path.joinpath("known.csv").write_text("M,1,9\n")
    build("pipelines")
    upload = {"upload_training_data": True, "training_data_file": "known.csv"}
    code, sent = build("upload", **upload)
    assert (code, sent) == (0, {"uploaded": [f"s3://{BUCKET}/shells/training/data/raw/known.csv"]})
    s3 = session.client("s3")
    s3.put_object(Bucket=BUCKET, Key="shells/retraining/0/manifest.json", Body=b"{}")
    s3.put_object(Bucket=BUCKET, Key="shells/pipelines/inference/labelled/a.csv", Body=b"output of an execution")

    code, listed = build("remove", **upload)
    assert (code, listed["deleted"], sorted(listed["pipelines"])) == (0, False, NAMES)
    assert f"s3://{BUCKET}/shells/training/data/raw/known.csv" in listed["objects"]
    assert f"s3://{BUCKET}/shells/retraining/0/manifest.json" in listed["objects"]
    assert pipelines(session) == NAMES, "nothing is deleted without agreement"

    assert build("remove", "--yes", **upload)[1]["deleted"] is True
    assert pipelines(session) == []
    assert keys(session) == ["shells/pipelines/inference/labelled/a.csv"]
    assert build("remove", "--yes", **upload)[1] == {"pipelines": [], "objects": [], "deleted": False}


def test_code_that_a_registered_version_names_stays(build, session):
    build("pipelines")
    code = next(key for key in keys(session) if key.endswith("preprocess.pyz"))
    client = session.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName="AbalonePackageGroup")
    container = {"Image": "an-image", "Environment": {"SAGEMAKER_SUBMIT_DIRECTORY": f"s3://{BUCKET}/{code}"}}
    types = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    client.create_model_package(
        ModelPackageGroupName="AbalonePackageGroup", InferenceSpecification={"Containers": [container], **types}
    )

    build("remove", "--yes")

    assert keys(session) == [code]


def test_given_files_are_uploaded_to_their_folders_instead_of_the_configurations(build, session, tmp_path):
    for name in ("a.csv", "b.csv"):
        tmp_path.joinpath(name).write_text("1,2\n")

    code, sent = build("upload", "--inference", "a.csv", "--truth", "b.csv")

    assert (code, len(sent["uploaded"])) == (0, 2)
    assert keys(session) == ["shells/batch-scoring/data/raw/a.csv", "shells/batch-scoring/data/truth/b.csv"]


def test_if_a_file_is_missing_none_is_uploaded(build, session, tmp_path):
    tmp_path.joinpath("a.csv").write_text("1,2\n")

    code, error = build("upload", "--inference", "a.csv", "--truth", "gone.csv")

    assert (code, "truth data: 'gone.csv' is not a file" in error) == (2, True)
    assert keys(session) == []


def test_remove_also_removes_this_machines_rules_and_functions(build, session):
    build("rules", "pipelines")
    session.client("events").put_rule(Name="another", EventPattern='{"source": ["my.own"]}')

    build("remove", "--yes")

    assert [rule["Name"] for rule in session.client("events").list_rules()["Rules"]] == ["another"]
    assert session.client("lambda").list_functions()["Functions"] == []


def test_the_snapshot_with_which_a_version_was_trained_stays(build, session):
    build("pipelines")
    s3, client = session.client("s3"), session.client("sagemaker")
    for name in ("0/data/a.csv", "1/data/a.csv", "1/manifest.json"):
        s3.put_object(Bucket=BUCKET, Key=f"shells/retraining/{name}", Body=b"1")
    client.create_model_package_group(ModelPackageGroupName="AbalonePackageGroup")
    properties = {"InputDataUrl": f"s3://{BUCKET}/shells/retraining/1/data/"}
    client.create_model_package(ModelPackageGroupName="AbalonePackageGroup", CustomerMetadataProperties=properties)

    build("remove", "--yes")

    assert keys(session) == ["shells/retraining/1/data/a.csv", "shells/retraining/1/manifest.json"]


def test_a_subcommand_after_local_is_an_error_and_not_a_folder(tmp_path, monkeypatch, capsys):
    from deploy.events import build as command

    monkeypatch.chdir(tmp_path)

    assert command.main(["rules", "--local", "pipelines"]) == 2
    assert "write subcommands before --local" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_messages_that_are_too_long_for_lambdas_variables_are_an_error(build):
    long = {"step_name": "ModelQualityLost", "step_status": "Failed", "step_custom_message": "x" * 4096}

    code, error = build("check", custom_notification_config=[long])

    assert code == 2
    assert "notify's variables have" in error and "Lambda allows 4096" in error


def test_a_bucket_keeps_its_notifications_and_also_notifies_eventbridge(aws, capsys, tmp_path):
    from deploy.events import build as command

    from moto_over_http import BUCKET as AWS_BUCKET
    from moto_over_http import REGION

    topic = aws.client("sns").create_topic(Name="mine")["TopicArn"]
    s3 = aws.client("s3")
    notifications = {"TopicConfigurations": [{"TopicArn": topic, "Events": ["s3:ObjectRemoved:*"]}]}
    s3.put_bucket_notification_configuration(Bucket=AWS_BUCKET, NotificationConfiguration=notifications)
    role = aws.client("iam").get_role(RoleName="jobs")["Role"]["Arn"]
    facts = {"region": REGION, "bucket_name": AWS_BUCKET, "role_arn": role}
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG | facts))
    assert command.main(["bucket", "--config", str(path)]) == 0

    current = s3.get_bucket_notification_configuration(Bucket=AWS_BUCKET)
    assert current["TopicConfigurations"][0]["TopicArn"] == topic
    assert json.loads(capsys.readouterr().out) == {"bucket": "notifies EventBridge of new files"}


def test_rules_are_created_on_this_machine_only(build, session, monkeypatch, capsys, tmp_path):
    from deploy.events import build as command

    code, report = build("rules")
    assert code == 0
    rules = session.client("events").list_rules()["Rules"]
    assert {rule["Name"] for rule in rules} == set(report["rules"].values())
    assert len(session.client("lambda").list_functions()["Functions"]) == 4

    facts = {"region": "eu-west-1", "bucket_name": "a-bucket", "role_arn": "arn:aws:iam::000000000000:role/jobs"}
    tmp_path.joinpath("config.json").write_text(json.dumps(CONFIG | facts))
    assert command.main(["rules", "--config", "config.json"]) == 2
    assert "in an account Terraform creates the rules; on this machine use: rules --local" in capsys.readouterr().err


def test_the_functions_code_is_written_for_terraform_with_the_same_bytes_each_time(tmp_path):
    from deploy.events import rules

    first = {path.name: path.read_bytes() for path in rules.write_archives(tmp_path)}

    assert first.keys() == {f"{name}.zip" for name in rules.FUNCTIONS}
    assert first == {path.name: path.read_bytes() for path in rules.write_archives(tmp_path)}

"""build.py of deploy/events, on this machine: what it makes, sends, lists, and takes away."""

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
    """Run verbs in a root of the test's own; exit code and what was printed."""
    from deploy.events import build as command

    monkeypatch.chdir(tmp_path)

    def run(*words, **changed):
        tmp_path.joinpath("config.json").write_text(json.dumps(CONFIG | changed))
        code = command.main([*words, "--config", "config.json", "--local", "root"])
        printed = capsys.readouterr()
        return code, json.loads(printed.out) if printed.out else printed.err

    return run


@pytest.fixture
def session(tmp_path):
    return local_sagemaker.session.open(tmp_path / "root", project.config())


def pipelines(session):
    found = session.client("sagemaker").list_pipelines()["PipelineSummaries"]
    return sorted(one["PipelineName"] for one in found)


def keys(session, prefix="shells/"):
    found = session.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", ())
    return [one["Key"] for one in found]


def test_pipelines_are_made_changed_and_where_that_is_wanted_made_anew(build, session):
    assert build("pipelines") == (0, {"pipelines": dict.fromkeys(sorted(NAMES, reverse=True), "created")})
    client = session.client("sagemaker")
    before = client.describe_pipeline(PipelineName="InferencePipeline")["CreationTime"]
    assert set(build("pipelines")[1]["pipelines"].values()) == {"updated"}
    assert client.describe_pipeline(PipelineName="InferencePipeline")["CreationTime"] == before
    assert set(build("pipelines", recreate_pipelines=True)[1]["pipelines"].values()) == {"recreated"}
    assert client.describe_pipeline(PipelineName="InferencePipeline")["CreationTime"] > before


def test_what_was_made_is_listed_first_and_then_taken_away(build, session, tmp_path):
    tmp_path.joinpath("known.csv").write_text("M,1,9\n")
    build("pipelines")
    upload = {"upload_training_data": True, "training_data_file": "known.csv"}
    code, sent = build("upload", **upload)
    assert (code, sent) == (0, {"uploaded": [f"s3://{BUCKET}/shells/training/data/raw/known.csv"]})
    s3 = session.client("s3")
    s3.put_object(Bucket=BUCKET, Key="shells/retraining/0/manifest.json", Body=b"{}")
    s3.put_object(Bucket=BUCKET, Key="shells/pipelines/inference/labelled/a.csv", Body=b"what an execution wrote")

    code, listed = build("remove", **upload)
    assert (code, listed["deleted"], sorted(listed["pipelines"])) == (0, False, NAMES)
    assert f"s3://{BUCKET}/shells/training/data/raw/known.csv" in listed["objects"]
    assert f"s3://{BUCKET}/shells/retraining/0/manifest.json" in listed["objects"]
    assert pipelines(session) == NAMES, "nothing is taken that was not agreed to"

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


def test_files_that_are_named_go_to_their_folders_whatever_the_configuration_says(build, session, tmp_path):
    for name in ("a.csv", "b.csv"):
        tmp_path.joinpath(name).write_text("1,2\n")

    code, sent = build("upload", "--inference", "a.csv", "--truth", "b.csv")

    assert (code, len(sent["uploaded"])) == (0, 2)
    assert keys(session) == ["shells/batch-scoring/data/raw/a.csv", "shells/batch-scoring/data/truth/b.csv"]


def test_of_two_files_one_of_which_is_not_there_none_is_sent(build, session, tmp_path):
    tmp_path.joinpath("a.csv").write_text("1,2\n")

    code, said = build("upload", "--inference", "a.csv", "--truth", "gone.csv")

    assert (code, "truth data: 'gone.csv' is no file" in said) == (2, True)
    assert keys(session) == []


def test_what_this_machine_has_of_rules_and_functions_goes_with_the_rest(build, session):
    build("rules", "pipelines")
    session.client("events").put_rule(Name="another", EventPattern='{"source": ["my.own"]}')

    build("remove", "--yes")

    assert [one["Name"] for one in session.client("events").list_rules()["Rules"]] == ["another"]
    assert session.client("lambda").list_functions()["Functions"] == []


def test_the_snapshot_that_a_version_was_made_of_stays(build, session):
    build("pipelines")
    s3, client = session.client("s3"), session.client("sagemaker")
    for name in ("0/data/a.csv", "1/data/a.csv", "1/manifest.json"):
        s3.put_object(Bucket=BUCKET, Key=f"shells/retraining/{name}", Body=b"1")
    client.create_model_package_group(ModelPackageGroupName="AbalonePackageGroup")
    made_of = {"InputDataUrl": f"s3://{BUCKET}/shells/retraining/1/data/"}
    client.create_model_package(ModelPackageGroupName="AbalonePackageGroup", CustomerMetadataProperties=made_of)

    build("remove", "--yes")

    assert keys(session) == ["shells/retraining/1/data/a.csv", "shells/retraining/1/manifest.json"]


def test_a_verb_is_no_folder_of_the_machine(tmp_path, monkeypatch, capsys):
    from deploy.events import build as command

    monkeypatch.chdir(tmp_path)

    assert command.main(["rules", "--local", "pipelines"]) == 2
    assert "write verbs before --local" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_messages_that_lambda_has_no_room_for_are_told_of(build):
    long = {"step_name": "ModelQualityLost", "step_status": "Failed", "step_custom_message": "x" * 4096}

    code, said = build("check", custom_notification_config=[long])

    assert code == 2
    assert "notify would be told" in said and "Lambda takes 4096" in said


def test_a_bucket_goes_on_telling_what_it_told_and_tells_eventbridge_too(aws, capsys, tmp_path):
    from deploy.events import build as command

    from moto_over_http import BUCKET as THEIRS
    from moto_over_http import REGION

    topic = aws.client("sns").create_topic(Name="mine")["TopicArn"]
    s3 = aws.client("s3")
    told = {"TopicConfigurations": [{"TopicArn": topic, "Events": ["s3:ObjectRemoved:*"]}]}
    s3.put_bucket_notification_configuration(Bucket=THEIRS, NotificationConfiguration=told)
    role = aws.client("iam").get_role(RoleName="jobs")["Role"]["Arn"]
    facts = {"region": REGION, "bucket_name": THEIRS, "role_arn": role}
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG | facts))
    assert command.main(["bucket", "--config", str(path)]) == 0

    found = s3.get_bucket_notification_configuration(Bucket=THEIRS)
    assert found["TopicConfigurations"][0]["TopicArn"] == topic
    assert json.loads(capsys.readouterr().out) == {"bucket": "tells EventBridge of new files"}


def test_rules_are_this_machines_and_terraforms(build, session, monkeypatch, capsys, tmp_path):
    from deploy.events import build as command

    code, made = build("rules")
    assert code == 0
    rules = session.client("events").list_rules()["Rules"]
    assert {one["Name"] for one in rules} == set(made["rules"].values())
    assert len(session.client("lambda").list_functions()["Functions"]) == 4

    facts = {"region": "eu-west-1", "bucket_name": "a-bucket", "role_arn": "arn:aws:iam::000000000000:role/jobs"}
    tmp_path.joinpath("config.json").write_text(json.dumps(CONFIG | facts))
    assert command.main(["rules", "--config", "config.json"]) == 2
    assert "rules are made by Terraform in an account; here: rules --local" in capsys.readouterr().err


def test_the_functions_code_is_written_for_terraform_the_same_bytes_each_time(tmp_path):
    from deploy.events import rules

    first = {path.name: path.read_bytes() for path in rules.write_archives(tmp_path)}

    assert first.keys() == {f"{name}.zip" for name in rules.FUNCTIONS}
    assert first == {path.name: path.read_bytes() for path in rules.write_archives(tmp_path)}

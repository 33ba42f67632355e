"""The configuration of deploy/events: what Terraform takes Python takes, and what is wrong is told, all at once."""

from __future__ import annotations

import json

import pytest
from paths import ROOT

pytest.importorskip("hcl2", reason="python-hcl2 comes with the extra 'test'")
pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from local_sagemaker.definition.definition import read as read_definition
from local_sagemaker.tools.command_errors import UsageError

import hcl2

EVENTS = ROOT / "deploy" / "events"
GIVEN = {
    "region": "eu-west-1",
    "bucket_name": "a-bucket",
    "bucket_prefix": "shells",
    "role_arn": "arn:aws:iam::000000000000:role/jobs",
    "model_package_group_name": "Shells",
}


@pytest.fixture
def read(tmp_path):
    """Read a configuration of these settings, beside those that have to be there."""
    from deploy.events import settings

    def of(**changed):
        path = tmp_path / "config.json"
        path.write_text(json.dumps({name: value for name, value in (GIVEN | changed).items() if value is not None}))
        return settings.read(str(path))

    return of


def variables():
    """Variables of Terraform: name -> default, or ``...`` where it has none."""
    (document,) = [hcl2.loads((EVENTS / "variables.tf").read_text())]
    found = {}
    for block in document["variable"]:
        for name, members in block.items():
            default = members.get("default", ...)
            found[name.strip('"')] = unquoted(default) if default is not ... else ...
    return found


def unquoted(value):
    if isinstance(value, dict):
        return {key.strip('"'): unquoted(one) for key, one in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        return [unquoted(one) for one in value]
    if value in ("null", "${null}"):
        return None
    return value.strip('"') if isinstance(value, str) else value


def test_python_and_terraform_have_the_same_settings_and_defaults():
    from deploy.events.settings import Settings

    fields = {
        name: ... if field.is_required() else field.get_default(call_default_factory=True)
        for name, field in Settings.model_fields.items()
    }

    assert fields == variables()


def test_the_file_that_is_there_wants_bucket_and_role_and_nothing_else(read):
    from deploy.events import settings

    path = EVENTS / "events-config.tfvars.json"
    with pytest.raises(UsageError) as told:
        settings.read(str(path))
    assert 'bucket_name is "": ' in str(told.value) and 'role_arn is "": ' in str(told.value)
    assert str(told.value).count(";") == 1

    found = settings.read(str(path), {"bucket_name": "a-bucket", "role_arn": GIVEN["role_arn"]})
    assert found.pipeline_inf == "InferencePipeline"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"cool_down_hour": 3}, "cool_down_hour is no setting; did you mean 'cool_down_hours'?"),
        ({"region": None}, "region is missing"),
        ({"recreate_pipelines": "true"}, 'recreate_pipelines is "true": Input should be a valid boolean'),
        ({"bucket_name": "s3://a-bucket"}, 'bucket_name is "s3://a-bucket"'),
        ({"bucket_inf_prefix": "a//b"}, 'bucket_inf_prefix is "a//b"'),
        ({"cool_down_hours": -1}, "cool_down_hours is -1: Input should be greater than or equal to 0"),
        ({"accuracy_mse_threshold": 0}, "accuracy_mse_threshold is 0: Input should be greater than 0"),
        ({"email_recipient": ["somebody"]}, 'email_recipient.0 is "somebody"'),
        ({"email_recipient": "a@example.com"}, "email_recipient is .*: Input should be a valid list"),
        (
            {"execution_statuses": ["Done"]},
            "execution_statuses.0 is \"Done\": Input should be 'Executing', 'Succeeded'",
        ),
        ({"subnet_id": "subnet-1"}, "subnet_id and sg_id go together: give both or neither"),
        ({"upload_training_data": True}, "upload_training_data needs training_data_file"),
        ({"pipeline_train": "Same", "pipeline_inf": "same"}, "have to be three names"),
        ({"training_parameters": {"MseThreshold": 5}}, "training_parameters.MseThreshold is 5: .* valid string"),
        (
            {"custom_notification_config": [{"step_name": "A", "step_status": "Failed", "step_msg": "Oh"}]},
            "step_custom_message is missing; custom_notification_config.0.step_msg is no setting",
        ),
        (
            {"custom_notification_config": [{"step_name": "A", "step_status": "Bad", "step_custom_message": "Oh"}]},
            "custom_notification_config.0.step_status is \"Bad\": Input should be 'Starting'",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_value(read, changed, words):
    with pytest.raises(UsageError, match=words):
        read(**changed)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"bucket_inf_prefix": "training/data/raw/batches"},
            "bucket_train_prefix 'training/data/raw/' holds buck",
        ),
        (
            {"bucket_truth_prefix": "batch-scoring/data/raw"},
            "bucket_inf_prefix 'batch-scoring/data/raw/' holds ",
        ),
        (
            {"bucket_train_prefix": "retraining"},
            "bucket_train_prefix 'retraining/' holds what is wri",
        ),
        (
            {"bucket_inf_prefix": "pipelines/inference"},
            "what is written to pipelines 'pipelines/' holds bucket",
        ),
    ],
)
def test_folders_in_which_a_file_would_start_what_wrote_it_are_refused(read, changed, words):
    with pytest.raises(UsageError, match=words):
        read(**changed)


@pytest.mark.parametrize(("text", "words"), [("{", "is no JSON"), ("[]", "Input should be a valid dictionary")])
def test_a_file_that_is_none_is_told(tmp_path, text, words):
    from deploy.events import settings

    tmp_path.joinpath("config.json").write_text(text)

    with pytest.raises(UsageError, match=words):
        settings.read(str(tmp_path / "config.json"))


@pytest.fixture(scope="module")
def definitions():
    """Of the three pipelines."""
    from deploy.events import project
    from deploy.events.settings import Settings

    found = project.compile_pipelines(Settings.model_validate(GIVEN), None)
    return {name: read_definition(one.definition()) for name, one in found.items()}


def custom(step):
    return [{"step_name": step, "step_status": "Failed", "step_custom_message": "Oh"}]


@pytest.mark.parametrize("step", ["ModelQualityLost", "TuneAbaloneModel", "MonitorAbaloneDataQuality-monitoring"])
def test_a_step_of_any_of_the_pipelines_may_be_told_of(read, definitions, step):
    from deploy.events import project

    project.check(read(custom_notification_config=custom(step)), definitions)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"custom_notification_config": custom("ModelQualityLoss")},
            "custom_notification_config.0.step_name is 'ModelQualityLoss', which no pipeline has; did you mean",
        ),
        ({"training_parameters": {"MseThreshhold": "5"}}, r"training_parameters \(TrainingPipeline\): .*MseThreshhold"),
        ({"retraining_parameters": {"MseThreshold": "low"}}, r"retraining_parameters \(TrainingWHPOPipeline\): .*low"),
        ({"inference_parameters": {"BadRows": "Keep"}}, r"inference_parameters \(InferencePipeline\): .*Keep"),
    ],
)
def test_a_step_or_a_parameter_that_there_is_not_is_told(read, definitions, changed, words):
    from deploy.events import project

    with pytest.raises(UsageError, match=words):
        project.check(read(**changed), definitions)


def test_settings_reach_the_pipelines_jobs(read):
    from deploy.events import project

    key = "arn:aws:kms:eu-west-1:000000000000:key/a-key"
    found = project.compile_pipelines(
        read(kms_key=key, subnet_id="subnet-1", sg_id="sg-1", user_id="somebody", retraining_arguments={"max_jobs": 3}),
        None,
    )

    training = json.loads(found["pipeline_train"].definition())
    job = next(one for one in training["Steps"] if one["Name"] == "PreprocessAbaloneData")["Arguments"]
    assert job["ProcessingOutputConfig"]["KmsKeyId"] == key
    assert job["NetworkConfig"]["VpcConfig"] == {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
    assert {"Key": "user_id", "Value": "somebody"} in job["Tags"]
    tuning = json.loads(found["pipeline_trainwhpo"].definition())
    (tuned,) = [one for one in tuning["Steps"] if one["Type"] == "Tuning"]
    assert tuned["Arguments"]["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"] == 3
    batch = json.loads(found["pipeline_inf"].definition())
    (decided,) = [one for one in batch["Steps"] if one["Name"] == "CheckGroundTruthAvailable"]
    label = decided["Arguments"]["IfSteps"][1]["Arguments"]
    from deploy.events.settings import Settings, names

    (output,) = label["ProcessingOutputConfig"]["Outputs"]
    assert f"{output['S3Output']['S3Uri']}/" == names(Settings.model_validate(GIVEN), "000000000000")["LabelledData"]

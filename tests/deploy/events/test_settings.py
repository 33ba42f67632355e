"""Checks the configuration of deploy/events: Python and Terraform accept the same, and all errors are reported."""

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
REQUIRED_SETTINGS = {
    "region": "eu-west-1",
    "bucket_name": "a-bucket",
    "bucket_prefix": "shells",
    "role_arn": "arn:aws:iam::000000000000:role/jobs",
    "model_package_group_name": "Shells",
}


@pytest.fixture
def read(tmp_path):
    """Return a function that reads a configuration with these settings and the required ones."""
    from deploy.events import settings

    def read_changed(**changed):
        path = tmp_path / "config.json"
        path.write_text(
            json.dumps({name: value for name, value in (REQUIRED_SETTINGS | changed).items() if value is not None})
        )
        return settings.read(str(path))

    return read_changed


def variables():
    """Return Terraform's variables: name -> default, or ``...`` if it has none."""
    (document,) = [hcl2.loads((EVENTS / "variables.tf").read_text())]
    defaults = {}
    for block in document["variable"]:
        for name, members in block.items():
            default = members.get("default", ...)
            defaults[name.strip('"')] = unquote(default) if default is not ... else ...
    return defaults


def unquote(value):
    if isinstance(value, dict):
        return {key.strip('"'): unquote(member) for key, member in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        return [unquote(item) for item in value]
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


def test_the_template_file_lacks_only_bucket_and_role(read):
    from deploy.events import settings

    path = EVENTS / "events-config.tfvars.json"
    with pytest.raises(UsageError) as raised:
        settings.read(str(path))
    assert 'bucket_name is "": ' in str(raised.value) and 'role_arn is "": ' in str(raised.value)
    assert str(raised.value).count(";") == 1

    complete = settings.read(str(path), {"bucket_name": "a-bucket", "role_arn": REQUIRED_SETTINGS["role_arn"]})
    assert complete.pipeline_inf == "InferencePipeline"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"cool_down_hour": 3}, "cool_down_hour is not a setting; did you mean 'cool_down_hours'?"),
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
        ({"pipeline_train": "Same", "pipeline_inf": "same"}, "have to be three different names"),
        ({"training_parameters": {"MseThreshold": 5}}, "training_parameters.MseThreshold is 5: .* valid string"),
        (
            {"custom_notification_config": [{"step_name": "A", "step_status": "Failed", "step_msg": "Oh"}]},
            "step_custom_message is missing; custom_notification_config.0.step_msg is not a setting",
        ),
        (
            {"custom_notification_config": [{"step_name": "A", "step_status": "Bad", "step_custom_message": "Oh"}]},
            "custom_notification_config.0.step_status is \"Bad\": Input should be 'Starting'",
        ),
    ],
)
def test_errors_are_reported_with_place_and_value(read, changed, message):
    with pytest.raises(UsageError, match=message):
        read(**changed)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"bucket_inf_prefix": "training/data/raw/batches"},
            "bucket_train_prefix 'training/data/raw/' contains buck",
        ),
        (
            {"bucket_truth_prefix": "batch-scoring/data/raw"},
            "bucket_inf_prefix 'batch-scoring/data/raw/' contains ",
        ),
        (
            {"bucket_train_prefix": "retraining"},
            "bucket_train_prefix 'retraining/' contains what is wri",
        ),
        (
            {"bucket_inf_prefix": "pipelines/inference"},
            "what is written to pipelines 'pipelines/' contains bucket",
        ),
    ],
)
def test_nested_folders_are_rejected(read, changed, message):
    with pytest.raises(UsageError, match=message):
        read(**changed)


@pytest.mark.parametrize(
    ("text", "message"), [("{", "is not valid JSON"), ("[]", "Input should be a valid dictionary")]
)
def test_an_invalid_file_is_an_error(tmp_path, text, message):
    from deploy.events import settings

    tmp_path.joinpath("config.json").write_text(text)

    with pytest.raises(UsageError, match=message):
        settings.read(str(tmp_path / "config.json"))


@pytest.fixture(scope="module")
def definitions():
    """Return the definitions of the three pipelines."""
    from deploy.events import project
    from deploy.events.settings import Settings

    compiled = project.compile_pipelines(Settings.model_validate(REQUIRED_SETTINGS), None)
    return {name: read_definition(pipeline.definition()) for name, pipeline in compiled.items()}


def custom(step):
    return [{"step_name": step, "step_status": "Failed", "step_custom_message": "Oh"}]


@pytest.mark.parametrize("step", ["ModelQualityLost", "TuneAbaloneModel", "MonitorAbaloneDataQuality-monitoring"])
def test_notifications_may_name_a_step_of_any_pipeline(read, definitions, step):
    from deploy.events import project

    project.check(read(custom_notification_config=custom(step)), definitions)


@pytest.mark.parametrize(
    ("changed", "message"),
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
def test_an_unknown_step_or_parameter_is_an_error(read, definitions, changed, message):
    from deploy.events import project

    with pytest.raises(UsageError, match=message):
        project.check(read(**changed), definitions)


def test_settings_reach_the_pipelines_jobs(read):
    from deploy.events import project

    key = "arn:aws:kms:eu-west-1:000000000000:key/a-key"
    compiled = project.compile_pipelines(
        read(kms_key=key, subnet_id="subnet-1", sg_id="sg-1", user_id="somebody", retraining_arguments={"max_jobs": 3}),
        None,
    )

    training = json.loads(compiled["pipeline_train"].definition())
    job = next(step for step in training["Steps"] if step["Name"] == "PreprocessAbaloneData")["Arguments"]
    assert job["ProcessingOutputConfig"]["KmsKeyId"] == key
    assert job["NetworkConfig"]["VpcConfig"] == {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
    assert {"Key": "user_id", "Value": "somebody"} in job["Tags"]
    tuning = json.loads(compiled["pipeline_trainwhpo"].definition())
    (tuning_step,) = [step for step in tuning["Steps"] if step["Type"] == "Tuning"]
    assert tuning_step["Arguments"]["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"] == 3
    batch = json.loads(compiled["pipeline_inf"].definition())
    (condition,) = [step for step in batch["Steps"] if step["Name"] == "CheckGroundTruthAvailable"]
    label = condition["Arguments"]["IfSteps"][1]["Arguments"]
    from deploy.events.settings import Settings, placeholders

    (output,) = label["ProcessingOutputConfig"]["Outputs"]
    assert (
        f"{output['S3Output']['S3Uri']}/"
        == placeholders(Settings.model_validate(REQUIRED_SETTINGS), "000000000000")["LabelledData"]
    )

"""Training scripts of the user's, as AWS's training toolkit runs them, in the XGBoost and scikit-learn images."""

from __future__ import annotations

import json

from local_sagemaker.testing import BUCKET, ROLE, SCIKIT_LEARN, XGBOOST, archive, run

import pytest

CODE = f"s3://{BUCKET}/code/sourcedir.tar.gz"
#: Writes down all that it was told.
TELLS = """
import json, os, sys, helper
told = {"argv": sys.argv[1:], "env": {k: v for k, v in os.environ.items() if k.startswith("SM_")}, "cwd": os.getcwd()}
with open(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "rows.csv")) as file:
    told["rows"] = file.read()
with open(os.path.join(os.environ["SM_MODEL_DIR"], "told.json"), "w") as file:
    json.dump(told, file)
print(helper.WORDS)
"""
OWN = {"sagemaker_program": "train.py", "sagemaker_submit_directory": CODE}
HELPER = b'WORDS = "score=0.5;"\n'


@pytest.fixture
def trained(session, account):
    """Train with a script; how it ended, and what the script wrote down."""
    account.objects.write(BUCKET, "train/rows.csv", b"1,2\n")

    def ended(files, image=XGBOOST, own=OWN, **hyperparameters):
        account.objects.write(BUCKET, "code/sourcedir.tar.gz", archive(files))
        source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/train/"}}
        step = {
            "Name": "Train",
            "Type": "Training",
            "Arguments": {
                "RoleArn": ROLE,
                "AlgorithmSpecification": {
                    "TrainingImage": image,
                    "TrainingInputMode": "File",
                    "MetricDefinitions": [{"Name": "score", "Regex": "score=(.*?);"}],
                },
                "HyperParameters": {**own, **hyperparameters},
                "InputDataConfig": [{"ChannelName": "train", "ContentType": "text/csv", "DataSource": source}],
                "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 30},
                "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
                "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
            },
        }
        ran = run(session, {"Version": "2020-12-01", "Steps": [step]})
        name = ran.steps["Train"]["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
        return ran, session.client("sagemaker"), name

    return ended


def told(account, name):
    import tarfile

    with tarfile.open(account.objects.find(BUCKET, f"models/{name}/output/model.tar.gz")) as tar:
        return json.load(tar.extractfile("told.json"))


@pytest.mark.parametrize("image", [XGBOOST, SCIKIT_LEARN])
def test_a_script_gets_its_hyperparameters_as_options_and_all_else_as_variables(trained, account, image):
    given = {
        "sizes": '{"a": 1, "b": 2}',
        "none": "null",
        "epochs": "3",
        "layers": '["x", "y"]',
        "loss": '"mse"',
        "is-quick": "true",
        "n": "7",
        "name": "a b",
    }

    ran, client, name = trained({"train.py": TELLS.encode(), "helper.py": HELPER}, image, **given)

    assert ran.status == "Succeeded", ran.steps["Train"]["FailureReason"]
    found = told(account, name)
    assert found["argv"] == [
        "--epochs", "3", "--is-quick", "True", "--layers", "['x', 'y']", "--loss", "mse", "-n", "7", "--name", "a b",
        "--none", "", "--sizes", "a=1,b=2",
    ]  # fmt: skip
    environment = found["env"]
    assert environment["SM_MODEL_DIR"].endswith("/opt/ml/model")
    assert environment["SM_OUTPUT_DATA_DIR"].endswith("/opt/ml/output/data")
    assert json.loads(environment["SM_CHANNELS"]) == ["train"]
    assert json.loads(environment["SM_HPS"]) == {
        "epochs": 3, "layers": ["x", "y"], "loss": "mse", "is-quick": True, "n": 7, "name": "a b", "none": None,
        "sizes": {"a": 1, "b": 2},
    }  # fmt: skip
    assert environment["SM_HP_EPOCHS"] == "3"
    assert environment["SM_HP_IS-QUICK"] == "true"
    assert environment["SM_HP_SIZES"] == '{"a":1,"b":2}'
    assert environment["SM_CURRENT_HOST"] == "algo-1"
    assert json.loads(environment["SM_HOSTS"]) == ["algo-1"]
    assert json.loads(environment["SM_TRAINING_ENV"])["hyperparameters"]["epochs"] == 3
    assert found["cwd"].endswith("/opt/ml/code")
    assert found["rows"] == "1,2\n"
    (metric,) = client.describe_training_job(TrainingJobName=name)["FinalMetricDataList"]
    assert (metric["MetricName"], metric["Value"]) == ("score", 0.5)


def test_values_may_be_quoted_as_sdk_v2_quotes_them(trained, account):
    quoted = {"sagemaker_program": '"train.py"', "sagemaker_submit_directory": json.dumps(CODE)}

    ran, _, name = trained({"train.py": TELLS.encode(), "helper.py": HELPER}, **quoted, epochs="2")

    assert ran.status == "Succeeded", ran.steps["Train"]["FailureReason"]
    assert told(account, name)["argv"] == ["--epochs", "2"]


def test_a_shell_script_is_run_too(trained):
    ran, _, _ = trained({"train.sh": b'echo "$@" > "$SM_MODEL_DIR/model"'}, sagemaker_program="train.sh", epochs="2")

    assert ran.status == "Succeeded", ran.steps["Train"]["FailureReason"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"other.py": b"1"}, "there is no script train.py in sagemaker_submit_directory: other.py"),
        ({"train.py": b"import sys\nsys.exit('no rows today')"}, "no rows today"),
        ({"train.py": b"pass"}, "left no file in /opt/ml/model"),
    ],
)
def test_a_script_that_fails_says_why(trained, files, message):
    ran, _, _ = trained(files)

    assert ran.status == "Failed"
    assert message in ran.steps["Train"]["FailureReason"]


def test_an_archive_that_is_not_there_is_told(trained):
    ran, _, _ = trained({"train.py": b"1"}, sagemaker_submit_directory=f"s3://{BUCKET}/code/none.tar.gz")

    assert f"Could not find model data at s3://{BUCKET}/code/none.tar.gz" in ran.steps["Train"]["FailureReason"]


def test_the_scikit_learn_image_has_no_algorithm_of_its_own(trained):
    ran, _, _ = trained({"train.py": b"1"}, SCIKIT_LEARN, own={})

    assert (
        "a scikit-learn model is trained by a script: name it in sagemaker_program"
        in (ran.steps["Train"]["FailureReason"])
    )

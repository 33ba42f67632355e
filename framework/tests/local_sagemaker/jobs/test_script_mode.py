"""Tests training scripts of users in the XGBoost and scikit-learn images, as AWS's training toolkit runs them."""

from __future__ import annotations

import json
from importlib.util import find_spec

from local_sagemaker.testing import BUCKET, ROLE, SCIKIT_LEARN, XGBOOST, archive, run

import pytest
from wheels import wheel, wheel_name

CODE = f"s3://{BUCKET}/code/sourcedir.tar.gz"
#: Writes a report of all that it receives.
REPORTS = """
import json, os, sys, helper
report = {"argv": sys.argv[1:], "env": {k: v for k, v in os.environ.items() if k.startswith("SM_")}, "cwd": os.getcwd()}
with open(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "rows.csv")) as file:
    report["rows"] = file.read()
with open(os.path.join(os.environ["SM_MODEL_DIR"], "report.json"), "w") as file:
    json.dump(report, file)
print(helper.TEXT)
"""
OWN = {"sagemaker_program": "train.py", "sagemaker_submit_directory": CODE}
HELPER = b'TEXT = "score=0.5;"\n'


@pytest.fixture
def train(session, account):
    """Return a function that trains with a script; it returns the result, a client, and the job's name."""
    account.objects.write(BUCKET, "train/rows.csv", b"1,2\n")

    def run_training(files, image=XGBOOST, own=OWN, **hyperparameters):
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
        result = run(session, {"Version": "2020-12-01", "Steps": [step]})
        name = result.steps["Train"]["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
        return result, session.client("sagemaker"), name

    return run_training


def read_report(account, name):
    import tarfile

    with tarfile.open(account.objects.find(BUCKET, f"models/{name}/output/model.tar.gz")) as tar:
        return json.load(tar.extractfile("report.json"))


@pytest.mark.parametrize("image", [XGBOOST, SCIKIT_LEARN])
def test_a_script_gets_hyperparameters_as_options_and_the_rest_as_variables(train, account, image):
    hyperparameters = {
        "sizes": '{"a": 1, "b": 2}',
        "none": "null",
        "epochs": "3",
        "layers": '["x", "y"]',
        "loss": '"mse"',
        "is-quick": "true",
        "n": "7",
        "name": "a b",
    }

    result, client, name = train({"train.py": REPORTS.encode(), "helper.py": HELPER}, image, **hyperparameters)

    assert result.status == "Succeeded", result.steps["Train"]["FailureReason"]
    report = read_report(account, name)
    assert report["argv"] == [
        "--epochs", "3", "--is-quick", "True", "--layers", "['x', 'y']", "--loss", "mse", "-n", "7", "--name", "a b",
        "--none", "", "--sizes", "a=1,b=2",
    ]  # fmt: skip
    environment = report["env"]
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
    assert report["cwd"].endswith("/opt/ml/code")
    assert report["rows"] == "1,2\n"
    (metric,) = client.describe_training_job(TrainingJobName=name)["FinalMetricDataList"]
    assert (metric["MetricName"], metric["Value"]) == ("score", 0.5)


def test_values_can_be_quoted_as_by_sdk_v2(train, account):
    quoted = {"sagemaker_program": '"train.py"', "sagemaker_submit_directory": json.dumps(CODE)}

    result, _, name = train({"train.py": REPORTS.encode(), "helper.py": HELPER}, **quoted, epochs="2")

    assert result.status == "Succeeded", result.steps["Train"]["FailureReason"]
    assert read_report(account, name)["argv"] == ["--epochs", "2"]


def test_a_shell_script_is_run_too(train):
    result, _, _ = train({"train.sh": b'echo "$@" > "$SM_MODEL_DIR/model"'}, sagemaker_program="train.sh", epochs="2")

    assert result.status == "Succeeded", result.steps["Train"]["FailureReason"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"other.py": b"1"}, "the script train.py is not in sagemaker_submit_directory, which has: other.py"),
        ({"train.py": b"import sys\nsys.exit('no rows today')"}, "no rows today"),
    ],
)
def test_a_script_that_fails_says_why(train, files, message):
    result, _, _ = train(files)

    assert result.status == "Failed"
    assert message in result.steps["Train"]["FailureReason"]


def test_a_missing_archive_is_reported(train):
    result, _, _ = train({"train.py": b"1"}, sagemaker_submit_directory=f"s3://{BUCKET}/code/none.tar.gz")

    assert f"Could not find model data at s3://{BUCKET}/code/none.tar.gz" in result.steps["Train"]["FailureReason"]


def test_the_scikit_learn_image_has_no_algorithm_of_its_own(train):
    result, _, _ = train({"train.py": b"1"}, SCIKIT_LEARN, own={})

    assert (
        "a scikit-learn model is trained by a script; name it in the hyperparameter sagemaker_program"
        in (result.steps["Train"]["FailureReason"])
    )


REQUIRES = b"import invented_package, os\nopen(os.environ['SM_MODEL_DIR'] + '/model', 'w').write('x')\n"


def test_requirements_are_installed_for_the_job_alone(train):
    files = {
        "train.py": REQUIRES,
        "requirements.txt": b"--no-index\n--find-links wheels\ninvented-package\n",
        f"wheels/{wheel_name('invented-package')}": wheel("invented-package"),
    }

    result, _, _ = train(files)

    assert result.status == "Succeeded", result.steps["Train"]["FailureReason"]
    assert find_spec("invented_package") is None


def test_requirements_that_cannot_be_installed_fail_the_job(train):
    result, _, _ = train({"train.py": REQUIRES, "requirements.txt": b"--no-index\ninvented-package\n"})

    assert "requirements.txt cannot be installed: ERROR" in result.steps["Train"]["FailureReason"]


def test_requirements_are_reported_where_no_index_can_be_reached(train, account):
    code = REQUIRES.replace(b"invented_package", b"json")
    requirements = b"--index-url http://127.0.0.1:9/simple\ninvented-package\n"

    result, _, name = train({"train.py": code, "requirements.txt": requirements})

    assert result.status == "Succeeded", result.steps["Train"]["FailureReason"]
    log = (account.root / "jobs" / name / "algo-1.log").read_text()
    assert "is not installed: no package index can be reached" in log


def test_a_script_may_be_named_as_a_module(train):
    code = b"import os\nopen(os.environ['SM_MODEL_DIR'] + '/model', 'w').write('x')\n"

    result, _, _ = train({"train.py": code}, own={**OWN, "sagemaker_program": "train"})

    assert result.status == "Succeeded", result.steps["Train"]["FailureReason"]

"""The built-in XGBoost algorithm reads hyperparameters and channels and writes a model."""

from __future__ import annotations

import math
import tarfile
from importlib import import_module

from local_sagemaker.images import find_image
from local_sagemaker.images.xgboost.channels import load
from local_sagemaker.testing import BUCKET, XGBOOST, model_step, processing_step, run, transform_step

import pytest
import xgboost as xgb
from trainings import OUTPUT, ROWS, describe_job, training


@pytest.mark.usefixtures("data")
def test_training_writes_a_model_and_its_metrics(session, client, account):
    ran = run(
        session, {"Steps": [training({"num_round": "5", "objective": "reg:squarederror", "eval_metric": "rmse"})]}
    )

    assert ran.status == "Succeeded"
    job = describe_job(client, ran)
    metrics = {m["MetricName"]: m["Value"] for m in job["FinalMetricDataList"]}
    assert metrics.keys() == {"train:rmse", "validation:rmse"}
    assert all(0 < value < 40 for value in metrics.values())
    uri = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert uri == f"{OUTPUT}/{job['TrainingJobName']}/output/model.tar.gz"
    with tarfile.open(account.objects.find(BUCKET, uri.removeprefix(f"s3://{BUCKET}/"))) as archive:
        assert archive.getnames() == ["xgboost-model"]
        booster = xgb.Booster(model_file=bytearray(archive.extractfile("xgboost-model").read()))
    assert booster.num_boosted_rounds() == 5


@pytest.mark.usefixtures("data")
def test_the_same_seed_gives_the_same_bytes(session, account):
    hyperparameters = {"num_round": "5", "seed": "7", "subsample": "0.5"}
    steps = [{**training(hyperparameters), "Name": name} for name in ("Train", "Again")]

    assert run(session, {"Steps": steps}).status == "Succeeded"

    models = [path.read_bytes() for key, path in account.objects.keys(BUCKET, "models/") if key.endswith(".tar.gz")]
    assert len(models) == 2
    assert models[0] == models[1]


FORMER = XGBOOST.replace("3.2-0", "1.0-1-cpu-py3")
#: As AWS's own abalone samples read the model of an image before 1.3-1.
READS_PICKLE = """
import pickle, tarfile, numpy, xgboost
from sagemaker_xgboost_container.data_utils import get_dmatrix
tarfile.open("/opt/ml/processing/model/model.tar.gz").extractall("/tmp/x")
model = pickle.load(open("/tmp/x/xgboost-model", "rb"))
rows = get_dmatrix("/opt/ml/processing/rows", "text/csv")
open("/opt/ml/processing/out/scores", "w").write(" ".join(map(str, model.predict(rows))))
"""


@pytest.mark.usefixtures("data")
def test_an_image_before_1_3_takes_silent_and_pickles_its_model(session, account):
    train = training({"num_round": "2", "silent": "0", "objective": "reg:linear"}, image=FORMER)
    inputs = {"model": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}, "rows": f"s3://{BUCKET}/train/"}
    read = processing_step("Read", session, READS_PICKLE, inputs=inputs, outputs={"out": f"s3://{BUCKET}/out"})
    read["Arguments"]["AppSpecification"]["ImageUri"] = FORMER
    model = model_step("Model", {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}, image=FORMER)
    rows = "".join(f"{line.partition(',')[2]}\n" for line in ROWS.splitlines())
    account.objects.write(BUCKET, "rows/rows.csv", rows.encode())
    transform = transform_step(
        "Transform", {"Get": "Steps.Model.ModelName"}, f"s3://{BUCKET}/rows/", f"s3://{BUCKET}/scores"
    )

    ran = run(session, {"Steps": [train, read, model, transform]})

    assert ran.status == "Succeeded", ran.steps
    served = account.objects.find(BUCKET, "scores/rows.csv.out").read_text().split()
    read_scores = account.objects.find(BUCKET, "out/scores").read_text().split()
    assert [float(score) for score in served] == pytest.approx([float(score) for score in read_scores])


@pytest.mark.usefixtures("data")
def test_a_former_hyperparameter_is_checked(session):
    ran = run(session, {"Steps": [training({"num_round": "2", "silent": "yes"}, image=FORMER)]})

    assert "'silent' is 'yes'; it must be an integer" in ran.steps["Train"]["FailureReason"]


@pytest.mark.parametrize(
    ("hyperparameters", "reason"),
    [
        ({}, "hyperparameter 'num_round' is required"),
        ({"num_round": "0"}, "'num_round' is '0'; it must be an integer in [1, inf]"),
        ({"num_round": "5", "eta": "1.5"}, "'eta' is '1.5'; it must be a number in [0, 1]"),
        ({"num_round": "5", "subsample": "0"}, "must be a number in (0, 1]"),
        ({"num_round": "5", "max_dept": "3"}, "unknown hyperparameter 'max_dept'; did you mean 'max_depth'?"),
        ({"num_round": "5", "silent": "0"}, "'silent' is not supported: use verbosity"),
        ({"num_round": "5", "booster": "tree"}, "must be one of gbtree, gblinear, dart"),
        ({"num_round": "5", "objective": "reg:nothing"}, "XGBoost: "),
    ],
)
@pytest.mark.usefixtures("data")
def test_hyperparameters_are_checked_by_name_type_and_range(session, hyperparameters, reason):
    ran = run(session, {"Steps": [training(hyperparameters)]})

    assert reason in ran.steps["Train"]["FailureReason"]
    assert ran.steps["Train"]["FailureReason"].startswith("ClientError: AlgorithmError: ")


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("1,2\n3,x\n", "part.csv, line 2, column 2: 'x' is not a number"),
        ("1,2\n3,4,5\n", "part.csv, line 2: 3 columns, expected 2"),
        ("1,2,3\n3,4\n", "part.csv, line 2: 2 columns, expected 3"),
        (",2\n3,4\n", "channel 'train': "),
        ("1,2\n\xff,4\n", "part.csv"),
        ("", "channel 'train' has no rows"),
        ("1\n2\n", "no feature besides the label"),
    ],
)
def test_unreadable_channels_are_reported(session, account, rows, reason):
    account.objects.write(BUCKET, "train/part.csv", rows.encode("latin-1"))
    account.objects.write(BUCKET, "validation/part.csv", ROWS.encode())

    ran = run(session, {"Steps": [training({"num_round": "2"})]})

    assert reason in ran.steps["Train"]["FailureReason"]
    assert list(account.objects.keys(BUCKET, "models/")) == []


@pytest.mark.usefixtures("data")
def test_an_unsupported_content_type_is_refused(session):
    ran = run(session, {"Steps": [training({"num_round": "2"}, content_type="image/png")]})

    reason = ran.steps["Train"]["FailureReason"]
    assert "content type 'image/png'; use text/csv, text/libsvm, text/x-libsvm" in reason


@pytest.mark.usefixtures("data")
def test_early_stopping_keeps_the_best_rounds(session, client, account):
    step = training({"num_round": "500", "early_stopping_rounds": "2", "eta": "1", "lambda": "0"})

    ran = run(session, {"Steps": [step]})

    assert ran.status == "Succeeded"
    values = [m["Value"] for m in describe_job(client, ran)["FinalMetricDataList"]]
    assert all(math.isfinite(v) for v in values)
    key = describe_job(client, ran)["ModelArtifacts"]["S3ModelArtifacts"].removeprefix(f"s3://{BUCKET}/")
    with tarfile.open(account.objects.path(BUCKET, key)) as archive:
        booster = xgb.Booster(model_file=bytearray(archive.extractfile("xgboost-model").read()))
    assert booster.num_boosted_rounds() < 500


@pytest.mark.parametrize("text", [b"0 1:5 2:7\n", b"0 0:5 1:7\n1 2:1\n"])
def test_libsvm_columns_are_those_of_xgboost(tmp_path, monkeypatch, text):
    monkeypatch.syspath_prepend(find_image({}, XGBOOST).site)
    data_utils, encoder = (import_module(f"sagemaker_xgboost_container.{name}") for name in ("data_utils", "encoder"))
    (tmp_path / "rows").write_bytes(text)
    expected = load(tmp_path, "text/libsvm", False, None).get_data().toarray().tolist()  # by the built-in algorithm

    assert encoder.libsvm_to_dmatrix(text).get_data().toarray().tolist() == expected
    assert data_utils.get_dmatrix(str(tmp_path), "text/libsvm").get_data().toarray().tolist() == expected


def test_csv_has_its_label_and_its_weights(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(find_image({}, XGBOOST).site)
    data_utils = import_module("sagemaker_xgboost_container.data_utils")
    (tmp_path / "a.csv").write_text("1,0.5,7\n")
    (tmp_path / "b.csv").write_text("2,1.5,\n")

    matrix = data_utils.get_dmatrix(str(tmp_path), "text/csv", csv_weights=1)

    assert (matrix.get_label().tolist(), matrix.get_weight().tolist()) == ([1, 2], [0.5, 1.5])
    assert matrix.num_col() == 1
    assert data_utils.get_dmatrix(str(tmp_path / "none"), "text/csv") is None
    with pytest.raises(ValueError, match="is not an accepted content type"):
        data_utils.get_dmatrix(str(tmp_path), "image/png")

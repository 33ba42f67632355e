"""Tests channels of the built-in XGBoost: the same rows in libsvm and Parquet give the same model as CSV."""

from __future__ import annotations

import tarfile

from local_sagemaker.testing import BUCKET, ROLE, XGBOOST, run

import numpy as np
import pyarrow as pa
import pytest
import xgboost as xgb
from pyarrow import parquet

RANDOM = np.random.default_rng(0)
TABLE = np.column_stack([np.zeros(60), RANDOM.normal(size=(60, 3)).round(3)])
TABLE[:, 0] = (2 * TABLE[:, 1] - TABLE[:, 2]).round(3)
TABLE[::7, 2] = np.nan


def as_csv(table):
    return "".join(",".join("" if np.isnan(v) else repr(float(v)) for v in row) + "\n" for row in table).encode()


def as_libsvm(table):
    rows = (
        " ".join([repr(float(row[0])), *(f"{n}:{float(v)!r}" for n, v in enumerate(row[1:]) if not np.isnan(v))])
        for row in table
    )
    return "".join(f"{row}\n" for row in rows).encode()


def as_parquet(table):
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.table({f"c{n}": column for n, column in enumerate(table.T)}), sink)
    return sink.getvalue().to_pybytes()


FORMATS = {
    "text/csv": as_csv,
    "text/libsvm": as_libsvm,
    "text/x-libsvm": as_libsvm,
    "": as_libsvm,
    "application/x-parquet": as_parquet,
}


@pytest.fixture
def train(session, account, tmp_path):
    """Return a function that trains on files of a content type; it returns the result and the model's predictions."""

    def run_training(content_type, *files, predict=True):
        for number, content in enumerate(files):
            account.objects.write(BUCKET, f"train/part-{number}", content)
        source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/train/"}}
        channel = {"ChannelName": "train", "DataSource": source} | (
            {"ContentType": content_type} if content_type else {}
        )
        step = {
            "Name": "Train",
            "Type": "Training",
            "Arguments": {
                "RoleArn": ROLE,
                "AlgorithmSpecification": {"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
                "HyperParameters": {"num_round": "5", "max_depth": "3"},
                "InputDataConfig": [channel],
                "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 30},
                "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
                "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
            },
        }
        result = run(session, {"Version": "2020-12-01", "Steps": [step]})
        if result.status != "Succeeded" or not predict:
            return result, None
        name = result.steps["Train"]["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
        with tarfile.open(account.objects.find(BUCKET, f"models/{name}/output/model.tar.gz")) as tar:
            content = tar.extractfile("xgboost-model").read()
        return result, xgb.Booster(model_file=bytearray(content)).inplace_predict(TABLE[:, 1:].astype(np.float32))

    return run_training


@pytest.fixture
def expected_predictions():
    """Return the predictions of a model that is trained on the same rows without the framework."""
    rows = TABLE.astype(np.float32)
    booster = xgb.train({"max_depth": 3}, xgb.DMatrix(rows[:, 1:], rows[:, 0]), 5)
    return booster.inplace_predict(rows[:, 1:])


@pytest.mark.parametrize("content_type", FORMATS)
def test_two_files_of_any_format_give_the_model_of_all_rows(train, expected_predictions, content_type):
    write = FORMATS[content_type]

    result, predictions = train(content_type, write(TABLE[:40]), write(TABLE[40:]))

    assert result.status == "Succeeded", result.steps["Train"]["FailureReason"]
    assert np.allclose(predictions, expected_predictions)


def test_whole_numbers_that_a_float_cannot_hold_are_rounded_as_in_csv(train):
    table = np.column_stack([np.arange(20.0), np.arange(20.0) + 2**24 + 1])
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.table({f"c{n}": column.astype(int) for n, column in enumerate(table.T)}), sink)
    result, _ = train("application/x-parquet", sink.getvalue().to_pybytes(), predict=False)

    assert result.status == "Succeeded", result.steps["Train"]["FailureReason"]


@pytest.mark.parametrize(
    ("content_type", "content", "message"),
    [
        ("text/libsvm", b"1.0 a:b\n", "part-0 cannot be read as libsvm"),
        ("text/libsvm", b"1.0 -1:2\n", "part-0 cannot be read as libsvm"),
        ("application/x-parquet", b"no parquet", "part-0 cannot be read as Parquet of numbers"),
    ],
)
def test_a_file_of_another_format_is_reported(train, content_type, content, message):
    result, _ = train(content_type, content)

    assert result.status == "Failed"
    assert message in result.steps["Train"]["FailureReason"]

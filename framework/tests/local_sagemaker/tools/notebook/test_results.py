"""Tests how an execution's results are read: logs as CloudWatch and this machine have them, documents of checks."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("itables", reason="of the extra 'notebook'")
pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")

from local_sagemaker.tools.notebook import results
from local_sagemaker.tools.notebook.running import public, steps
from pipelines.notebook import where

import numpy as np
from moto_answers import succeeded_step
from moto_over_http import BUCKET

JOB = "arn:aws:sagemaker:eu-west-1:123456789012:training-job/train"
XGBOOST = ["[0]#011train-rmse:8.06#011validation-rmse:3.2e+01", "no round", "[1]\ttrain-rmse:nan\tvalidation-rmse:2.5"]
KERAS = ["Epoch 1/200", "66/66 - 1s - 9ms/step - loss: 80.5 - mae: 7.9 - val_loss: 40.25 - val_mae: 5.1", "Epoch 2/200",
         "66/66 - 0s - 2ms/step - loss: 30.0 - mae: 4.9 - val_loss: 20.5 - val_mae: 3.1"]  # fmt: skip


class Execution:
    arn = "arn:aws:sagemaker:eu-west-1:123456789012:pipeline/shells/execution/abc"


@pytest.fixture
def target(aws, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return where.choose(where.SAGEMAKER)


@pytest.fixture
def read_curves(aws, target):
    """Return a function that returns the learning curves of a training job with this log."""

    def run(lines):
        aws.steps[Execution.arn] = [succeeded_step("Train", TrainingJob={"Arn": JOB})]
        aws.logs["train/algo-1"] = lines
        return results.learning_curves(target, Execution, "Train")

    return run


def test_curves_are_read_from_what_xgboost_logs(read_curves):
    curves = read_curves(XGBOOST)

    assert list(curves.columns) == ["train-rmse", "validation-rmse"]
    assert curves["validation-rmse"].to_list() == [32.0, 2.5]
    assert np.isnan(curves["train-rmse"][1])


def test_curves_are_read_from_what_keras_logs(read_curves):
    curves = read_curves(KERAS)

    assert curves.to_dict("list") == {"loss": [80.5, 30.0], "val_loss": [40.25, 20.5]}
    assert list(curves.index) == [1, 2]


def test_a_log_without_rounds_and_a_step_that_has_not_run_are_reported(read_curves, target):
    with pytest.raises(LookupError, match="the log of train has no training round"):
        read_curves(["hello"])
    with pytest.raises(LookupError, match="no step 'Tune' has run; these have: Train"):
        results.learning_curves(target, Execution, "Tune")


@pytest.fixture
def read_check(aws, target):
    """Return a function that makes a check with these documents, and returns a function that reads them."""

    def run(**documents):
        uris = {}
        for name, document in documents.items():
            aws.client("s3").put_object(Bucket=BUCKET, Key=f"{name}.json", Body=json.dumps(document).encode())
            uris[name] = f"s3://{BUCKET}/{name}.json"
        aws.steps[Execution.arn] = [succeeded_step("Check", QualityCheck=uris), succeeded_step("End")]
        return lambda read: read(target, Execution, "Check")

    return run


def test_a_check_that_compared_has_its_baseline_and_its_violations(read_check):
    report = {"violations": [{"feature_name": "length"}, {"feature_name": "length"}]}
    files = {"CalculatedBaselineStatistics": {"now": 1}, "BaselineUsedForDriftCheckStatistics": {"before": 1}}

    documents = read_check(**files, ViolationReport=report)(results.statistics)

    assert documents == ({"before": 1}, {"now": 1}, ["length"])


def test_a_first_check_is_its_own_baseline(read_check):
    assert read_check(CalculatedBaselineStatistics={"now": 1})(results.statistics) == ({"now": 1}, {"now": 1}, [])


def test_a_check_without_statistics_and_a_step_that_is_not_a_check_are_reported(read_check, target):
    read = read_check()
    with pytest.raises(LookupError, match="Check has calculated no statistics"):
        read(results.statistics)
    with pytest.raises(LookupError, match="End is not a check"):
        results.statistics(target, Execution, "End")


def test_bias_consists_of_the_metrics_that_are_0_without_bias(read_check):
    metrics = [{"name": "DPPL", "value": 0.2}, {"name": "DI", "value": 1.0}, {"name": "AD", "value": "Infinity"}]
    facets = {"facets": {"sex_F": [{"value_or_threshold": "(0.5, 1.0]", "metrics": metrics}]}}

    documents = read_check(CalculatedBaselineConstraints={"post_training_bias_metrics": facets})(results.analyses)

    assert results.bias(documents)["now"].to_dict() == {"sex_F: DPPL": 0.2}


def test_a_table_of_steps_names_no_account_and_no_user(aws, target):
    reason = "User: arn:aws:sts::123456789012:assumed-role/space/somebody@a.example is not authorized"
    aws.steps[Execution.arn] = [succeeded_step("Train") | {"StepStatus": "Failed", "FailureReason": reason}]

    table = steps(target, Execution).to_string()

    assert "arn:aws:sts::<account>:assumed-role/space/<somebody> is not authorized" in table
    assert public("s3://sagemaker-eu-west-1-123456789012/a") == "s3://sagemaker-eu-west-1-<account>/a"

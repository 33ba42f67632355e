"""What an execution has left, as numbers: logs as CloudWatch and as this machine has them, documents of checks."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("itables", reason="of the extra 'notebook'")
pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")

from local_sagemaker.tools.notebook import results
from local_sagemaker.tools.notebook.running import public, steps
from pipelines.notebook import where

import numpy as np
from moto_answers import succeeded
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
def trained(aws, target):
    """The curves of a training job with this log."""

    def run(lines):
        aws.steps[Execution.arn] = [succeeded("Train", TrainingJob={"Arn": JOB})]
        aws.logs["train/algo-1"] = lines
        return results.learning_curves(target, Execution, "Train")

    return run


def test_curves_are_read_from_what_xgboost_logs(trained):
    found = trained(XGBOOST)

    assert list(found.columns) == ["train-rmse", "validation-rmse"]
    assert found["validation-rmse"].to_list() == [32.0, 2.5]
    assert np.isnan(found["train-rmse"][1])


def test_curves_are_read_from_what_keras_logs(trained):
    found = trained(KERAS)

    assert found.to_dict("list") == {"loss": [80.5, 30.0], "val_loss": [40.25, 20.5]}
    assert list(found.index) == [1, 2]


def test_a_log_without_rounds_and_a_step_that_has_not_run_are_told(trained, target):
    with pytest.raises(LookupError, match="the log of train tells of no round"):
        trained(["hello"])
    with pytest.raises(LookupError, match="no step 'Tune' has run; these have: Train"):
        results.learning_curves(target, Execution, "Tune")


@pytest.fixture
def checked(aws, target):
    """A check with these documents, by the ends of their names."""

    def run(**documents):
        uris = {}
        for name, document in documents.items():
            aws.client("s3").put_object(Bucket=BUCKET, Key=f"{name}.json", Body=json.dumps(document).encode())
            uris[name] = f"s3://{BUCKET}/{name}.json"
        aws.steps[Execution.arn] = [succeeded("Check", QualityCheck=uris), succeeded("End")]
        return lambda find: find(target, Execution, "Check")

    return run


def test_a_check_that_compared_is_told_with_its_baseline_and_its_violations(checked):
    report = {"violations": [{"feature_name": "length"}, {"feature_name": "length"}]}
    given = {"CalculatedBaselineStatistics": {"now": 1}, "BaselineUsedForDriftCheckStatistics": {"before": 1}}

    found = checked(**given, ViolationReport=report)(results.statistics)

    assert found == ({"before": 1}, {"now": 1}, ["length"])


def test_a_first_one_is_its_own_baseline(checked):
    assert checked(CalculatedBaselineStatistics={"now": 1})(results.statistics) == ({"now": 1}, {"now": 1}, [])


def test_what_is_no_check_or_has_calculated_nothing_is_told(checked, target):
    look = checked()
    with pytest.raises(LookupError, match="Check has calculated no statistics"):
        look(results.statistics)
    with pytest.raises(LookupError, match="End is no check"):
        results.statistics(target, Execution, "End")


def test_bias_is_told_by_metrics_of_which_0_is_none(checked):
    metrics = [{"name": "DPPL", "value": 0.2}, {"name": "DI", "value": 1.0}, {"name": "AD", "value": "Infinity"}]
    facets = {"facets": {"sex_F": [{"value_or_threshold": "(0.5, 1.0]", "metrics": metrics}]}}

    found = checked(CalculatedBaselineConstraints={"post_training_bias_metrics": facets})(results.analyses)

    assert results.bias(found)["now"].to_dict() == {"sex_F: DPPL": 0.2}


def test_a_table_of_steps_names_no_account_and_nobody(aws, target):
    reason = "User: arn:aws:sts::123456789012:assumed-role/space/somebody@a.example is not authorized"
    aws.steps[Execution.arn] = [succeeded("Train") | {"StepStatus": "Failed", "FailureReason": reason}]

    shown = steps(target, Execution).to_string()

    assert "arn:aws:sts::<account>:assumed-role/space/<somebody> is not authorized" in shown
    assert public("s3://sagemaker-eu-west-1-123456789012/a") == "s3://sagemaker-eu-west-1-<account>/a"

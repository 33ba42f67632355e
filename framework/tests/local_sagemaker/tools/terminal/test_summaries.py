"""Tests how an execution is rendered as text."""

from __future__ import annotations

from local_sagemaker.tools.terminal.summaries import text


def test_the_text_of_a_success_has_model_metric_and_files():
    model = {
        "arn": "arn:model/1",
        "group": "G",
        "version": 1,
        "approval_status": "Approved",
        "model_data": "s3://bucket/model.tar.gz",
        "metric": "regression_metrics.mse.value",
        "value": 4.25,
        "threshold": 6.0,
        "naive": 10.5,
    }
    result = {
        "pipeline": "P",
        "status": "Succeeded",
        "failure_reason": None,
        "execution_arn": "arn:execution",
        "steps": [{"name": "A", "status": "Succeeded"}],
        "model_packages": [model],
        "root": "/root-folder",
    }

    assert text(result).splitlines() == [
        "P: Succeeded",
        "  model    arn:model/1 (Approved)",
        "  metric   regression_metrics.mse.value = 4.2500 (limit 6.0, the naive prediction gives 10.5000)",
        "  files    /root-folder/s3/bucket/model.tar.gz",
        "  record   arn:execution",
    ]


def test_the_text_of_a_failure_names_the_step_and_its_reason():
    result = {
        "pipeline": "P",
        "status": "Failed",
        "failure_reason": "Step failure: One or multiple steps failed.",
        "execution_arn": "arn:execution",
        "steps": [{"name": "A", "status": "Failed", "failure_reason": "too few rows"}],
        "model_packages": [],
    }

    assert text(result).splitlines()[1] == "  reason   A: too few rows"

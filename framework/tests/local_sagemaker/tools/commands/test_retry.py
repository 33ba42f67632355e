"""Tests ``pipelines retry``, which runs the steps that did not succeed, with the same definition."""

from __future__ import annotations

from local_sagemaker.testing import BUCKET


def test_retry_runs_the_failed_step_and_reports_the_result(pipelines, session, failed_execution):
    code, result, _ = pipelines("retry")
    assert (code, result["status"]) == (1, "Failed")
    session.client("s3").put_object(Bucket=BUCKET, Key="data/data.txt", Body=b"good")

    code, result, err = pipelines("retry", "Testing")

    assert (code, result["status"]) == (0, "Succeeded")
    assert result["steps"][1]["attempts"] == 3
    assert "Second ................................. Succeeded" in err
    assert "attempt 3" in err
    code, _, err = pipelines("retry")
    assert code == 2
    assert "is Succeeded; only an execution that failed or was stopped can be retried" in err

"""``pipelines retry``: what is left runs, with the same definition."""

from __future__ import annotations

from local_sagemaker.testing import BUCKET


def test_retry_runs_what_is_left_and_says_what_it_came_to(pipelines, session, failed):
    code, result, _ = pipelines("retry")
    assert (code, result["status"]) == (1, "Failed")
    session.client("s3").put_object(Bucket=BUCKET, Key="data/data.txt", Body=b"good")

    code, result, said = pipelines("retry", "Testing")

    assert (code, result["status"]) == (0, "Succeeded")
    assert result["steps"][1]["attempts"] == 3
    assert "Second ................................. Succeeded" in said
    assert "attempt 3" in said
    code, _, said = pipelines("retry")
    assert code == 2
    assert "is Succeeded; only an execution that failed or was stopped can be retried" in said

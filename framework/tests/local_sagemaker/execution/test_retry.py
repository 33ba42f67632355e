"""Tests RetryPipelineExecution: succeeded steps stay, and the others run again, whichever process was killed."""

from __future__ import annotations

import os
import signal
import threading
import time

from local_sagemaker.testing import BUCKET, create, processing_step, run, start, wait_for_end

import pytest
import running_processes
from botocore.exceptions import ClientError

#: Fails until the input says 'good'; the test changes it between two attempts.
READ = """
import os, pathlib
data = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"], "processing", "data")
assert next(data.iterdir()).read_text() == "good", "bad data"
"""
WRITE = """
import os, pathlib
pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"], "processing", "report", "report.txt").write_text("written")
"""
SLEEP = "import time; time.sleep(2)"


def put(session, text):
    session.client("s3").put_object(Bucket=BUCKET, Key="data/data.txt", Body=text.encode())


def jobs(client):
    return [j["ProcessingJobName"] for j in client.list_processing_jobs()["ProcessingJobSummaries"]]


def kill(name):
    processes = running_processes.wait_for(lambda: running_processes.find_by_lock(name))
    os.kill(processes[0], signal.SIGKILL)
    running_processes.wait_for(lambda: not running_processes.find_by_lock(name))


def running_step(client, arn, name):
    while True:
        for step in client.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]:
            if step["StepName"] == name and "Metadata" in step:
                return step["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
        time.sleep(0.02)


def test_only_failed_steps_run_again_with_the_outputs_of_the_others(session, client):
    put(session, "bad")
    first = processing_step("First", session, WRITE, outputs={"report": f"s3://{BUCKET}/report"})
    uri = {"Get": "Steps.First.ProcessingOutputConfig.Outputs['report'].S3Output.S3Uri"}
    second = processing_step("Second", session, READ, inputs={"data": f"s3://{BUCKET}/data", "report": uri})
    never = {"Name": "Never", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}
    same = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}
    check = {"Name": "Check", "Type": "Condition", "Arguments": {"Conditions": [same], "ElseSteps": [never]}}
    failed = run(session, {"Steps": [first, check, second]})
    assert failed.status == "Failed"
    assert "bad data" in failed.steps["Second"]["FailureReason"]

    put(session, "good")
    client.retry_pipeline_execution(PipelineExecutionArn=failed.arn)
    result = wait_for_end(session, failed.arn)

    assert (result.status, result.reason) == ("Succeeded", "")
    assert "FailureReason" not in result.steps["Second"]
    assert [result.steps[s]["AttemptCount"] for s in ("First", "Check", "Second")] == [1, 1, 2]
    assert result.steps["First"]["EndTime"] == failed.steps["First"]["EndTime"]
    assert result.status_of("Never") == "NotStarted"
    assert len(jobs(client)) == 3


def test_a_stopped_execution_continues(session, client):
    create(session, {"Steps": [processing_step("Sleep", session, SLEEP)]})
    arn = start(session, "Testing")
    running_step(client, arn, "Sleep")
    client.stop_pipeline_execution(PipelineExecutionArn=arn)
    assert wait_for_end(session, arn).status == "Stopped"

    client.retry_pipeline_execution(PipelineExecutionArn=arn)

    assert wait_for_end(session, arn).status == "Succeeded"


@running_processes.needs_proc
def test_a_job_that_outlived_its_execution_is_not_run_again(session, client):
    create(session, {"Steps": [processing_step("Sleep", session, SLEEP)]})
    arn = start(session, "Testing")
    running_step(client, arn, "Sleep")
    kill(arn.rpartition("/")[2])
    assert "process ended before the execution did" in wait_for_end(session, arn).reason

    client.retry_pipeline_execution(PipelineExecutionArn=arn)
    result = wait_for_end(session, arn)

    assert result.status == "Succeeded"
    assert "FailureReason" not in result.steps["Sleep"]
    assert len(jobs(client)) == 1


@running_processes.needs_proc
def test_a_job_that_was_killed_fails_its_step_and_is_run_again(session, client):
    create(session, {"Steps": [processing_step("Sleep", session, SLEEP)]})
    arn = start(session, "Testing")
    kill(running_step(client, arn, "Sleep"))
    assert "the job's process ended before the job did" in wait_for_end(session, arn).steps["Sleep"]["FailureReason"]

    client.retry_pipeline_execution(PipelineExecutionArn=arn)

    assert wait_for_end(session, arn).status == "Succeeded"
    assert len(jobs(client)) == 2


def test_an_execution_that_cannot_be_retried_is_refused_with_the_reason(session, client):
    succeeded = run(session, {"Steps": [processing_step("Write", session, "pass")]})
    with pytest.raises(ClientError, match="is Succeeded; only an execution that failed or was stopped"):
        client.retry_pipeline_execution(PipelineExecutionArn=succeeded.arn)

    client.update_pipeline(
        PipelineName="Testing",
        PipelineDefinition='{"Version": "2020-12-01", "Steps": [{"Name": "A", "Type": "Fail"}]}',
    )
    failed = wait_for_end(session, start(session, "Testing"))
    with pytest.raises(ClientError, match="was ended by a Fail step"):
        client.retry_pipeline_execution(PipelineExecutionArn=failed.arn)


def test_of_two_retries_at_once_one_is_refused(session, client):
    put(session, "bad")
    failed = run(session, {"Steps": [processing_step("Read", session, READ, inputs={"data": f"s3://{BUCKET}/data"})]})
    put(session, "good")
    outcomes = []

    def retry():
        try:
            client.retry_pipeline_execution(PipelineExecutionArn=failed.arn)
            outcomes.append("started")
        except ClientError as error:
            outcomes.append(error.response["Error"]["Message"])

    threads = [threading.Thread(target=retry) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    refused, started = sorted(outcomes, key=lambda o: o == "started")
    assert started == "started"
    assert "only an execution that failed" in refused
    result = wait_for_end(session, failed.arn)
    assert result.status == "Succeeded"
    assert result.steps["Read"]["AttemptCount"] == 2


def test_a_model_is_registered_once_however_often_its_step_is_tried(account):
    from local_sagemaker.operations.registry import create_model_package, create_model_package_group

    create_model_package_group(account, ModelPackageGroupName="Shells")
    arns = {
        create_model_package(account, ModelPackageGroupName="Shells", ClientToken=token)["ModelPackageArn"][-1]
        for token in ("execution/a/Register", "execution/a/Register", "execution/b/Register")
    }

    assert arns == {"1", "2"}

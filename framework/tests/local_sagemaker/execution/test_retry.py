"""RetryPipelineExecution: what has succeeded stays, what was lost is done again, whatever was killed."""

from __future__ import annotations

import os
import signal
import threading
import time

from local_sagemaker.testing import BUCKET, create, finish, processing, run, start

import pytest
import running_processes
from botocore.exceptions import ClientError

#: Fails until the input says otherwise; the test changes it between two attempts.
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
    found = running_processes.wait_for(lambda: running_processes.holding_lock(name))
    os.kill(found[0], signal.SIGKILL)
    running_processes.wait_for(lambda: not running_processes.holding_lock(name))


def running_step(client, arn, name):
    while True:
        for step in client.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]:
            if step["StepName"] == name and "Metadata" in step:
                return step["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
        time.sleep(0.02)


def test_only_what_failed_runs_again_with_what_the_others_left(session, client):
    put(session, "bad")
    first = processing("First", session, WRITE, outputs={"report": f"s3://{BUCKET}/report"})
    uri = {"Get": "Steps.First.ProcessingOutputConfig.Outputs['report'].S3Output.S3Uri"}
    second = processing("Second", session, READ, inputs={"data": f"s3://{BUCKET}/data", "report": uri})
    never = {"Name": "Never", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}
    same = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}
    check = {"Name": "Check", "Type": "Condition", "Arguments": {"Conditions": [same], "ElseSteps": [never]}}
    failed = run(session, {"Steps": [first, check, second]})
    assert failed.status == "Failed"
    assert "bad data" in failed.steps["Second"]["FailureReason"]

    put(session, "good")
    client.retry_pipeline_execution(PipelineExecutionArn=failed.arn)
    ran = finish(session, failed.arn)

    assert (ran.status, ran.reason) == ("Succeeded", "")
    assert "FailureReason" not in ran.steps["Second"]
    assert [ran.steps[s]["AttemptCount"] for s in ("First", "Check", "Second")] == [1, 1, 2]
    assert ran.steps["First"]["EndTime"] == failed.steps["First"]["EndTime"]
    assert ran.status_of("Never") == "NotStarted"
    assert len(jobs(client)) == 3


def test_a_stopped_execution_goes_on(session, client):
    create(session, {"Steps": [processing("Sleep", session, SLEEP)]})
    arn = start(session, "Testing")
    running_step(client, arn, "Sleep")
    client.stop_pipeline_execution(PipelineExecutionArn=arn)
    assert finish(session, arn).status == "Stopped"

    client.retry_pipeline_execution(PipelineExecutionArn=arn)

    assert finish(session, arn).status == "Succeeded"


@running_processes.needs_proc
def test_a_job_that_outlived_its_execution_is_not_run_again(session, client):
    create(session, {"Steps": [processing("Sleep", session, SLEEP)]})
    arn = start(session, "Testing")
    running_step(client, arn, "Sleep")
    kill(arn.rpartition("/")[2])
    assert "process ended before the execution did" in finish(session, arn).reason

    client.retry_pipeline_execution(PipelineExecutionArn=arn)
    ran = finish(session, arn)

    assert ran.status == "Succeeded"
    assert "FailureReason" not in ran.steps["Sleep"]
    assert len(jobs(client)) == 1


@running_processes.needs_proc
def test_a_job_that_was_killed_fails_its_step_and_is_run_again(session, client):
    create(session, {"Steps": [processing("Sleep", session, SLEEP)]})
    arn = start(session, "Testing")
    kill(running_step(client, arn, "Sleep"))
    assert "the job's process ended before the job did" in finish(session, arn).steps["Sleep"]["FailureReason"]

    client.retry_pipeline_execution(PipelineExecutionArn=arn)

    assert finish(session, arn).status == "Succeeded"
    assert len(jobs(client)) == 2


def test_what_cannot_be_retried_says_why(session, client):
    done = run(session, {"Steps": [processing("Write", session, "pass")]})
    with pytest.raises(ClientError, match="is Succeeded; only an execution that failed or was stopped"):
        client.retry_pipeline_execution(PipelineExecutionArn=done.arn)

    client.update_pipeline(
        PipelineName="Testing",
        PipelineDefinition='{"Version": "2020-12-01", "Steps": [{"Name": "A", "Type": "Fail"}]}',
    )
    failed = finish(session, start(session, "Testing"))
    with pytest.raises(ClientError, match="was ended by a Fail step"):
        client.retry_pipeline_execution(PipelineExecutionArn=failed.arn)


def test_of_two_who_retry_at_once_one_is_told_that_it_runs(session, client):
    put(session, "bad")
    failed = run(session, {"Steps": [processing("Read", session, READ, inputs={"data": f"s3://{BUCKET}/data"})]})
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
    ran = finish(session, failed.arn)
    assert ran.status == "Succeeded"
    assert ran.steps["Read"]["AttemptCount"] == 2


def test_a_model_is_registered_once_however_often_its_step_is_tried(account):
    from local_sagemaker.operations.registry import create_model_package, create_model_package_group

    create_model_package_group(account, ModelPackageGroupName="Shells")
    arns = {
        create_model_package(account, ModelPackageGroupName="Shells", ClientToken=token)["ModelPackageArn"][-1]
        for token in ("execution/a/Register", "execution/a/Register", "execution/b/Register")
    }

    assert arns == {"1", "2"}

"""Tests executions with real processes and real files, only through boto3."""

from __future__ import annotations

import ast
import json
import os
import re
import signal
from datetime import datetime

from local_sagemaker.testing import BUCKET, ROLE, create, processing_step, run, start, wait_for_end

import pytest
import running_processes
from botocore.exceptions import ClientError

WRITE = """
import json, os, sys
folder = os.path.join(os.environ["SAGEMAKER_BASE_DIR"], "processing", "report")
with open(os.path.join(folder, "report.json"), "w") as file:
    json.dump({"score": float(sys.argv[1])}, file)
"""


def gate(session, then, otherwise):
    """Return a definition: a step that writes a score, and a condition that it is at most the parameter Limit."""
    report = {"PropertyFileName": "Report", "OutputName": "report", "FilePath": "report.json"}
    uri = {"Std:Join": {"On": "/", "Values": [f"s3://{BUCKET}/out", {"Get": "Execution.PipelineExecutionId"}]}}
    score = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Score.PropertyFiles.Report"}, "Path": "score"}}
    condition = {"Type": "LessThanOrEqualTo", "LeftValue": score, "RightValue": {"Get": "Parameters.Limit"}}
    return {
        "Parameters": [{"Name": "Limit", "Type": "Float", "DefaultValue": 5.0}],
        "Steps": [
            processing_step("Score", session, WRITE, arguments=["5"], outputs={"report": uri}, PropertyFiles=[report]),
            {
                "Name": "Check",
                "Type": "Condition",
                "Arguments": {"Conditions": [condition], "IfSteps": then, "ElseSteps": otherwise},
            },
        ],
    }


def test_a_step_gets_the_executions_own_variables(session, client, account):
    names = ["PipelineArn", "PipelineName", "PipelineExecutionArn", "PipelineExecutionId", "StartDateTime"]
    variables = [{"Get": f"Execution.{name}"} for name in names]

    result = run(
        session, {"Steps": [processing_step("Print", session, "import sys; print(sys.argv[1:])", arguments=variables)]}
    )

    described = client.describe_pipeline_execution(PipelineExecutionArn=result.arn)
    job = result.steps["Print"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    *values, start_time = ast.literal_eval(account.root.joinpath("jobs", job, "algo-1.log").read_text())
    assert values == [described["PipelineArn"], "Testing", result.arn, result.arn.rpartition("/")[2]]
    assert datetime.fromisoformat(start_time) == described["CreationTime"]


REGISTER = {"Name": "Register", "Type": "RegisterModel", "Arguments": {"ModelPackageGroupName": "Shells"}}
WRITES_REPORT = "open('/opt/ml/processing/report/report.json', 'w').write('{\"mse\": NaN}')"
#: The metric in the report of a step.
MSE = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Score.PropertyFiles.Report"}, "Path": "mse"}}
REJECT = {
    "Name": "Reject",
    "Type": "Fail",
    "Arguments": {"ErrorMessage": {"Std:Join": {"On": " ", "Values": ["more than", {"Get": "Parameters.Limit"}]}}},
}


def test_the_gate_accepts_a_model(session, client):
    result = run(session, gate(session, [REGISTER], [REJECT]))

    assert result.status == "Succeeded"
    assert result.steps["Check"]["Metadata"] == {"Condition": {"Outcome": "True"}}
    assert list(result.steps) == ["Score", "Check", "Register"]
    assert len(client.list_model_packages(ModelPackageGroupName="Shells")["ModelPackageSummaryList"]) == 1


def test_the_gate_rejects_with_the_fail_steps_message_and_registers_nothing(session, client):
    result = run(session, gate(session, [REGISTER], [REJECT]), {"Limit": "4.5"})

    assert (result.status, result.reason) == ("Failed", "more than 4.5")
    assert result.steps["Reject"]["FailureReason"] == "more than 4.5"
    assert client.list_model_package_groups()["ModelPackageGroupSummaryList"] == []


def test_steps_in_a_branch_may_depend_on_each_other_and_conditions_may_nest(session):
    inner = {
        "Name": "Inner",
        "Type": "Condition",
        "Arguments": {
            "Conditions": [{"Type": "Equals", "LeftValue": 1, "RightValue": 2}],
            "IfSteps": [{"Name": "Never", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}],
            "ElseSteps": [REGISTER],
        },
    }

    result = run(session, gate(session, [inner], [REJECT]))

    assert result.status == "Succeeded"
    assert list(result.steps) == ["Score", "Check", "Inner", "Register"]


def test_independent_steps_run_at_the_same_time(session):
    meet = """
import os, sys, time
mine, other = sys.argv[1:]
open(mine, "w").close()
for _ in range(400):
    if os.path.exists(other):
        break
    time.sleep(0.05)
else:
    sys.exit("the other step never ran at the same time")
"""
    if (os.cpu_count() or 1) < 2:
        pytest.skip("one core: steps run one after the other")
    a, b = (str(session.client("s3") and f"/tmp/{os.getpid()}-{n}") for n in "ab")
    steps = [
        processing_step("A", session, meet, arguments=[a, b]),
        processing_step("B", session, meet, arguments=[b, a]),
    ]
    try:
        assert run(session, {"Steps": steps}).status == "Succeeded"
    finally:
        for path in (a, b):
            os.unlink(path)


def test_the_parallelism_configuration_is_a_limit(session):
    name = create(session, {"Steps": [processing_step(n, session, "import time; time.sleep(0.3)") for n in "AB"]})

    result = wait_for_end(session, start(session, name, ParallelismConfiguration={"MaxParallelExecutionSteps": 1}))

    assert result.steps["A"]["EndTime"] <= result.steps["B"]["StartTime"]


def test_a_failed_step_ends_the_execution_and_says_why(session):
    steps = [
        processing_step("Breaks", session, "import sys; print('first'); sys.exit('the reason')"),
        processing_step("After", session, "pass", DependsOn=["Breaks"]),
    ]

    result = run(session, {"Steps": steps})

    assert result.status == "Failed"
    assert result.steps["Breaks"]["FailureReason"] == "ClientError: AlgorithmError: the reason, exit code: 1"
    assert result.status_of("After") == "NotStarted"


def test_a_listing_says_why_an_execution_failed(session, client):
    create(
        session, {"Steps": [REJECT], "Parameters": [{"Name": "Limit", "Type": "Integer", "DefaultValue": 6}]}, "Testing"
    )
    arn = start(session, "Testing", PipelineExecutionDisplayName="first")
    reason = wait_for_end(session, arn).reason

    (summary,) = client.list_pipeline_executions(PipelineName="Testing")["PipelineExecutionSummaries"]

    assert summary["PipelineExecutionFailureReason"] == f"Step failure: One or multiple steps failed. {reason}"
    assert summary["PipelineExecutionDisplayName"] == "first"
    assert client.list_pipelines()["PipelineSummaries"][0]["PipelineDisplayName"] == "Testing"


def test_an_execution_has_a_display_name_by_default(session, client):
    create(session, {"Steps": [REJECT | {"Arguments": {}}]}, "Testing")

    described = client.describe_pipeline_execution(PipelineExecutionArn=start(session, "Testing"))

    assert re.fullmatch(r"execution-\d{13}", described["PipelineExecutionDisplayName"])


def test_a_property_that_is_not_there_fails_the_step_that_asks(session):
    steps = [
        processing_step("Prepare", session, "pass"),
        {"Name": "Ask", "Type": "Fail", "Arguments": {"ErrorMessage": {"Get": "Steps.Prepare.FailureReason"}}},
    ]

    result = run(session, {"Steps": steps})

    message = "ClientError: 'Steps.Prepare.FailureReason': there is no 'FailureReason'"
    assert result.steps["Ask"]["FailureReason"].startswith(message)


def test_values_that_cannot_be_compared_fail_the_condition(session):
    code = "open('/opt/ml/processing/out/report.json', 'w').write('{\"mse\": \"5\"}')"
    file = {"PropertyFileName": "Report", "OutputName": "out", "FilePath": "report.json"}
    report = processing_step("Report", session, code, outputs={"out": "s3://testing-bucket/out"}, PropertyFiles=[file])
    mse = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Report.PropertyFiles.Report"}, "Path": "mse"}}
    condition = {"Type": "LessThan", "LeftValue": mse, "RightValue": 6}
    check = {"Name": "Check", "Type": "Condition", "Arguments": {"Conditions": [condition], "IfSteps": []}}

    result = run(session, {"Steps": [report, check]})

    assert "cannot compare '5' with 6" in result.steps["Check"]["FailureReason"]


@pytest.mark.parametrize(
    "condition",
    [
        {"Type": "LessThan", "LeftValue": MSE, "RightValue": 6.0},
        {"Type": "Not", "Condition": {"Type": "GreaterThan", "LeftValue": MSE, "RightValue": 6.0}},
    ],
)
def test_nan_passes_no_gate(session, condition):
    score = processing_step("Score", session, WRITES_REPORT, outputs={"report": f"s3://{BUCKET}/report"})
    file = {"PropertyFileName": "Report", "OutputName": "report", "FilePath": "report.json"}
    check = {"Conditions": [condition], "IfSteps": [REGISTER], "ElseSteps": []}
    steps = [score | {"PropertyFiles": [file]}, {"Name": "Check", "Type": "Condition", "Arguments": check}]

    result = run(session, {"Steps": steps})

    assert (result.status, "Register" in result.steps) == ("Failed", False)
    reason = result.steps["Check"]["FailureReason"]
    assert f"'mse' is NaN in s3://{BUCKET}/report/report.json" in reason


def test_an_outcome_and_booleans_are_joined_as_on_aws(session):
    values = [{"Get": "Steps.Check.Outcome"}, True, {"Get": "Parameters.Flag"}]
    fail = {"Name": "End", "Type": "Fail", "Arguments": {"ErrorMessage": {"Std:Join": {"On": " ", "Values": values}}}}
    conditions = [{"Type": "Equals", "LeftValue": {"Get": "Execution.PipelineName"}, "RightValue": "another"}]
    check = {"Conditions": conditions, "IfSteps": [], "ElseSteps": []}
    flag = {"Name": "Flag", "Type": "Boolean", "DefaultValue": False}

    result = run(
        session,
        {"Parameters": [flag], "Steps": [{"Name": "Check", "Type": "Condition", "Arguments": check}, fail]},
    )

    assert result.reason.endswith("false true false")


def test_a_running_execution_is_stopped_with_its_job(session, client):
    arn = start(session, create(session, {"Steps": [processing_step("Sleep", session, "import time; time.sleep(60)")]}))
    running_processes.wait_for(lambda: client.list_processing_jobs()["ProcessingJobSummaries"])

    client.stop_pipeline_execution(PipelineExecutionArn=arn)
    result = wait_for_end(session, arn)

    assert (result.status, result.status_of("Sleep")) == ("Stopped", "Stopped")
    assert client.list_processing_jobs()["ProcessingJobSummaries"][0]["ProcessingJobStatus"] == "Stopped"
    with pytest.raises(ClientError, match="is not running"):
        client.stop_pipeline_execution(PipelineExecutionArn=arn)


@running_processes.needs_proc
def test_a_killed_execution_is_noticed(session, client, account):
    arn = start(session, create(session, {"Steps": [processing_step("Sleep", session, "import time; time.sleep(5)")]}))
    running_processes.wait_for(lambda: client.list_processing_jobs()["ProcessingJobSummaries"])

    os.kill(
        running_processes.wait_for(lambda: running_processes.find_by_lock(arn.rpartition("/")[2]))[0], signal.SIGKILL
    )
    result = wait_for_end(session, arn)

    assert result.status == "Failed"
    assert "process ended before the execution did" in result.reason
    assert result.status_of("Sleep") == "Failed"


@running_processes.needs_proc
def test_a_killed_job_is_noticed_and_its_program_ends(session, client):
    arn = start(session, create(session, {"Steps": [processing_step("Sleep", session, "import time; time.sleep(50)")]}))
    jobs = running_processes.wait_for(lambda: client.list_processing_jobs()["ProcessingJobSummaries"])

    running_processes.wait_for(
        lambda: running_processes.find_by_variable("PROCESSING_JOB_NAME", jobs[0]["ProcessingJobName"])
    )
    os.kill(
        running_processes.wait_for(lambda: running_processes.find_by_lock(jobs[0]["ProcessingJobName"]))[0],
        signal.SIGKILL,
    )
    result = wait_for_end(session, arn)

    assert result.status == "Failed"
    assert "the job's process ended before the job did" in result.steps["Sleep"]["FailureReason"]
    running_processes.wait_for(
        lambda: not running_processes.find_by_variable("PROCESSING_JOB_NAME", jobs[0]["ProcessingJobName"])
    )


def test_inputs_and_parameters_are_checked_before_anything_starts(session, client):
    definition = gate(session, [REGISTER], [REJECT])
    missing = processing_step("Reads", session, "pass", inputs={"data": {"Get": "Parameters.DataUrl"}})
    definition["Parameters"].append({"Name": "DataUrl", "Type": "String", "DefaultValue": "s3://nowhere/nothing.csv"})
    definition["Steps"].append(missing)
    name = create(session, definition)

    with pytest.raises(ClientError, match=r"'s3://nowhere/nothing.csv' \(parameter DataUrl\) does not exist here"):
        start(session, name)
    with pytest.raises(ClientError, match="unknown parameter 'Limti'; did you mean 'Limit'"):
        start(session, name, {"Limti": "3"})

    assert client.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"] == []


def test_the_execution_is_recorded(session, client, account):
    result = run(session, gate(session, [REGISTER], [REJECT]), {"Limit": "6"})

    described = client.describe_pipeline_definition_for_execution(PipelineExecutionArn=result.arn)
    parameters = client.list_pipeline_parameters_for_execution(PipelineExecutionArn=result.arn)["PipelineParameters"]
    folder = account.root / "executions" / result.arn.rpartition("/")[2]

    assert parameters == [{"Name": "Limit", "Value": "6.0"}]
    assert json.loads(described["PipelineDefinition"]) == json.loads((folder / "definition.json").read_text())
    assert (folder / "execution.log").read_text() == ""


def test_a_description_and_a_name_are_stored(session, client):
    client.create_pipeline(
        PipelineName="Named",
        RoleArn=ROLE,
        PipelineDisplayName="Shown",
        PipelineDefinition='{"Version": "2020-12-01", "Steps": [{"Name": "A", "Type": "Fail"}]}',
    )
    arn = start(session, "Named", PipelineExecutionDisplayName="this-one")
    wait_for_end(session, arn)

    assert client.describe_pipeline(PipelineName="Named")["PipelineDisplayName"] == "Shown"
    assert client.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionDisplayName"] == "this-one"


def test_a_parameter_that_is_given_twice_is_refused(session, client):
    name = create(session, gate(session, [REGISTER], [REJECT]))

    with pytest.raises(ClientError, match="parameter 'Limit' is given twice"):
        client.start_pipeline_execution(
            PipelineName=name,
            PipelineParameters=[{"Name": "Limit", "Value": "1"}, {"Name": "Limit", "Value": "2"}],
        )


def test_an_input_may_be_what_an_earlier_step_writes(session):
    write = processing_step("Write", session, WRITES_REPORT, outputs={"report": f"s3://{BUCKET}/new"})
    read = processing_step(
        "Read", session, "open('/opt/ml/processing/in/report.json')", inputs={"in": f"s3://{BUCKET}/new"}
    )

    assert run(session, {"Steps": [write, read | {"DependsOn": ["Write"]}]}).status == "Succeeded"

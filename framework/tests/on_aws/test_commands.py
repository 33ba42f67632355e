"""Tests how the commands behave against a moto server over HTTP, and which AWS calls they make."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from paths import ROOT

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from moto_answers import succeeded_step
from moto_over_http import BUCKET, REGION

CALLS = ROOT / "tests" / "aws_calls.json"
HARNESS = ROOT / "tests" / "harness"
GROUP = "AbalonePackageGroup"

EMPTY_ZIP = b"PK\x05\x06" + bytes(18)


def test_run_pipeline_on_a_build_server(aws, run_pipeline, role):
    aws.projects["shells"] = [{"Key": "cost-centre", "Value": "42"}]
    tags_arguments = ["--tags", '[{"Key": "team", "Value": "sea"}]']

    first = run_pipeline(*tags_arguments, sagemaker_project_name="shells")
    calls = list(aws.calls)
    second = run_pipeline(*tags_arguments, "--no-wait", sagemaker_project_name="shells")

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    result = json.loads(first.stdout)
    names = [s["name"] for s in result["steps"]]
    assert (names[0], names[3]) == ("PreprocessAbaloneData", "TrainAbaloneModel")
    assert set(names[1:3]) == {"DataQualityCheckStep", "DataBiasCheckStep"}
    assert "PreprocessAbaloneData ..." in first.stderr
    client = aws.client("sagemaker")
    described = client.describe_pipeline(PipelineName="AbalonePipeline")
    assert described["RoleArn"] == role
    tags = {t["Key"]: t["Value"] for t in client.list_tags(ResourceArn=described["PipelineArn"])["Tags"]}
    assert tags == {"team": "sea", "cost-centre": "42", "sagemaker:project-name": "shells"}
    assert calls.count(("s3", "PutObject")) == 7
    assert aws.calls.count(("s3", "PutObject")) == 7, "the same content is uploaded once"
    assert ("sagemaker", "UpdatePipeline") in aws.calls
    assert len(client.list_pipeline_executions(PipelineName="AbalonePipeline")["PipelineExecutionSummaries"]) == 2


def test_the_project_check_engine_needs_no_more_permissions(aws, run_pipeline):
    warning = "only accounts that used Model Monitor"

    done = run_pipeline(sagemaker_project_name="shells", check_engine="project")

    assert done.returncode == 0, done.stderr
    assert warning not in done.stderr
    names = {step["name"] for step in json.loads(done.stdout)["steps"]}
    assert {"ResolveBaselines", "DataQualityCheckStep", "ModelBiasCheckStep"} <= names
    recorded_calls = json.loads(CALLS.read_text())["run-pipeline (create)"]
    assert set(aws.operations()) <= set(recorded_calls)
    again = run_pipeline("--no-wait", sagemaker_project_name="shells", check_engine="sagemaker")
    assert warning in again.stderr


def test_a_dry_run_prints_the_plan_and_changes_nothing(aws, run_pipeline, tmp_path):
    tmp_path.joinpath("shells.csv").write_text("M,0.4,0.3,0.1,0.5,0.2,0.1,0.1,9\n")

    done = run_pipeline("--dry-run", "--parameters", "InputDataUrl=shells.csv")

    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert plan["action"] == "create"
    names = [uri.rpartition("/")[2] for uri in plan["uploads"]]
    assert sorted(set(names)) == ["analysis_config.json", "evaluate.pyz", "preprocess.pyz", "shells.csv"]
    assert plan["parameters"]["InputDataUrl"] == plan["uploads"][names.index("shells.csv")]
    assert not {"PutObject", "CreatePipeline", "StartPipelineExecution"} & {operation for _, operation in aws.calls}


def test_a_module_that_returns_the_sdks_own_pipeline_is_created(aws, command, role, tmp_path):
    shutil.copy(HARNESS / "sdk_pipeline.py", tmp_path / "mine.py")

    done = command("pipelines.run_pipeline", "-n", "mine", "-role-arn", role, "--no-start")

    assert done.returncode == 0, done.stderr
    described = aws.client("sagemaker").describe_pipeline(PipelineName="Mine")
    assert (described["RoleArn"], '"End"' in described["PipelineDefinition"]) == (role, True)


def test_no_start_creates_the_pipeline_and_prints_its_parameters(aws, run_pipeline):
    done = run_pipeline("--no-start")

    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["pipeline"], report["done"]) == ("AbalonePipeline", True)
    assert report["parameters"]["SkipDataQualityCheck"] == "True", "of a first run"
    operations = {operation for _, operation in aws.calls}
    assert {"PutObject", "CreatePipeline"} <= operations and "StartPipelineExecution" not in operations
    assert "not allowed with argument" in run_pipeline("--no-start", "--dry-run").stderr


def test_a_dry_run_reports_an_unchanged_definition(aws, run_pipeline):
    assert run_pipeline("--no-wait").returncode == 0

    plan = json.loads(run_pipeline("--dry-run").stdout)

    assert plan["action"] == "none, as the definition is the same"
    assert plan["uploads"] == []


def test_a_pipeline_of_another_project_is_not_changed(aws, run_pipeline, role):
    client = aws.client("sagemaker")
    client.create_pipeline(
        PipelineName="AbalonePipeline", RoleArn=role, PipelineDefinition="{}",
        Tags=[{"Key": "sagemaker:project-name", "Value": "theirs"}],
    )  # fmt: skip

    done = run_pipeline()
    dry_run = run_pipeline("--dry-run")

    assert done.returncode == 2
    assert "belongs to the project 'theirs'" in done.stderr
    assert '"sagemaker_project_name": "theirs"' in done.stderr
    assert client.describe_pipeline(PipelineName="AbalonePipeline")["PipelineDefinition"] == "{}"
    assert dry_run.returncode == 2


def test_a_missing_project_is_reported(aws, run_pipeline):
    aws.errors["DescribeProject"] = [("ValidationException", "Project shels does not exist.", 400)]

    done = run_pipeline(sagemaker_project_name="shels")

    assert done.returncode == 2
    assert "there is no SageMaker project 'shels'" in done.stderr


def test_violations_have_their_own_exit_code(aws, pipelines, execution_arn):
    report = "s3://bucket/constraint_violations.json"
    check = succeeded_step("Check", QualityCheck={"CheckType": "DATA_QUALITY", "ViolationReport": report})
    reason = "ClientError: Quality check failed. See violation report"
    aws.status[execution_arn] = {"PipelineExecutionStatus": "Failed"}
    aws.steps[execution_arn] = [check | {"StepStatus": "Failed", "FailureReason": reason}]

    shown = json.loads(pipelines("show", "Shells").stdout)

    from local_sagemaker.tools.service.results import exit_code
    from local_sagemaker.tools.terminal.summaries import text

    assert exit_code(shown) == 3
    assert report in text(shown)


def test_the_subcommands_in_a_terminal(aws, pipelines, execution_arn, model_arn):
    name = execution_arn.rpartition("/")[2]
    job = f"pipelines-{name}-Prepare-0123456789"
    arn = f"arn:aws:sagemaker:{REGION}:123456789012:processing-job/{job}"
    aws.steps[execution_arn] = [succeeded_step("Prepare", ProcessingJob={"Arn": arn})]
    aws.logs[f"{job}/algo-1-1700000000"] = ["first", "second"]

    listed = json.loads(pipelines("list", "Shells").stdout)
    assert [e["id"] for e in listed["executions"]] == [name]
    shown = json.loads(pipelines("show", name[:6]).stdout)
    assert shown["steps"][0]["job"] == job
    assert pipelines("logs", execution_arn).stdout == "Prepare: first\nPrepare: second\n"
    assert json.loads(pipelines("stop", "Shells").stdout)["status"] == "Stopping"
    aws.status[execution_arn] = {"PipelineExecutionStatus": "Failed", "FailureReason": "no"}
    retried = pipelines("retry", f"Shells/{name}", "--no-wait")
    assert json.loads(retried.stdout)["status"] == "Succeeded"
    listed = json.loads(pipelines("models", GROUP).stdout)["models"]
    assert [(m["version"], m["value"], m["threshold"], m["naive"]) for m in listed] == [(1, 4.5, 6.0, 10.4)]
    assert listed[0]["lineage"]["code"] == "c0de"
    approved = json.loads(pipelines("approve", GROUP, "--reason", "fine").stdout)
    assert (approved["approval_status"], approved["approval_description"]) == ("Approved", "fine")
    rejected = json.loads(pipelines("reject", f"{GROUP}/1").stdout)
    assert (rejected["approval_status"], rejected["approval_description"]) == ("Rejected", None)
    assert (
        aws.client("sagemaker").describe_model_package(ModelPackageName=model_arn)["ModelApprovalStatus"] == "Rejected"
    )


def test_a_pipeline_with_unsupported_steps_is_shown(aws, pipelines, role):
    then = [{"Name": "Cluster", "Type": "EMR", "Arguments": {}}]
    condition = {"Name": "Check", "Type": "Condition", "Arguments": {"Conditions": [], "IfSteps": then}}
    definition = json.dumps(
        {"Version": "2020-12-01", "Steps": [{"Name": "Ask", "Type": "Callback", "Arguments": {}}, condition]}
    )
    client = aws.client("sagemaker")
    client.create_pipeline(PipelineName="Theirs", RoleArn=role, PipelineDefinition=definition)
    arn = client.start_pipeline_execution(PipelineName="Theirs")["PipelineExecutionArn"]
    aws.steps[arn] = [succeeded_step("Ask", Callback={"SqsQueueUrl": "https://queue"})]

    shown = json.loads(pipelines("show", "Theirs").stdout)

    assert [s["name"] for s in shown["steps"]] == ["Ask"]
    assert shown["not_started"] == ["Check", "Cluster"]


def test_clean_deletes_only_an_executions_own_artifacts(aws, pipelines, execution_arn, model_arn):
    name = execution_arn.rpartition("/")[2]
    job = f"pipelines-{name}-Prepare-0123456789"
    step = succeeded_step("Prepare", ProcessingJob={"Arn": f"arn:aws:sagemaker:x:1:processing-job/{job}"})
    aws.steps[execution_arn] = [step]
    outputs = [f"s3://{BUCKET}/Shells/{name}/Prepare/output/data", f"s3://{BUCKET}/shared"]
    aws.jobs[job] = {"ProcessingOutputConfig": {"Outputs": [{"S3Output": {"S3Uri": uri}} for uri in outputs]}}
    s3 = aws.client("s3")
    for key in (f"Shells/{name}/Prepare/output/data/a.csv", "shared/b.csv"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")

    preview = json.loads(pipelines("clean", "Shells").stdout)
    assert (preview["objects"], preview["deleted"], aws.deleted_jobs) == (1, False, [])
    aws.steps[execution_arn] = [step, succeeded_step("Register", RegisterModel={"Arn": model_arn})]
    assert json.loads(pipelines("clean", "Shells", "--yes").stdout)["objects"] == 0
    aws.steps[execution_arn] = [step]
    cleaned = json.loads(pipelines("clean", "Shells", "--delete", "--yes").stdout)

    assert cleaned["deleted"]
    assert aws.deleted_jobs == [job]
    remaining_keys = {entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET)["Contents"]}
    assert remaining_keys == {
        "shared/b.csv",
        "evaluation/evaluation.json",
        "baseline/Statistics",
        "baseline/Constraints",
    }
    assert aws.client("sagemaker").list_pipelines()["PipelineSummaries"] == []


def test_each_command_makes_the_recorded_calls(aws, run_pipeline, pipelines, execution_arn, model_arn, request):
    """Compare with tests/aws_calls.json, from which docs/permissions.md and least-privilege roles are made."""
    name = execution_arn.rpartition("/")[2]
    job = f"pipelines-{name}-Prepare-0123456789"
    aws.steps[execution_arn] = [
        succeeded_step("Prepare", ProcessingJob={"Arn": f"arn:aws:sagemaker:x:1:processing-job/{job}"}),
        succeeded_step("Score", TransformJob={"Arn": "arn:aws:sagemaker:x:1:transform-job/score"}),
    ]
    aws.client("sagemaker").create_transform_job(
        TransformJobName="score", ModelName="m", TransformOutput={"S3OutputPath": f"s3://{BUCKET}/scores"},
        TransformInput={"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/in"}}},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )  # fmt: skip
    aws.logs[f"{job}/algo-1"] = ["line"]
    aws.jobs[job] = {
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "a", "S3Output": {"S3Uri": f"s3://{BUCKET}/{name}/a"}}]}
    }
    aws.client("s3").put_object(Bucket=BUCKET, Key=f"{name}/a/b", Body=b"x")

    def record_calls(run, *arguments, **options):
        aws.calls.clear()
        done = run(*arguments, **options)
        assert done.returncode == 0, done.stderr
        return aws.operations()

    recorded = {
        "run-pipeline (create)": record_calls(run_pipeline, sagemaker_project_name="shells"),
        "run-pipeline (update)": record_calls(run_pipeline, sagemaker_project_name="shells"),
        "run-pipeline --dry-run": record_calls(run_pipeline, "--dry-run", sagemaker_project_name="shells"),
    }
    decisions = [f"{decision} {GROUP}/1" for decision in ("approve", "reject")]
    for arguments in ("list", "show Shells", "logs Shells", "stop Shells", f"models {GROUP}", *decisions):
        recorded[f"pipelines {arguments.split()[0]}"] = record_calls(pipelines, *arguments.split())
    pipelines("approve", f"{GROUP}/1")
    recorded["run-pipeline (with an approved version)"] = record_calls(
        run_pipeline, "--dry-run", sagemaker_project_name="shells"
    )
    recorded["pipelines show --violations"] = record_calls(pipelines, "show", "Shells", "--violations")
    recorded["pipelines function"] = record_calls(pipelines, "function", "get_approved_model", "--group", GROUP)
    aws.client("lambda").update_function_code(FunctionName="sagemaker-get-approved-model", ZipFile=EMPTY_ZIP)
    aws.client("lambda").update_function_configuration(FunctionName="sagemaker-get-approved-model", Timeout=3)
    recorded["pipelines function (update)"] = record_calls(
        pipelines, "function", "get_approved_model", "--group", GROUP
    )
    recorded["pipelines baseline"] = record_calls(pipelines, "baseline", GROUP)
    aws.status[execution_arn] = {"PipelineExecutionStatus": "Failed"}
    recorded["pipelines retry"] = record_calls(pipelines, "retry", "Shells")
    aws.steps[execution_arn] = [
        succeeded_step("Prepare", ProcessingJob={"Arn": f"arn:aws:sagemaker:x:1:processing-job/{job}"})
    ]
    recorded["pipelines clean --delete"] = record_calls(pipelines, "clean", "Shells", "--delete", "--yes")

    if request.config.getoption("--rewrite-golden"):
        CALLS.write_text(json.dumps(recorded, indent=2) + "\n")
    assert recorded == json.loads(CALLS.read_text())


def test_each_call_has_a_documented_permission():
    text = (ROOT / "docs" / "permissions.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+:\w+)` \| `?([\w:, `]+?)`? \|", text, re.MULTILINE))

    called = {call for calls in json.loads(CALLS.read_text()).values() for call in calls}
    assert called == rows.keys()

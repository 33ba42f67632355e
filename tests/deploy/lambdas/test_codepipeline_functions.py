"""Tests the functions of deploy/codepipeline: their real handlers call CodePipeline and SageMaker over HTTP."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")

import boto3
import permissions
from codepipeline import ActionFailed, CodePipeline, serve_codepipeline
from handlers import load_handler
from moto_answers import succeeded_step
from moto_over_http import BUCKET, REGION

SUBMIT, CONFIRM, APPROVE = (load_handler(name) for name in ("submit_pipeline", "confirm_pipeline", "approve_model"))
SETTINGS = {"CODEPIPELINE": "shells", "WAIT_STAGE": "Train", "WAIT_ACTION": "Wait", "SUBMIT_ACTION": "Submit"}
STAGES = [
    {"Name": "Source", "Actions": [{"Name": "Model"}]},
    {"Name": "Train", "Actions": [{"Name": "Submit"}, {"Name": "Wait"}]},
]
WAIT = {"Stage": "Train", "Name": "Wait"}
REPORT = {"pipeline": "Shells", "parameters": {"SkipDataQualityCheck": "True"}}


@pytest.fixture
def pipeline():
    return CodePipeline("shells", STAGES, {}, "execution-1")


@pytest.fixture
def codepipeline(pipeline):
    """Return boto3's client of the simulated CodePipeline."""
    with serve_codepipeline(pipeline) as client:
        yield client


@pytest.fixture
def session():
    return boto3.Session(region_name=REGION)


@pytest.fixture
def sagemaker(aws, session):
    """Return boto3's client of an account that has the pipeline."""
    role = aws.client("iam").get_role(RoleName="jobs")["Role"]["Arn"]
    aws.client("sagemaker").create_pipeline(PipelineName="Shells", RoleArn=role, PipelineDefinition=DEFINITION)
    aws.calls.clear()
    return session.client("sagemaker")


DEFINITION = json.dumps({"Version": "2020-12-01", "Parameters": [], "Steps": []})
BUILT = {"report": REPORT, "definition": json.loads(DEFINITION)}


@pytest.fixture
def execution(aws, sagemaker):
    """Start an execution; return its ARN."""
    return aws.client("sagemaker").start_pipeline_execution(PipelineName="Shells")["PipelineExecutionArn"]


@pytest.fixture
def artifact(aws):
    """Return a function that uploads an artifact with these files and returns it as in a job."""

    def run(**files):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, content in files.items():
                archive.writestr(f"{name}.json", json.dumps(content))
        aws.client("s3").put_object(Bucket=BUCKET, Key="shells/Built/a", Body=packed.getvalue())
        return [
            {
                "name": "Built",
                "location": {"type": "S3", "s3Location": {"bucketName": BUCKET, "objectKey": "shells/Built/a"}},
            }
        ]

    return run


@pytest.fixture
def ask(pipeline, codepipeline, sagemaker, session):
    """Return a function that lets a Lambda function do a job, and returns its output variables."""

    def run(function, artifacts=(), **parameters):
        text = parameters.pop("text", json.dumps(parameters))
        job, event = pipeline.job({"Configuration": {"UserParameters": text}}, list(artifacts))
        clients = SUBMIT.Clients(codepipeline, sagemaker, session) if function is SUBMIT else None
        function.lambda_handler(event, None, clients or function.Clients(codepipeline, sagemaker))
        run.event, run.clients = event, clients
        return pipeline.result(job)

    return run


def test_the_built_pipeline_starts_with_the_needed_and_the_given_parameters(aws, ask, artifact):
    result = ask(SUBMIT, artifact(**BUILT), Parameters={"InputDataUrl": "s3://raw-data/abalone.csv"})

    client, arn = aws.client("sagemaker"), result["PipelineExecutionArn"]
    parameters = client.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
    assert {parameter["Name"]: parameter["Value"] for parameter in parameters} == {
        "SkipDataQualityCheck": "True", "InputDataUrl": "s3://raw-data/abalone.csv",
    }  # fmt: skip


def test_a_repeated_job_starts_with_the_same_token_and_is_answered_once(ask, artifact, capsys):
    tokens = []

    def record_token(params, **_):
        tokens.append(params["ClientRequestToken"])

    ask(SUBMIT, artifact(**BUILT), Parameters={})
    ask.clients.sagemaker.meta.events.register("provide-client-params.sagemaker.StartPipelineExecution", record_token)

    for _ in range(2):
        SUBMIT.lambda_handler(ask.event, None, ask.clients)

    assert len(tokens) == 2 and len(set(tokens)) == 1 and len(tokens[0]) >= 32
    assert "was answered before" in capsys.readouterr().out


def test_an_artifact_without_the_report_fails_the_action_and_says_what_is_in_it(ask, artifact):
    with pytest.raises(ActionFailed, match=r"artifact Built has no report.json; it has definition.json"):
        ask(SUBMIT, artifact(definition={}), Parameters={})


def test_a_pipeline_that_was_changed_after_the_build_is_not_started(aws, ask, artifact):
    changed = {"Version": "2020-12-01", "Steps": [{"Name": "End", "Type": "Fail", "Arguments": {"ErrorMessage": "x"}}]}
    aws.client("sagemaker").update_pipeline(PipelineName="Shells", PipelineDefinition=json.dumps(changed))

    with pytest.raises(ActionFailed, match="Shells was changed after this was built; release the change again"):
        ask(SUBMIT, artifact(**BUILT), Parameters={})
    assert ("sagemaker", "StartPipelineExecution") not in aws.calls


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "UserParameters is not valid JSON: "), ("[1]", r"UserParameters has to be a JSON object; it is '\[1\]'")],
)
def test_parameters_that_are_not_an_object_fail_the_action(ask, text, message):
    with pytest.raises(ActionFailed, match=message):
        ask(SUBMIT, text=text)


def test_an_error_from_sagemaker_fails_the_action(aws, ask, artifact):
    aws.errors["StartPipelineExecution"] = [("ValidationException", "unknown parameter X", 400)]

    with pytest.raises(ActionFailed, match="unknown parameter X"):
        ask(SUBMIT, artifact(**BUILT), Parameters={"X": "1"})


def test_the_version_that_an_execution_registered_is_returned(aws, ask, execution):
    arn = f"arn:aws:sagemaker:{REGION}:123456789012:model-package/shells/3"
    aws.steps[execution] = [succeeded_step("Train"), succeeded_step("Register", RegisterModel={"Arn": arn})]

    assert ask(SUBMIT, PipelineExecutionArn=execution) == {"ModelPackageArn": arn}


def test_without_a_registered_version_the_error_has_the_reason(aws, ask, execution):
    aws.status[execution] = {"PipelineExecutionStatus": "Failed"}
    failed = succeeded_step("Gate") | {"StepStatus": "Failed", "FailureReason": "MSE is 9"}
    aws.steps[execution] = [succeeded_step("Train"), failed]

    with pytest.raises(ActionFailed, match=r"is Failed, and has registered no model\. Gate: MSE is 9"):
        ask(SUBMIT, PipelineExecutionArn=execution)
    aws.status.clear()
    aws.steps[execution] = [succeeded_step("Train")]
    with pytest.raises(ActionFailed, match="is Succeeded, and has registered no model"):
        ask(SUBMIT, PipelineExecutionArn=execution)


@pytest.fixture
def waits(pipeline, execution):
    """Let CodePipeline wait for the execution; return the event of that."""
    sources = [{"stageName": "Source", "actionName": f"Model{number}"} for number in range(5)]
    submitted = {"stageName": "Train", "actionName": "Submit"}
    variables = {"outputVariables": {"PipelineExecutionArn": execution}}
    pipeline.actions = [*sources, {**submitted, "output": variables}, {**submitted, "output": {}}]
    return pipeline.open_approval(WAIT)


@pytest.fixture
def confirm(codepipeline, sagemaker):
    """Return a function that passes an event to the handler and returns its result."""
    return lambda event: CONFIRM.lambda_handler(event, None, CONFIRM.Clients(codepipeline, sagemaker), SETTINGS)


ENDED = {"source": "aws.sagemaker", "detail": {"currentPipelineExecutionStatus": "Succeeded"}}


@pytest.mark.parametrize(
    ("status", "answer"), [("Succeeded", "Approved"), ("Failed", "Rejected"), ("Stopped", "Rejected")]
)
def test_the_answer_depends_on_the_executions_status(aws, pipeline, waits, confirm, execution, status, answer):
    aws.status[execution] = {"PipelineExecutionStatus": "Executing"}
    assert confirm(waits) == {"answered": False, "reason": f"{execution} is Executing"}
    aws.status[execution] = {"PipelineExecutionStatus": status, "FailureReason": "Step Gate: MSE is 9"}

    assert confirm(ENDED)["answered"]

    assert pipeline.approval["result"]["status"] == answer
    assert f"{execution} has ended: {status}. Step Gate: MSE is 9" == pipeline.approval["result"]["summary"]
    assert not confirm(ENDED)["answered"], "the same event again"


def test_an_execution_that_ended_before_the_wait_is_noticed_when_the_wait_starts(pipeline, waits, confirm):
    assert confirm(waits)["status"] == "Approved"
    assert pipeline.approval["result"]["status"] == "Approved"


@pytest.mark.usefixtures("execution")
def test_without_a_wait_nothing_is_answered(confirm):
    assert confirm(ENDED) == {"answered": False, "reason": "shells waits for nothing: Succeeded"}


def test_if_the_started_execution_is_not_listed_yet_lambda_retries(pipeline, confirm):
    pipeline.open_approval(WAIT)

    with pytest.raises(LookupError, match="Submit of execution-1 has started nothing yet"):
        confirm(ENDED)


@pytest.mark.parametrize("code", ["ApprovalAlreadyCompletedException", "InvalidApprovalTokenException"])
@pytest.mark.usefixtures("waits")
def test_an_approval_that_was_answered_by_hand_is_not_an_error(pipeline, codepipeline, confirm, code):
    def answer_first(params, **_):
        if code.startswith("Approval"):
            pipeline.approval["result"] = {"status": "Approved", "summary": "by hand"}
        else:
            params["token"] = "of-another-time"

    codepipeline.meta.events.register("provide-client-params.codepipeline.PutApprovalResult", answer_first)

    assert "was answered before" in confirm(ENDED)["reason"]


@pytest.mark.usefixtures("waits")
def test_lambda_retries_a_wait_without_a_token(pipeline, confirm):
    del pipeline.approval["token"]

    with pytest.raises(KeyError, match="token"):
        confirm(ENDED)


@pytest.fixture
def register(aws):
    """Return a function that registers a version with this status and returns its ARN."""
    client = aws.client("sagemaker")

    def run(status):
        client.create_model_package_group(ModelPackageGroupName="shells")
        specification = {
            "Containers": [{"Image": "an-image", "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"}],
            "SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"],
        }  # fmt: skip
        package = client.create_model_package(
            ModelPackageGroupName="shells", ModelApprovalStatus=status, InferenceSpecification=specification
        )
        return package["ModelPackageArn"]

    return run


@pytest.mark.parametrize("status", ["PendingManualApproval", "Approved"])
def test_a_version_is_approved_once(aws, ask, register, status):
    arn = register(status)

    assert ask(APPROVE, ModelPackageArn=arn, Reason="agreed to") == {"ModelPackageArn": arn}

    package = aws.client("sagemaker").describe_model_package(ModelPackageName=arn)
    assert package["ModelApprovalStatus"] == "Approved"
    assert (("sagemaker", "UpdateModelPackage") in aws.calls) is (status != "Approved")


def test_a_rejected_version_stays_rejected_and_the_action_fails(aws, ask, register):
    arn = register("Rejected")
    aws.packages[arn] = {"ApprovalDescription": "it knows no infants"}

    with pytest.raises(ActionFailed, match=f"{arn} was rejected: it knows no infants"):
        ask(APPROVE, ModelPackageArn=arn, Reason="agreed to")
    assert aws.client("sagemaker").describe_model_package(ModelPackageName=arn)["ModelApprovalStatus"] == "Rejected"


ANSWERS = {"codepipeline:PutJobSuccessResult", "codepipeline:PutJobFailureResult"}
WAITING = {"codepipeline:GetPipelineState", "codepipeline:ListActionExecutions", "codepipeline:PutApprovalResult"}


def test_the_policies_allow_exactly_the_functions_calls(aws, ask, artifact, execution, waits, confirm, register):
    def called_actions(run, *arguments, **keywords):
        aws.calls.clear()
        run(*arguments, **keywords)
        # The artifact is read with the job's credentials.
        return permissions.needed_actions(aws.operations()) - {"s3:GetObject"} | permissions.LOG

    aws.steps[execution] = [succeeded_step("Register", RegisterModel={"Arn": "arn:of:a/version"})]
    submit = called_actions(ask, SUBMIT, artifact(**BUILT), Parameters={})
    result = called_actions(ask, SUBMIT, PipelineExecutionArn=execution)
    assert submit | result | ANSWERS == permissions.allowed_actions("submit_pipeline")
    assert called_actions(confirm, waits) | WAITING == permissions.allowed_actions("confirm_pipeline")
    approve = called_actions(ask, APPROVE, ModelPackageArn=register("PendingManualApproval"), Reason="agreed to")
    assert approve | ANSWERS == permissions.allowed_actions("approve_model")

"""Runs the stages of deploy/codepipeline from a commit to production.

Builds run in shells, functions are the real ones, stacks of endpoints are created on moto, and the tested endpoint is a
real server of a trained model.
"""

from __future__ import annotations

import io
import json
import zipfile

import pytest

pytest.importorskip("cfnlint", reason="cfn-lint comes with the extra 'test'")
pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from deploy import templates

import boto3
import codebuild
import codepipeline_stack as stack
import model_versions
import numpy as np
import xgboost as xgb
from botocore.config import Config
from codepipeline import ActionFailed, CodePipeline, serve_codepipeline
from handlers import load_handler
from model_server import Server, endpoint
from moto_answers import succeeded_step
from moto_over_http import REGION

pytestmark = pytest.mark.long

NAME = stack.NAME
ENDED = {"source": "aws.sagemaker", "detail": {"currentPipelineExecutionStatus": "Succeeded"}}


@pytest.fixture(scope="module")
def version(abalone_csv, tmp_path_factory):
    return model_versions.train_model(tmp_path_factory.mktemp("version") / "model", abalone_csv)


@pytest.fixture
def serve(tmp_path, version):
    """Return a function that starts a server of the model, or of one that was trained with skewed labels."""
    servers = []

    def run(skew=0.0):
        folder = tmp_path / f"served-{skew}"
        folder.joinpath("model").mkdir(parents=True)
        train = np.loadtxt(version.file("train/train.csv"), delimiter=",")
        matrix = xgb.DMatrix(train[:, 1:], label=train[:, 0] + skew)
        booster = xgb.train(model_versions.HYPERPARAMETERS, matrix, num_boost_round=50) if skew else version.booster
        booster.save_model(folder / "model" / "xgboost-model.ubj")
        servers.append(server := Server("xgboost", folder))
        assert server.wait() == 200
        return server

    yield run
    for server in servers:
        server.end()


class Release:
    """Does what each provider of actions does, and records the results."""

    def __init__(self, aws, tmp_path, version, url, codepipeline):
        self.aws, self.tmp_path, self.version, self.url = aws, tmp_path, version, url
        session, once = boto3.Session(region_name=REGION), Config(retries={"total_max_attempts": 1})
        self.sagemaker = session.client("sagemaker")
        runtime = session.client("sagemaker-runtime", endpoint_url=url, config=once)
        submit, test, approve = (load_handler(name) for name in ("submit_pipeline", "test_endpoint", "approve_model"))
        self.confirm = load_handler("confirm_pipeline")
        self.codepipeline = codepipeline
        self.functions = {
            "codepipeline-shells-submit": (submit, submit.Clients(codepipeline, self.sagemaker, session)),
            "codepipeline-shells-test": (
                test, test.Clients(self.sagemaker, runtime, session.client("s3"), codepipeline),
            ),
            "codepipeline-shells-approve": (approve, approve.Clients(codepipeline, self.sagemaker)),
        }  # fmt: skip
        self.status, self.agreed, self.questions, self.artifacts = "Succeeded", True, [], {}

    @property
    def providers(self):
        return {
            "CodeStarSourceConnection": lambda pipeline, action: None,
            "S3": lambda pipeline, action: None,
            "CodeBuild": self.build, "Lambda": self.invoke, "Manual": self.approve, "CloudFormation": self.deploy,
        }  # fmt: skip

    def build(self, pipeline, action):
        if action["Name"] != "Pipeline":
            return
        source = self.tmp_path / "source"
        source.mkdir()
        options = {"RUN_OPTIONS": "--no-start"}
        done = codebuild.build("codebuild-buildspec.yml", source, codebuild.project(self.aws) | options)
        assert done.returncode == 0, done.stderr
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name in codebuild.spec("codebuild-buildspec.yml")["artifacts"]["files"]:
                archive.write(source / name, name)
        self.aws.client("s3").put_object(Bucket=stack.ARTIFACTS, Key="artifacts/built", Body=packed.getvalue())
        self.artifacts["Built"] = {"bucketName": stack.ARTIFACTS, "objectKey": "artifacts/built"}

    def invoke(self, pipeline, action):
        names = [artifact["Name"] for artifact in action.get("InputArtifacts", ())]
        inputs = [{"name": name, "location": {"type": "S3", "s3Location": self.artifacts[name]}} for name in names]
        job, event = pipeline.job(action, inputs)
        handler, clients = self.functions[action["Configuration"]["FunctionName"]]
        handler.lambda_handler(event, None, clients)
        return pipeline.result(job)

    def approve(self, pipeline, action):
        event = pipeline.open_approval(action)
        if action["Name"] == "Wait":
            self._train(pipeline, event)
        else:
            self.questions.append(action["Configuration"]["CustomData"])
            status = "Approved" if self.agreed else "Rejected"
            pipeline.approval["result"] = {"status": status, "summary": "decided by a reviewer"}
        pipeline.finish_approval()

    def _train(self, pipeline, event):
        """Let the execution run when CodePipeline starts to wait, and end later."""
        execution = pipeline.variables["Submit.PipelineExecutionArn"]
        settings = {"CODEPIPELINE": NAME, "WAIT_STAGE": "Train", "WAIT_ACTION": "Wait", "SUBMIT_ACTION": "Submit"}
        clients = self.confirm.Clients(self.codepipeline, self.sagemaker)
        self.aws.status[execution] = {"PipelineExecutionStatus": "Executing"}
        assert not self.confirm.lambda_handler(event, None, clients, settings)["answered"]
        session = boto3.Session(region_name=REGION)
        self.arn = model_versions.register(session, self.version, "PendingManualApproval", ModelPackageGroupName=NAME)
        self.aws.steps[execution] = [succeeded_step("Register", RegisterModel={"Arn": self.arn})]
        self.aws.status[execution] = {"PipelineExecutionStatus": self.status}
        assert self.confirm.lambda_handler(ENDED, None, clients, settings)["answered"]

    def deploy(self, pipeline, action):
        configuration = action["Configuration"]
        artifact, _, path = configuration["TemplatePath"].partition("::")
        assert artifact == "Model"
        configured = json.loads((stack.ROOT / configuration["TemplateConfiguration"].partition("::")[2]).read_text())
        overrides = configuration["ParameterOverrides"]
        assert len(overrides) <= 1024, "CodePipeline's limit"
        parameters = templates.check(
            stack.ROOT / path, configured["Parameters"] | json.loads(overrides), action["Stage"]
        )
        self.aws.client("cloudformation").create_stack(
            StackName=configuration["StackName"], TemplateBody=(stack.ROOT / path).read_text(),
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        )  # fmt: skip
        (described,) = self.aws.client("cloudformation").describe_stacks(StackName=configuration["StackName"])["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


@pytest.fixture
def release(aws, tmp_path, version, serve):
    """Return a function that runs the pipeline, and returns it, its providers, and the error of a failed action."""
    stack.make_versioned_buckets(aws, "raw-data", stack.ARTIFACTS, model_versions.BUCKET)
    aws.client("sagemaker").create_model_package_group(ModelPackageGroupName=NAME)
    aws.client("sagemaker").create_model_package_group(ModelPackageGroupName=model_versions.GROUP)
    assert stack.write_stack(tmp_path, **stack.DATA) == 0
    declared = stack.resources(stack.read_stack(tmp_path))["CodePipeline"]["Stages"]

    def run(skew=0.0, **changed):
        pipeline = CodePipeline(NAME, declared, {}, "execution-1")
        with endpoint(serve(skew)) as url, serve_codepipeline(pipeline) as client:
            done = Release(aws, tmp_path, version, url, client)
            vars(done).update(changed)
            pipeline.providers = done.providers
            try:
                pipeline.run()
            except ActionFailed as error:
                return pipeline, done, str(error)
        return pipeline, done, None

    return run


@pytest.mark.filterwarnings("ignore:Tried to parse:UserWarning")  # moto's, about resources that it ignores
def test_from_a_commit_to_production(aws, release):
    pipeline, providers, error = release()

    assert error is None
    assert pipeline.finished_actions == [
        "Source.Model", "Source.Data", "Build.Pipeline", "Build.Functions", "Train.Submit", "Train.Wait",
        "Train.Result", "Staging.Deploy", "Staging.Test", "Production.Agree", "Production.Approve", "Production.Deploy",
    ]  # fmt: skip
    client, execution = aws.client("sagemaker"), pipeline.variables["Submit.PipelineExecutionArn"]
    listed = client.list_pipeline_parameters_for_execution(PipelineExecutionArn=execution)["PipelineParameters"]
    values = {parameter["Name"]: parameter["Value"] for parameter in listed}
    assert values["InputDataUrl"] == "s3://raw-data/abalone.csv"
    assert values["SkipDataQualityCheck"] == "True", "in a first run"
    endpoints = client.list_endpoints()["Endpoints"]
    assert len(endpoints) == 2
    models = [client.describe_model(ModelName=model["ModelName"]) for model in client.list_models()["Models"]]
    assert {model["PrimaryContainer"]["ModelPackageName"] for model in models} == {providers.arn}
    version = client.describe_model_package(ModelPackageName=providers.arn)
    assert (version["ModelApprovalStatus"], version["ApprovalDescription"]) == (
        "Approved", "agreed to in CodePipeline, execution execution-1",
    )  # fmt: skip
    (question,) = providers.questions
    assert question.startswith(f"{providers.arn}: error ") and "#{" not in question


@pytest.mark.filterwarnings("ignore:Tried to parse:UserWarning")
@pytest.mark.parametrize(
    ("changed", "last", "message"),
    [
        ({"status": "Failed"}, "Train.Submit", "has ended: Failed"),
        ({"skew": 3.0}, "Staging.Deploy", "but the model was evaluated with"),
        ({"agreed": False}, "Staging.Test", "decided by a reviewer"),
    ],
)
def test_a_failure_ends_the_run_before_production(aws, release, changed, last, message):
    pipeline, providers, error = release(**changed)

    assert error is not None and message in error
    assert pipeline.finished_actions[-1] == last
    stacks = aws.client("cloudformation").list_stacks()["StackSummaries"]
    assert f"{NAME}-prod" not in {summary["StackName"] for summary in stacks}
    package = aws.client("sagemaker").describe_model_package(ModelPackageName=providers.arn)
    assert package["ModelApprovalStatus"] == "PendingManualApproval"

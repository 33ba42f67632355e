"""The stages of deploy/codepipeline, gone through from a commit to production.

Builds are run in shells, functions are the real ones, stacks of endpoints are made on moto, and the endpoint that is
tested is a real server of a really trained model.
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
from handlers import handler_of
from model_server import Server, endpoint
from moto_answers import succeeded
from moto_over_http import REGION

pytestmark = pytest.mark.long

NAME = stack.NAME
ENDED = {"source": "aws.sagemaker", "detail": {"currentPipelineExecutionStatus": "Succeeded"}}


@pytest.fixture(scope="module")
def version(abalone_csv, tmp_path_factory):
    return model_versions.train_model(tmp_path_factory.mktemp("version") / "model", abalone_csv)


@pytest.fixture
def serve(tmp_path, version):
    """A server of the model, or of one whose labels were others; the URL at which every endpoint is asked."""
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
    """What each provider does, and what became of it."""

    def __init__(self, aws, tmp_path, version, url, codepipeline):
        self.aws, self.tmp_path, self.version, self.url = aws, tmp_path, version, url
        session, once = boto3.Session(region_name=REGION), Config(retries={"total_max_attempts": 1})
        self.sagemaker = session.client("sagemaker")
        runtime = session.client("sagemaker-runtime", endpoint_url=url, config=once)
        submit, test, approve = (handler_of(name) for name in ("submit_pipeline", "test_endpoint", "approve_model"))
        self.confirm = handler_of("confirm_pipeline")
        self.codepipeline = codepipeline
        self.functions = {
            "codepipeline-shells-submit": (submit, submit.Clients(codepipeline, self.sagemaker, session)),
            "codepipeline-shells-test": (
                test, test.Clients(self.sagemaker, runtime, session.client("s3"), codepipeline),
            ),
            "codepipeline-shells-approve": (approve, approve.Clients(codepipeline, self.sagemaker)),
        }  # fmt: skip
        self.status, self.agreed, self.asked, self.artifacts = "Succeeded", True, [], {}

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
        given = {"RUN_OPTIONS": "--no-start"}
        done = codebuild.build("codebuild-buildspec.yml", source, codebuild.project(self.aws) | given)
        assert done.returncode == 0, done.stderr
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name in codebuild.spec("codebuild-buildspec.yml")["artifacts"]["files"]:
                archive.write(source / name, name)
        self.aws.client("s3").put_object(Bucket=stack.ARTIFACTS, Key="artifacts/built", Body=packed.getvalue())
        self.artifacts["Built"] = {"bucketName": stack.ARTIFACTS, "objectKey": "artifacts/built"}

    def invoke(self, pipeline, action):
        named = [one["Name"] for one in action.get("InputArtifacts", ())]
        given = [{"name": one, "location": {"type": "S3", "s3Location": self.artifacts[one]}} for one in named]
        job, event = pipeline.job(action, given)
        handler, clients = self.functions[action["Configuration"]["FunctionName"]]
        handler.lambda_handler(event, None, clients)
        return pipeline.result(job)

    def approve(self, pipeline, action):
        event = pipeline.open(action)
        if action["Name"] == "Wait":
            self._train(pipeline, event)
        else:
            self.asked.append(action["Configuration"]["CustomData"])
            status = "Approved" if self.agreed else "Rejected"
            pipeline.approval["result"] = {"status": status, "summary": "said a person"}
        pipeline.answered()

    def _train(self, pipeline, event):
        """It runs when CodePipeline begins to wait, and ends some time later."""
        execution = pipeline.variables["Submit.PipelineExecutionArn"]
        settings = {"CODEPIPELINE": NAME, "WAIT_STAGE": "Train", "WAIT_ACTION": "Wait", "SUBMIT_ACTION": "Submit"}
        clients = self.confirm.Clients(self.codepipeline, self.sagemaker)
        self.aws.status[execution] = {"PipelineExecutionStatus": "Executing"}
        assert not self.confirm.lambda_handler(event, None, clients, settings)["answered"]
        session = boto3.Session(region_name=REGION)
        self.arn = model_versions.register(session, self.version, "PendingManualApproval", ModelPackageGroupName=NAME)
        self.aws.steps[execution] = [succeeded("Register", RegisterModel={"Arn": self.arn})]
        self.aws.status[execution] = {"PipelineExecutionStatus": self.status}
        assert self.confirm.lambda_handler(ENDED, None, clients, settings)["answered"]

    def deploy(self, pipeline, action):
        configuration = action["Configuration"]
        artifact, _, path = configuration["TemplatePath"].partition("::")
        assert artifact == "Model"
        decided = json.loads((stack.ROOT / configuration["TemplateConfiguration"].partition("::")[2]).read_text())
        overrides = configuration["ParameterOverrides"]
        assert len(overrides) <= 1024, "as much as CodePipeline takes"
        given = templates.check(stack.ROOT / path, decided["Parameters"] | json.loads(overrides), action["Stage"])
        self.aws.client("cloudformation").create_stack(
            StackName=configuration["StackName"], TemplateBody=(stack.ROOT / path).read_text(),
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
        )  # fmt: skip
        (found,) = self.aws.client("cloudformation").describe_stacks(StackName=configuration["StackName"])["Stacks"]
        return {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}


@pytest.fixture
def release(aws, tmp_path, version, serve):
    """Go through it; the pipeline, what the providers did, and the error where an action failed."""
    stack.versioned_bucket(aws, "raw-data", stack.ARTIFACTS, model_versions.BUCKET)
    aws.client("sagemaker").create_model_package_group(ModelPackageGroupName=NAME)
    aws.client("sagemaker").create_model_package_group(ModelPackageGroupName=model_versions.GROUP)
    assert stack.write(tmp_path, **stack.DATA) == 0
    declared = stack.resources(stack.written_stack(tmp_path))["CodePipeline"]["Stages"]

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


@pytest.mark.filterwarnings("ignore:Tried to parse:UserWarning")  # moto's, of what it passes over
def test_from_a_commit_to_production(aws, release):
    pipeline, done, error = release()

    assert error is None
    assert pipeline.done == [
        "Source.Model", "Source.Data", "Build.Pipeline", "Build.Functions", "Train.Submit", "Train.Wait",
        "Train.Result", "Staging.Deploy", "Staging.Test", "Production.Agree", "Production.Approve", "Production.Deploy",
    ]  # fmt: skip
    client, execution = aws.client("sagemaker"), pipeline.variables["Submit.PipelineExecutionArn"]
    given = client.list_pipeline_parameters_for_execution(PipelineExecutionArn=execution)["PipelineParameters"]
    values = {one["Name"]: one["Value"] for one in given}
    assert values["InputDataUrl"] == "s3://raw-data/abalone.csv"
    assert values["SkipDataQualityCheck"] == "True", "of a first run"
    served = client.list_endpoints()["Endpoints"]
    assert len(served) == 2
    models = [client.describe_model(ModelName=one["ModelName"]) for one in client.list_models()["Models"]]
    assert {one["PrimaryContainer"]["ModelPackageName"] for one in models} == {done.arn}
    version = client.describe_model_package(ModelPackageName=done.arn)
    assert (version["ModelApprovalStatus"], version["ApprovalDescription"]) == (
        "Approved", "agreed to in CodePipeline, execution execution-1",
    )  # fmt: skip
    (asked,) = done.asked
    assert asked.startswith(f"{done.arn}: error ") and "#{" not in asked


@pytest.mark.filterwarnings("ignore:Tried to parse:UserWarning")
@pytest.mark.parametrize(
    ("changed", "last", "said"),
    [
        ({"status": "Failed"}, "Train.Submit", "has ended: Failed"),
        ({"skew": 3.0}, "Staging.Deploy", "where the model was evaluated with"),
        ({"agreed": False}, "Staging.Test", "said a person"),
    ],
)
def test_what_is_not_as_it_should_be_reaches_no_production(aws, release, changed, last, said):
    pipeline, done, error = release(**changed)

    assert error is not None and said in error
    assert pipeline.done[-1] == last
    stacks = aws.client("cloudformation").list_stacks()["StackSummaries"]
    assert f"{NAME}-prod" not in {one["StackName"] for one in stacks}
    found = aws.client("sagemaker").describe_model_package(ModelPackageName=done.arn)
    assert found["ModelApprovalStatus"] == "PendingManualApproval"

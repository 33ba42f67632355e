"""The whole loop on this machine: data come, a model is trained, approved, loses its quality, and is replaced.

Nothing is started by hand: each file that is uploaded, and each approval, is an event.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

import local_sagemaker.project
import local_sagemaker.session
from local_sagemaker.testing import finish
from pipelines.abalone.columns import SCHEMA

import pandas as pd

pytestmark = pytest.mark.long

NAMES = list(SCHEMA.order)
FEATURES = NAMES[:-1]
GROUP = "AbalonePackageGroup"
MESSAGE = "Look at the batch before the model is replaced."
CONFIG = {
    "bucket_prefix": "shells",
    "model_package_group_name": GROUP,
    # Whichever depths are tried, the model is as good as the first one.
    "retraining_arguments": {"max_jobs": 2, "ranges": {"max_depth": [4, 6]}},
    "inference_parameters": {"FailOnViolation": "false"},
    "custom_notification_config": [
        {"step_name": "ModelQualityLost", "step_status": "Failed", "step_custom_message": MESSAGE}
    ],
}


class Machine:
    """A root of this machine's with the project in it: upload, wait, read what people were told."""

    def __init__(self, folder: Path):
        from deploy.events import project, rules
        from deploy.events.settings import Settings

        self.folder, self.root = folder, folder / "root"
        self.session = local_sagemaker.session.open(self.root, local_sagemaker.project.config())
        self.client = self.session.client("sagemaker")
        facts = {
            "region": "us-east-1",
            "bucket_name": "sagemaker-us-east-1-000000000000",
            "role_arn": "arn:aws:iam::000000000000:role/local",
        }
        self.settings = Settings.model_validate(CONFIG | facts)
        rules.put(self.settings, self.session)
        for pipeline in project.compile_pipelines(self.settings, self.session).values():
            pipeline.upsert()

    def upload(self, kind, table, name):
        """Send a table as a file of this name."""
        from deploy.events import uploads

        path = self.folder / kind / name
        path.parent.mkdir(exist_ok=True)
        table.to_csv(path, index=False, header=kind != "training")
        uploads.send(self.settings, self.session, {kind: str(path)})

    def ran(self, pipeline, number):
        """The execution of this number, counted from 1, once it has ended."""
        executions = waited(lambda: self.executions(pipeline)[number - 1 :])
        return finish(self.session, executions[0]["PipelineExecutionArn"])

    def executions(self, pipeline):
        """Of the oldest first."""
        found = self.client.list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"]
        return found[::-1]

    def versions(self):
        """Numbers of versions -> their approval."""
        found = self.client.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]
        return {one["ModelPackageVersion"]: one["ModelApprovalStatus"] for one in found}

    def approve(self, number):
        """As a person does."""
        arn = f"arn:aws:sagemaker:us-east-1:000000000000:model-package/{GROUP}/{number}"
        self.client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")

    def told(self, subject):
        """The text with this subject, once it has come, and the texts' folder without it."""
        return waited(lambda: [text for text in self.texts() if f"\nSubject: {subject}\n" in text])[-1]

    def texts(self):
        """What people were told, in that order."""
        return [path.read_text() for path in sorted(self.root.joinpath("notifications").glob("*.txt"))]

    def events(self, step, status):
        """What was told of a step."""
        told = [json.loads(line) for line in self.root.joinpath("events.jsonl").read_text().splitlines()]
        wanted = {"stepName": step, "currentStepStatus": status}
        return [one for one in told if wanted.items() <= one["detail"].items()]

    def decisions(self):
        """What the retraining function gave back."""
        answers = [path.parent for path in self.root.glob("invocations/*/response.json")]
        asked = [(json.loads(one.joinpath("request.json").read_text()), one) for one in answers]
        return [
            json.loads(one.joinpath("response.json").read_text())["payload"]
            for request, one in asked
            if request["name"] == "sagemaker-pipeline-retraining"
        ]

    def scored_with(self, ran):
        """The version that an execution scored with."""
        outputs = ran.steps["LambdaStepGetApprovedModel"]["Metadata"]["Lambda"]["OutputParameters"]
        return next(int(one["Value"]) for one in outputs if one["Name"] == "ModelPackageVersion")


def waited(look):
    """What a look finds, once it finds something."""
    deadline = time.monotonic() + 120
    while not (found := look()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.2)
    return found


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def trained_and_approved(machine, shells):
    """Data come, a model is trained of them, and a person is asked."""
    machine.upload("training", shells, "known.csv")
    trained = machine.ran("TrainingPipeline", 1)
    assert trained.status == "Succeeded", trained.reason
    asked = machine.told(f"SageMaker Model: {GROUP}/1 - PendingManualApproval - Action Required")
    assert f"Version {GROUP}/1 waits for approval." in asked
    assert f"pipelines approve {GROUP}/1" in asked
    machine.approve(1)
    assert f"Version {GROUP}/1 is Approved now." in machine.told(f"SageMaker Model: {GROUP}/1 - Approved")


def scored_and_compared(machine, batch, name, number):
    """A batch comes, is scored, and its truth is compared; both executions."""
    machine.upload("inference", batch[["id", *FEATURES]], name)
    scored = machine.ran("InferencePipeline", number)
    assert scored.status == "Succeeded", scored.reason
    assert "EvaluateAbaloneScores" not in scored.steps
    machine.upload("truth", batch[["id", "rings"]], name)
    return scored, machine.ran("InferencePipeline", number + 1)


def lost(machine, batch):
    """A batch comes that the model knows nothing of: drift is found, then lost quality; the execution of that."""
    machine.upload("inference", batch[["id", *FEATURES]], "scaled.csv")
    assert machine.ran("InferencePipeline", 3).status == "Succeeded", "drift does not end it"
    waited(lambda: [one for one in machine.decisions() if "its truth has not come" in one["reason"]])
    assert machine.executions("TrainingWHPOPipeline") == []
    machine.upload("truth", batch[["id", "rings"]], "scaled.csv")
    found = machine.ran("InferencePipeline", 4)
    assert [name for name, step in found.steps.items() if step["StepStatus"] == "Failed"] == ["ModelQualityLost"]
    told = machine.told("SageMaker Pipeline Step: ModelQualityLost Execution - Failed - Action Required")
    assert MESSAGE in told
    assert "worse than ModelQualityTolerance allows" in told
    told = machine.told("SageMaker Pipeline: InferencePipeline Execution - Failed")
    assert f"pipelines show {found.arn.rpartition('/')[2]} --violations; retraining starts by itself" in told
    return found


def test_from_data_to_the_model_that_replaces_the_one_which_lost_its_quality(machine, abalone_csv):
    shells = pd.read_csv(abalone_csv, header=None, names=NAMES)
    new = shells[shells.index % 3 == 0].reset_index(drop=True)
    new = new.assign(id=[f"shell-{number}" for number in range(len(new))])
    # The same shells in a smaller unit: the model has never seen such, and one that has can learn them.
    scaled = new.assign(**{name: new[name] * 3 for name in SCHEMA.numeric})

    trained_and_approved(machine, shells[shells.index % 3 != 0])
    _, compared = scored_and_compared(machine, new, "good.csv", 1)
    assert compared.status == "Succeeded", compared.reason
    assert (machine.scored_with(compared), compared.status_of("LabelAbaloneData")) == (1, "Succeeded")
    assert machine.executions("TrainingWHPOPipeline") == []

    bad = lost(machine, scaled)
    retrained = machine.ran("TrainingWHPOPipeline", 1)
    assert retrained.status == "Succeeded", retrained.reason
    (event,) = machine.events("ModelQualityLost", "Failed")
    for _ in range(2):  # EventBridge may deliver it again
        machine.session.client("lambda").invoke(FunctionName="sagemaker-pipeline-retraining", Payload=json.dumps(event))
    assert len(machine.executions("TrainingWHPOPipeline")) == 1
    assert {one["execution_arn"] for one in machine.decisions() if one["started"]} == {retrained.arn}
    began = [text for text in machine.texts() if "TrainingWHPOPipeline Execution - Executing" in text]
    assert f" in {bad.arn}" in began[0]

    assert machine.versions() == {1: "Approved", 2: "PendingManualApproval"}
    machine.told(f"SageMaker Model: {GROUP}/2 - PendingManualApproval - Action Required")
    machine.approve(2)
    following, better = scored_and_compared(machine, scaled.iloc[::-1], "next.csv", 5)
    assert (machine.scored_with(following), better.status) == (2, "Succeeded"), better.reason
    assert len(machine.executions("TrainingWHPOPipeline")) == 1
    assert not machine.root.joinpath("undelivered.jsonl").exists()

"""Runs the complete loop on this machine: new data, training, approval, lost quality, and a replacement model.

Nothing is started by hand: each uploaded file and each approval is an event.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

import local_sagemaker.project
import local_sagemaker.session
from local_sagemaker.testing import wait_for_end
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
    # With any of these depths, the model is as good as the first one.
    "retraining_arguments": {"max_jobs": 2, "ranges": {"max_depth": [4, 6]}},
    "inference_parameters": {"FailOnViolation": "false"},
    "custom_notification_config": [
        {"step_name": "ModelQualityLost", "step_status": "Failed", "step_custom_message": MESSAGE}
    ],
}


class Machine:
    """Holds the project in a root on this machine: uploads, waits, and reads the notifications."""

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
        rules.apply_rules(self.settings, self.session)
        for pipeline in project.compile_pipelines(self.settings, self.session).values():
            pipeline.upsert()

    def upload(self, dataset, table, name):
        """Upload a table as a file with this name."""
        from deploy.events import uploads

        path = self.folder / dataset / name
        path.parent.mkdir(exist_ok=True)
        table.to_csv(path, index=False, header=dataset != "training")
        uploads.send(self.settings, self.session, {dataset: str(path)})

    def finished_execution(self, pipeline, number):
        """Wait for the end of the execution with this number, counted from 1; return it."""
        executions = wait_for(lambda: self.executions(pipeline)[number - 1 :])
        return wait_for_end(self.session, executions[0]["PipelineExecutionArn"])

    def executions(self, pipeline):
        """Return the executions, the oldest first."""
        return self.client.list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"][::-1]

    def versions(self):
        """Return number of a version -> its approval status."""
        summaries = self.client.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]
        return {summary["ModelPackageVersion"]: summary["ModelApprovalStatus"] for summary in summaries}

    def approve(self, number):
        """Approve a version, as a reviewer does."""
        arn = f"arn:aws:sagemaker:us-east-1:000000000000:model-package/{GROUP}/{number}"
        self.client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")

    def notification(self, subject):
        """Wait for a notification with this subject; return the newest one."""
        return wait_for(lambda: [text for text in self.notifications() if f"\nSubject: {subject}\n" in text])[-1]

    def notifications(self):
        """Return the texts of all notifications, the oldest first."""
        return [path.read_text() for path in sorted(self.root.joinpath("notifications").glob("*.txt"))]

    def events(self, step, status):
        """Return the events of a step with this status."""
        events = [json.loads(line) for line in self.root.joinpath("events.jsonl").read_text().splitlines()]
        members = {"stepName": step, "currentStepStatus": status}
        return [event for event in events if members.items() <= event["detail"].items()]

    def decisions(self):
        """Return the results of the retraining function."""
        folders = [path.parent for path in self.root.glob("invocations/*/response.json")]
        requests = [(json.loads(folder.joinpath("request.json").read_text()), folder) for folder in folders]
        return [
            json.loads(folder.joinpath("response.json").read_text())["payload"]
            for request, folder in requests
            if request["name"] == "sagemaker-pipeline-retraining"
        ]

    def scoring_version(self, execution):
        """Return the number of the version with which an execution scored."""
        outputs = execution.steps["LambdaStepGetApprovedModel"]["Metadata"]["Lambda"]["OutputParameters"]
        return next(int(output["Value"]) for output in outputs if output["Name"] == "ModelPackageVersion")


def wait_for(look):
    """Call ``look`` until it returns something; return that."""
    deadline = time.monotonic() + 120
    while not (result := look()):
        assert time.monotonic() < deadline, "timeout"
        time.sleep(0.2)
    return result


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def train_and_approve(machine, shells):
    """Upload data, and approve the model that is trained with them, after the notification."""
    machine.upload("training", shells, "known.csv")
    trained = machine.finished_execution("TrainingPipeline", 1)
    assert trained.status == "Succeeded", trained.reason
    request = machine.notification(f"SageMaker Model: {GROUP}/1 - PendingManualApproval - Action Required")
    assert f"Version {GROUP}/1 waits for approval." in request
    assert f"pipelines approve {GROUP}/1" in request
    machine.approve(1)
    assert f"Version {GROUP}/1 is Approved now." in machine.notification(f"SageMaker Model: {GROUP}/1 - Approved")


def score_and_compare(machine, batch, name, number):
    """Upload a batch, which is scored, then its ground truth, which is compared; return both executions."""
    machine.upload("inference", batch[["id", *FEATURES]], name)
    scored = machine.finished_execution("InferencePipeline", number)
    assert scored.status == "Succeeded", scored.reason
    assert "EvaluateAbaloneScores" not in scored.steps
    machine.upload("truth", batch[["id", "rings"]], name)
    return scored, machine.finished_execution("InferencePipeline", number + 1)


def lose_quality(machine, batch):
    """Upload an unfamiliar batch, which leads to drift, then to lost quality; return the latter's execution."""
    machine.upload("inference", batch[["id", *FEATURES]], "scaled.csv")
    assert machine.finished_execution("InferencePipeline", 3).status == "Succeeded", "drift does not end the execution"
    wait_for(
        lambda: [decision for decision in machine.decisions() if "there is no ground truth yet" in decision["reason"]]
    )
    assert machine.executions("TrainingWHPOPipeline") == []
    machine.upload("truth", batch[["id", "rings"]], "scaled.csv")
    failed = machine.finished_execution("InferencePipeline", 4)
    assert [name for name, step in failed.steps.items() if step["StepStatus"] == "Failed"] == ["ModelQualityLost"]
    notification = machine.notification(
        "SageMaker Pipeline Step: ModelQualityLost Execution - Failed - Action Required"
    )
    assert MESSAGE in notification
    assert "worse than ModelQualityTolerance allows" in notification
    notification = machine.notification("SageMaker Pipeline: InferencePipeline Execution - Failed")
    assert f"pipelines show {failed.arn.rpartition('/')[2]} --violations; retraining starts by itself" in notification
    return failed


def test_from_new_data_to_the_model_that_replaces_one_with_lost_quality(machine, abalone_csv):
    shells = pd.read_csv(abalone_csv, header=None, names=NAMES)
    new = shells[shells.index % 3 == 0].reset_index(drop=True)
    new = new.assign(id=[f"shell-{number}" for number in range(len(new))])
    # The same shells in a smaller unit: unfamiliar to the model, but another one can learn them.
    scaled = new.assign(**{name: new[name] * 3 for name in SCHEMA.numeric})

    train_and_approve(machine, shells[shells.index % 3 != 0])
    _, compared = score_and_compare(machine, new, "good.csv", 1)
    assert compared.status == "Succeeded", compared.reason
    assert (machine.scoring_version(compared), compared.status_of("LabelAbaloneData")) == (1, "Succeeded")
    assert machine.executions("TrainingWHPOPipeline") == []

    failed = lose_quality(machine, scaled)
    retrained = machine.finished_execution("TrainingWHPOPipeline", 1)
    assert retrained.status == "Succeeded", retrained.reason
    (event,) = machine.events("ModelQualityLost", "Failed")
    for _ in range(2):  # EventBridge may deliver it again
        machine.session.client("lambda").invoke(FunctionName="sagemaker-pipeline-retraining", Payload=json.dumps(event))
    assert len(machine.executions("TrainingWHPOPipeline")) == 1
    assert {decision["execution_arn"] for decision in machine.decisions() if decision["started"]} == {retrained.arn}
    starts = [text for text in machine.notifications() if "TrainingWHPOPipeline Execution - Executing" in text]
    assert f" in {failed.arn}" in starts[0]

    assert machine.versions() == {1: "Approved", 2: "PendingManualApproval"}
    machine.notification(f"SageMaker Model: {GROUP}/2 - PendingManualApproval - Action Required")
    machine.approve(2)
    following, better = score_and_compare(machine, scaled.iloc[::-1], "next.csv", 5)
    assert (machine.scoring_version(following), better.status) == (2, "Succeeded"), better.reason
    assert len(machine.executions("TrainingWHPOPipeline")) == 1
    assert not machine.root.joinpath("undelivered.jsonl").exists()

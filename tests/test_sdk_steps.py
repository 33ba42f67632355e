"""What the SDK writes runs on this machine: ``@step`` functions, and a ModelTrainer with source code."""

from __future__ import annotations

import tarfile
import time

from local_sagemaker.testing import BUCKET, ROLE, SCIKIT_LEARN

import pytest

SCRIPT = """
import argparse, os
parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int)
rows = open(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "rows.csv")).read()
with open(os.path.join(os.environ["SM_MODEL_DIR"], "model"), "w") as file:
    file.write(f"{parser.parse_args().rounds} {rows}")
"""


@pytest.fixture
def sdk(session):
    """Return the SDK's session, which is imported without a region and without a network, on the local one."""
    import pipelines.compiling.sdk  # noqa: F401  which imports it so

    from sagemaker.core.workflow.pipeline_context import PipelineSession

    return PipelineSession(boto_session=session, default_bucket=BUCKET)


def run(sdk, steps):
    """Create a pipeline of these steps, run it, and check that it succeeds."""
    from sagemaker.mlops.workflow.pipeline import Pipeline

    pipeline = Pipeline(name="Steps", steps=steps, sagemaker_session=sdk)
    pipeline.upsert(ROLE)
    execution = pipeline.start()
    while (status := execution.describe()["PipelineExecutionStatus"]) == "Executing":
        time.sleep(0.1)
    assert status == "Succeeded", execution.list_steps()


@pytest.mark.long
def test_functions_run_as_steps_and_pass_their_results_on(sdk):
    from sagemaker.mlops.workflow.function_step import step

    settings = {"instance_type": "ml.m5.large", "image_uri": SCIKIT_LEARN, "role": ROLE}

    def add(left, right):
        return left + right

    def check(total):
        if total != 3:
            raise ValueError(f"the total is {total}")

    total = step(add, name="Add", **settings)(1, 2)
    run(sdk, [step(check, name="Check", **settings)(total)])


@pytest.mark.filterwarnings("ignore:Implicitly cleaning up:ResourceWarning")  # folders of the SDK's own
def test_a_trainer_runs_its_source_code(sdk, account, tmp_path):
    from sagemaker.core.training.configs import Compute, InputData, SourceCode
    from sagemaker.mlops.workflow.steps import TrainingStep
    from sagemaker.train import ModelTrainer

    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "train.py").write_text(SCRIPT)
    account.objects.write(BUCKET, "train/rows.csv", b"1,2")
    trainer = ModelTrainer(
        training_image=SCIKIT_LEARN,
        source_code=SourceCode(source_dir=str(tmp_path / "code"), entry_script="train.py"),
        compute=Compute(instance_type="ml.m5.large", instance_count=1),
        hyperparameters={"rounds": 3},
        role=ROLE,
        sagemaker_session=sdk,
        base_job_name="trainer",
    )
    channel = InputData(channel_name="train", data_source=f"s3://{BUCKET}/train/")

    run(sdk, [TrainingStep(name="Train", step_args=trainer.train(input_data_config=[channel]))])
    trainer._temp_code_dir.cleanup()

    (model,) = [path for key, path in account.objects.keys(BUCKET) if key.endswith("/model.tar.gz")]
    with tarfile.open(model) as archive:
        assert archive.extractfile("model").read() == b"3 1,2"

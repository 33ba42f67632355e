"""Build training steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_sagemaker.tools.code import PROGRAM
from pipelines.compiling import sdk
from pipelines.steps.context import BuildContext, sdk_steps

from sagemaker.core.training.configs import (
    Compute,
    InputData,
    Networking,
    OutputDataConfig,
    StoppingCondition,
    Tag,
)
from sagemaker.mlops.workflow.steps import TrainingStep
from sagemaker.train import ModelTrainer

CSV = "text/csv"
MAX_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class TrainingResult:
    """A training step that gives access to its model."""

    step: TrainingStep

    @property
    def model(self) -> Any:
        """The S3 URI of the model.tar.gz that the job writes."""
        return self.step.properties.ModelArtifacts.S3ModelArtifacts


def train(
    context: BuildContext,
    name: str,
    *,
    image: str,
    channels: Mapping[str, Any],
    hyperparameters: Mapping[str, Any],
    output: str,
    after: Sequence[Any] = (),
) -> TrainingResult:
    """Return a step that trains an image's built-in algorithm on CSV channels.

    Args:
        context: what all jobs share.
        name: the step's name.
        image: the training image.
        channels: channel -> S3 URI of CSV files, label first, no header.
        hyperparameters: those of the container; parameters are passed on as strings.
        output: the folder for models below the pipeline's prefix.
        after: the steps to wait for, in addition to those that write the channels.
    """
    step_args = trainer(context, name, image, hyperparameters, output).train(input_data_config=csv_channels(channels))
    return TrainingResult(TrainingStep(name, step_args=step_args, depends_on=sdk_steps(after)))


def script_hyperparameters(context: BuildContext, script: str) -> dict[str, str]:
    """Return the hyperparameters that make a training image run a script of this project.

    They are those of AWS's training toolkit.

    https://github.com/aws/sagemaker-training-toolkit

    Args:
        context: what all jobs share.
        script: the script's module, e.g. ``pipelines.abalone_tensorflow.train``.
    """
    return {"sagemaker_program": PROGRAM, "sagemaker_submit_directory": context.source(script)}


def csv_channels(channels: Mapping[str, Any]) -> list[InputData]:
    """Return channels of CSV files, as the SDK takes them."""
    return [InputData(channel_name=name, data_source=uri, content_type=CSV) for name, uri in channels.items()]


def trainer(
    context: BuildContext, name: str, image: str, hyperparameters: Mapping[str, Any], output: str
) -> ModelTrainer:
    """Return the SDK's trainer, which trains once or is tuned.

    It holds image, instance, network, encryption and output prefix of a training job.
    """
    security = context.security
    return ModelTrainer(
        training_image=image,
        role=context.role,
        sagemaker_session=context.session,
        base_job_name=name,
        compute=Compute(
            instance_type=context.training_instance_type, instance_count=1, volume_kms_key_id=security.kms_key
        ),
        networking=Networking(
            subnets=list(security.subnets or ()) or None,
            security_group_ids=list(security.security_group_ids or ()) or None,
            enable_network_isolation=security.enable_network_isolation or None,
            enable_inter_container_traffic_encryption=security.encrypt_inter_container_traffic or None,
        ),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=MAX_SECONDS),
        output_data_config=OutputDataConfig(s3_output_path=context.s3(output), kms_key_id=security.kms_key),
        hyperparameters=sdk.hyperparameters(dict(hyperparameters)),
        tags=[Tag(key=tag["Key"], value=tag["Value"]) for tag in context.tags] or None,
    )

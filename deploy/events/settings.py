"""Reads the configuration of deploy/events: the file that Terraform reads, with the same names, defaults and limits.

``variables.tf`` describes each setting; a test compares the two. An unknown name is an error here, whereas Terraform
only warns about it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from local_sagemaker.near_names import did_you_mean
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.terminal import command_line

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

Folder = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")]
Pipeline = Annotated[str, Field(pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9])*$", max_length=40)]
Module = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$")]
Function = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,59}$")]
Email = Annotated[str, Field(pattern=r"^[^@ ]+@[^@ ]+$")]
Bucket = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
Role = Annotated[str, Field(pattern=r"^arn:[^:]+:iam::[0-9]{12}:role/.+$")]
Key = Annotated[str, Field(pattern=r"^(arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+)?$")]
Url = Annotated[str, Field(pattern=r"^(https://.*)?$")]
Group = Annotated[str, Field(pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$")]
StepStatus = Literal["Starting", "Succeeded", "Failed", "Stopping", "Stopped"]
ExecutionStatus = Literal["Executing", "Succeeded", "Failed", "Stopping", "Stopped"]

DATA_CHECKS = ("DataQuality", "DataBias", "ModelQuality", "ModelBias", "ModelExplainability")
#: For a first run or changed data, where no baseline fits: skip the checks and register new baselines.
NEW_BASELINES = {name: "true" for check in DATA_CHECKS for name in (f"Skip{check}Check", f"RegisterNew{check}Baseline")}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class CustomNotification(_Strict):
    """Sets a custom message for a step that reaches this status."""

    step_name: str
    step_status: StepStatus
    step_custom_message: str


class Settings(_Strict):
    """Holds the configuration."""

    region: str
    bucket_name: Bucket
    bucket_prefix: Folder
    bucket_train_prefix: Folder = "training/data/raw"
    bucket_inf_prefix: Folder = "batch-scoring/data/raw"
    bucket_truth_prefix: Folder = "batch-scoring/data/truth"
    role_arn: Role
    model_package_group_name: Group
    pipeline_train: Pipeline = "TrainingPipeline"
    pipeline_trainwhpo: Pipeline = "TrainingWHPOPipeline"
    pipeline_inf: Pipeline = "InferencePipeline"
    use_case: str = "Abalone"
    train_module: Module = "pipelines.abalone.pipeline"
    trainwhpo_module: Module = "pipelines.abalone_tuning.pipeline"
    training_arguments: dict[str, Any] = {}
    retraining_arguments: dict[str, Any] = {}
    inference_arguments: dict[str, Any] = {}
    training_parameters: dict[str, str] = NEW_BASELINES
    retraining_parameters: dict[str, str] = NEW_BASELINES
    inference_parameters: dict[str, str] = {}
    accuracy_mse_threshold: Annotated[float, Field(gt=0, strict=False)] | None = None
    cool_down_hours: Annotated[float, Field(ge=0, strict=False)] = 24
    retrain_on_drift: bool = True
    email_recipient: list[Email] = []
    execution_statuses: list[ExecutionStatus] = ["Executing", "Succeeded", "Failed", "Stopped"]
    step_statuses: list[StepStatus] = []
    custom_notification_config: list[CustomNotification] = []
    studio_url: Url = ""
    notification_function_name: Function = "sagemaker-pipeline-notification"
    retraining_function_name: Function = "sagemaker-pipeline-retraining"
    start_function_name: Function = "sagemaker-pipeline-start"
    approved_model_function_name: Function = "sagemaker-pipeline-approved-model"
    kms_key: Key = ""
    subnet_id: str = ""
    sg_id: str = ""
    user_id: str = ""
    tags: dict[str, str] = {}
    recreate_pipelines: bool = False
    upload_training_data: bool = False
    upload_inference_data: bool = False
    training_data_file: str = ""
    inference_data_file: str = ""
    permissions_boundary_arn: str = ""
    log_retention_days: int = 90

    @model_validator(mode="after")
    def _check_combinations(self) -> Self:
        """Check combinations of settings."""
        if bool(self.subnet_id) != bool(self.sg_id):
            raise ValueError("subnet_id and sg_id go together: give both or neither")
        for data in ("training_data", "inference_data"):
            if getattr(self, f"upload_{data}") and not getattr(self, f"{data}_file"):
                raise ValueError(f"upload_{data} needs {data}_file")
        self._check_folders_and_names()
        return self

    def _check_folders_and_names(self) -> None:
        """Check that a pipeline's own files start no pipeline, and that each file has a single meaning."""
        folders = {name: f"{getattr(self, name)}/" for name in DATA_FOLDERS} | OUTPUT_FOLDERS
        for name, folder in folders.items():
            for inner_name, inner in folders.items():
                if name != inner_name and inner.startswith(folder):
                    raise ValueError(f"{name} {folder!r} contains {inner_name} {inner!r}; separate them")
        names = [self.pipeline_train, self.pipeline_trainwhpo, self.pipeline_inf]
        if len({name.lower() for name in names}) < len(names):
            raise ValueError("pipeline_train, pipeline_trainwhpo and pipeline_inf have to be three different names")


DATA_FOLDERS = ("bucket_train_prefix", "bucket_inf_prefix", "bucket_truth_prefix")
#: Folders of the pipelines' and the functions' files, below bucket_prefix.
OUTPUTS, SNAPSHOTS = "pipelines", "retraining"
OUTPUT_FOLDERS = {f"what is written to {name}": f"{name}/" for name in (OUTPUTS, SNAPSHOTS)}


def read(path: str, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Read the settings from a file.

    Args:
        path: JSON file, name -> value.
        overrides: settings that replace those of the file, for example this machine's bucket.

    Raises:
        UsageError: there is no such file, or it has errors: all of them are listed, with their places and values.
    """
    try:
        values = json.loads(command_line.read_text(path))
        return Settings.model_validate({**values, **(overrides or {})} if isinstance(values, dict) else values)
    except ValidationError as error:
        errors = "; ".join(map(_error_text, error.errors()))
        raise UsageError(f"{path!r} is invalid: {errors}") from None
    except ValueError as error:
        raise UsageError(f"{path!r} is not valid JSON: {error}") from None


def _error_text(error: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        fields = CustomNotification.model_fields if "custom_notification_config" in place else Settings.model_fields
        return f"{place} is not a setting{did_you_mean(str(error['loc'][-1]), fields)}"
    if error["type"] == "missing":
        return f"{place} is missing"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return f"{place} is {json.dumps(error['input'], default=str)[:80]}: {error['msg']}"


def placeholders(settings: Settings, account: str, partition: str = "aws") -> dict[str, str]:
    """Return the values that fill in patterns, policies and the functions' variables; see names.tf."""
    s, sagemaker = settings, f"arn:{partition}:sagemaker:{settings.region}:{account}"
    bucket, group = f"s3://{s.bucket_name}", s.model_package_group_name
    arns = {
        "TrainingPipelineArn": f"{sagemaker}:pipeline/{s.pipeline_train}",
        "RetrainingPipelineArn": f"{sagemaker}:pipeline/{s.pipeline_trainwhpo}",
        "InferencePipelineArn": f"{sagemaker}:pipeline/{s.pipeline_inf}",
        "GroupArn": f"{sagemaker}:model-package-group/{group}",
        "VersionsArn": f"{sagemaker}:model-package/{group}/*",
    }
    prefixes = {
        "TrainingPrefix": f"{s.bucket_prefix}/{s.bucket_train_prefix}/",
        "InferencePrefix": f"{s.bucket_prefix}/{s.bucket_inf_prefix}/",
        "TruthPrefix": f"{s.bucket_prefix}/{s.bucket_truth_prefix}/",
        "OutputPrefix": f"{s.bucket_prefix}/{OUTPUTS}/inference/",
        "SnapshotsPrefix": f"{s.bucket_prefix}/{SNAPSHOTS}/",
    }
    threshold = {} if s.accuracy_mse_threshold is None else {"MseThreshold": f"{s.accuracy_mse_threshold:.15g}"}
    return (
        arns
        | {f"{name}InLowerCase": arn.lower() for name, arn in arns.items()}
        | prefixes
        | {
            "Partition": partition,
            "Region": s.region,
            "Account": account,
            "Bucket": s.bucket_name,
            "BucketArn": f"arn:{partition}:s3:::{s.bucket_name}",
            "TrainingData": f"{bucket}/{prefixes['TrainingPrefix']}",
            "LabelledData": f"{bucket}/{prefixes['OutputPrefix']}labelled/",
            "Snapshots": f"{bucket}/{prefixes['SnapshotsPrefix']}",
            "Group": group,
            "TrainingPipeline": s.pipeline_train,
            "RetrainingPipeline": s.pipeline_trainwhpo,
            "InferencePipeline": s.pipeline_inf,
            "NotificationFunction": s.notification_function_name,
            "RetrainingFunction": s.retraining_function_name,
            "StartFunction": s.start_function_name,
            "Function": s.approved_model_function_name,
            "TopicArn": f"arn:{partition}:sns:{s.region}:{account}:{s.pipeline_inf}-notifications",
            "ExecutionStatuses": ",".join(s.execution_statuses),
            "StepStatuses": ",".join(s.step_statuses),
            "CustomMessages": json.dumps([notification.model_dump() for notification in s.custom_notification_config]),
            "StudioUrl": s.studio_url,
            "CoolDownHours": f"{s.cool_down_hours:.15g}",
            "OnDrift": str(s.retrain_on_drift).lower(),
            "LabelStep": f"Label{s.use_case}Data",
            "TrainingParameters": json.dumps(threshold | s.training_parameters),
            "RetrainingParameters": json.dumps(threshold | s.retraining_parameters),
            "InferenceParameters": json.dumps(s.inference_parameters),
        }
    )

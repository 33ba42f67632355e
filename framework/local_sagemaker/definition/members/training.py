"""Declares the members of CreateTrainingJob.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
"""

from __future__ import annotations

from local_sagemaker.definition.members.shared import (
    CAPACITY,
    CHANNELS,
    EXPERIMENT,
    EXPERIMENTS,
    INPUT_MODE,
    INSTANCE_GROUPS,
    ROLE,
    TAGS,
    UNENCRYPTED,
    VPC,
)
from local_sagemaker.definition.members.table import Table, at_most, only

_MONITORING = "debuggers, profilers and remote shells are not part of this machine"
ONE_INSTANCE = at_most(1, "a training job runs on one instance here; set it to 1")

#: The members that a training job and the training jobs of a tuning job have in common.
TRAINING = CHANNELS.below("InputDataConfig") | Table(
    "AlgorithmSpecification AlgorithmSpecification.TrainingImage AlgorithmSpecification.TrainingInputMode "
    "AlgorithmSpecification.MetricDefinitions AlgorithmSpecification.MetricDefinitions.Name "
    "AlgorithmSpecification.MetricDefinitions.Regex OutputDataConfig OutputDataConfig.S3OutputPath "
    "OutputDataConfig.CompressionType ResourceConfig ResourceConfig.InstanceCount StoppingCondition "
    "StoppingCondition.MaxRuntimeInSeconds EnableNetworkIsolation Environment",
    recorded={
        "RoleArn": ROLE,
        "ResourceConfig.InstanceType": CAPACITY,
        "ResourceConfig.VolumeSizeInGB": CAPACITY,
        "EnableManagedSpotTraining": "no capacity is taken away on this machine",
        "StoppingCondition.MaxWaitTimeInSeconds": "jobs start at once, so none waits for capacity",
        "StoppingCondition.MaxPendingTimeInSeconds": "jobs start at once, so none waits for capacity",
    },
    without_effect={
        "OutputDataConfig.KmsKeyId": UNENCRYPTED,
        "ResourceConfig.VolumeKmsKeyId": UNENCRYPTED,
        "ResourceConfig.KeepAlivePeriodInSeconds": "there are no warm pools",
        "ResourceConfig.TrainingPlanArn": CAPACITY,
        "ResourceConfig.InstancePlacementConfig": CAPACITY,
        "RetryStrategy": "a job that failed is not started again",
        **VPC,
    },
    refused={
        "AlgorithmSpecification.AlgorithmName": "algorithm resources are not part of this machine; use TrainingImage",
        "ResourceConfig.InstanceGroups": INSTANCE_GROUPS,
        "ResourceConfig.InstancePreferences": INSTANCE_GROUPS,
        "ResourceConfig.SelectedInstanceType": INSTANCE_GROUPS,
        "ResourceConfig.SelectedInstanceCount": INSTANCE_GROUPS,
        "CheckpointConfig": "checkpoints are not copied to or from S3",
    },
    checks={
        "AlgorithmSpecification.TrainingInputMode": INPUT_MODE,
        "OutputDataConfig.CompressionType": only("GZIP", reason="a model is stored as model.tar.gz; set it to"),
        "ResourceConfig.InstanceCount": ONE_INSTANCE,
    },
)

CREATE_TRAINING_JOB = TRAINING | Table(
    "TrainingJobName HyperParameters AlgorithmSpecification.ContainerEntrypoint "
    "AlgorithmSpecification.ContainerArguments",
    recorded={
        "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries": "metrics have their last value here",
        "AlgorithmSpecification.TrainingImageConfig": "images are not pulled; local.toml says what runs for one",
        "Tags": TAGS,
    },
    without_effect={
        "DebugHookConfig": _MONITORING,
        "DebugRuleConfigurations": _MONITORING,
        "ProfilerConfig": _MONITORING,
        "ProfilerRuleConfigurations": _MONITORING,
        "RemoteDebugConfig": _MONITORING,
        "InfraCheckConfig": CAPACITY,
        "SessionChainingConfig": ROLE,
        "MlflowConfig": EXPERIMENTS,
        **EXPERIMENT,
    },
    refused={
        "TensorBoardOutputConfig": "TensorBoard's files are not uploaded; write them to /opt/ml/output/data",
        "ServerlessJobConfig": "serverless customization is not part of this machine; use ResourceConfig and an image",
        "ModelPackageConfig": "a training job registers no model here; use a RegisterModel step",
    },
)

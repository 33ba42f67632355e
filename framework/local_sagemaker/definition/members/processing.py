"""Declares the members of CreateProcessingJob.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html
"""

from __future__ import annotations

from local_sagemaker.definition.members.shared import (
    CAPACITY,
    EXPERIMENT,
    INSTANCE_GROUPS,
    INSTANCES,
    NETWORK,
    NO_PIPE,
    ROLE,
    S3_DATA_TYPE,
    TAGS,
    UNENCRYPTED,
)
from local_sagemaker.definition.members.table import Table, only

_CLUSTER = "ProcessingResources.ClusterConfig"
_INPUT, _OUTPUT = "ProcessingInputs", "ProcessingOutputConfig.Outputs"

CREATE_PROCESSING_JOB = Table(
    f"ProcessingJobName {_INPUT} {_INPUT}.InputName {_INPUT}.S3Input {_INPUT}.S3Input.S3Uri "
    f"{_INPUT}.S3Input.LocalPath {_INPUT}.S3Input.S3DataType {_INPUT}.S3Input.S3InputMode "
    f"{_INPUT}.S3Input.S3DataDistributionType {_INPUT}.S3Input.S3CompressionType ProcessingOutputConfig {_OUTPUT} "
    f"{_OUTPUT}.OutputName {_OUTPUT}.S3Output {_OUTPUT}.S3Output.S3Uri {_OUTPUT}.S3Output.LocalPath "
    f"{_OUTPUT}.S3Output.S3UploadMode ProcessingResources {_CLUSTER} {_CLUSTER}.InstanceCount StoppingCondition "
    "StoppingCondition.MaxRuntimeInSeconds AppSpecification AppSpecification.ImageUri "
    "AppSpecification.ContainerEntrypoint AppSpecification.ContainerArguments Environment NetworkConfig "
    "NetworkConfig.EnableNetworkIsolation",
    recorded={
        f"{_CLUSTER}.InstanceType": CAPACITY,
        f"{_CLUSTER}.VolumeSizeInGB": CAPACITY,
        "RoleArn": ROLE,
        "Tags": TAGS,
    },
    without_effect={
        f"{_CLUSTER}.VolumeKmsKeyId": UNENCRYPTED,
        "ProcessingOutputConfig.KmsKeyId": UNENCRYPTED,
        "NetworkConfig.VpcConfig": NETWORK,
        "NetworkConfig.EnableInterContainerTrafficEncryption": NETWORK,
        **EXPERIMENT,
    },
    refused={
        f"{_INPUT}.AppManaged": "inputs that the program manages itself are not supported; use S3Input",
        f"{_INPUT}.DatasetDefinition": "Athena and Redshift are not part of this machine; use S3Input",
        f"{_OUTPUT}.FeatureStoreOutput": "Feature Store is not part of this machine; use S3Output",
        f"{_OUTPUT}.AppManaged": "outputs that the program manages itself are not supported; use S3Output",
        f"{_CLUSTER}.InstancePreferences": INSTANCE_GROUPS,
        f"{_CLUSTER}.SelectedInstanceType": INSTANCE_GROUPS,
        f"{_CLUSTER}.SelectedInstanceCount": INSTANCE_GROUPS,
    },
    checks={
        f"{_CLUSTER}.InstanceCount": INSTANCES,
        f"{_INPUT}.S3Input.S3DataType": S3_DATA_TYPE,
        f"{_INPUT}.S3Input.S3InputMode": only("File", reason=NO_PIPE),
        f"{_INPUT}.S3Input.S3CompressionType": only("None", reason="inputs are not decompressed; set it to"),
    },
)

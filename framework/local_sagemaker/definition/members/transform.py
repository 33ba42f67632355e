"""Declares the members of CreateTransformJob.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
"""

from __future__ import annotations

from local_sagemaker.definition.members.shared import CAPACITY, EXPERIMENT, INSTANCES, S3_DATA_TYPE, TAGS, UNENCRYPTED
from local_sagemaker.definition.members.table import Table, only

CREATE_TRANSFORM_JOB = Table(
    "TransformJobName ModelName MaxConcurrentTransforms ModelClientConfig "
    "ModelClientConfig.InvocationsTimeoutInSeconds ModelClientConfig.InvocationsMaxRetries MaxPayloadInMB "
    "BatchStrategy Environment TransformInput TransformInput.DataSource TransformInput.DataSource.S3DataSource "
    "TransformInput.DataSource.S3DataSource.S3DataType TransformInput.DataSource.S3DataSource.S3Uri "
    "TransformInput.ContentType TransformInput.CompressionType TransformInput.SplitType TransformOutput "
    "TransformOutput.S3OutputPath TransformOutput.Accept TransformOutput.AssembleWith DataCaptureConfig "
    "DataCaptureConfig.DestinationS3Uri DataCaptureConfig.GenerateInferenceId TransformResources "
    "TransformResources.InstanceCount DataProcessing DataProcessing.InputFilter DataProcessing.OutputFilter "
    "DataProcessing.JoinSource",
    recorded={"TransformResources.InstanceType": CAPACITY, "Tags": TAGS},
    without_effect={
        "TransformOutput.KmsKeyId": UNENCRYPTED,
        "DataCaptureConfig.KmsKeyId": UNENCRYPTED,
        "TransformResources.VolumeKmsKeyId": UNENCRYPTED,
        "TransformResources.TransformAmiVersion": CAPACITY,
        **EXPERIMENT,
    },
    checks={
        "TransformInput.DataSource.S3DataSource.S3DataType": S3_DATA_TYPE,
        "TransformInput.SplitType": only("None", "Line"),
        "TransformResources.InstanceCount": INSTANCES,
    },
)

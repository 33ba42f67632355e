"""Reasons and members that the requests of several operations share."""

from __future__ import annotations

from local_sagemaker.definition.members.table import Table, at_most, only

CAPACITY = "programs use the cores, the memory and the disk of this machine"
ROLE = "programs run as the user of this machine; no role is assumed"
TAGS = "tags are kept in the record"
UNENCRYPTED = "files of this machine are not encrypted"
NETWORK = "programs run on this machine, in its network"
VERSIONS_OF_OBJECTS = "objects have one version on this machine"
EXPERIMENTS = "experiments and MLflow servers are not part of this machine"
NO_PIPE = "data are copied before the program starts; set it to"
INSTANCE_GROUPS = (
    "the members that describe several kinds of instances are not supported; use InstanceType and InstanceCount"
)

#: Each instance is a process of its own.
MAX_INSTANCES = 32
INSTANCES = at_most(MAX_INSTANCES, f"a job has at most {MAX_INSTANCES} instances on this machine")
#: The data types of an input that ``jobs.inputs`` finds.
S3_DATA_TYPE = only("S3Prefix", "ManifestFile")
INPUT_MODE = only("File", "FastFile", reason=NO_PIPE)
UNCOMPRESSED = only("None", reason="compressed channels need Pipe mode, which is not supported; use")

EXPERIMENT = {"ExperimentConfig": EXPERIMENTS}
VPC = {"VpcConfig": NETWORK, "EnableInterContainerTrafficEncryption": NETWORK}

#: Where the objects of a training channel come from.
CHANNELS = Table(
    "ChannelName ContentType CompressionType RecordWrapperType InputMode DataSource DataSource.S3DataSource "
    "DataSource.S3DataSource.S3DataType DataSource.S3DataSource.S3Uri DataSource.S3DataSource.S3DataDistributionType",
    refused={
        "DataSource.FileSystemDataSource": "EFS and FSx are not part of this machine; use S3DataSource",
        "DataSource.DatasetSource": "datasets of a hub are not part of this machine; use S3DataSource",
        "DataSource.S3DataSource.AttributeNames": "augmented manifests are not supported; use S3Prefix or ManifestFile",
        "DataSource.S3DataSource.InstanceGroupNames": INSTANCE_GROUPS,
        "DataSource.S3DataSource.ModelAccessConfig": "models of a hub are not part of this machine",
        "DataSource.S3DataSource.HubAccessConfig": "models of a hub are not part of this machine",
        "ShuffleConfig": "the order of a channel's files is that of their keys",
    },
    checks={
        "CompressionType": UNCOMPRESSED,
        "RecordWrapperType": only("None"),
        "InputMode": INPUT_MODE,
        "DataSource.S3DataSource.S3DataType": S3_DATA_TYPE,
    },
)

"""What all jobs of a pipeline have in common."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypedDict

from local_sagemaker.near_names import did_you_mean
from local_sagemaker.tools.code import container_code, source_archive
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.service.upserts import OWNER
from local_sagemaker.tools.tags import is_tags
from pipelines.compiling.check_engine import check_engine
from pipelines.compiling.offline import PLACEHOLDER_ROLE, Recording, placeholder_bucket, region_or_environment
from pipelines.compiling.pipeline import Pipeline, compiling_session

from sagemaker.core import image_uris
from sagemaker.core.network import NetworkConfig
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.core.workflow.pipeline_context import PipelineSession

#: The images that every step runs in; both are Python 3.12 with pandas 2.2.
SCIKIT_LEARN, XGBOOST = "1.9-0", "3.2-0"
#: The newest that there is for training as well as for inference; CPU.
TENSORFLOW = "2.19.0"


INSTANCE_TYPES = ("processing_instance_type", "training_instance_type", "transform_instance_type")
#: Of every kind of job, where nobody says otherwise.
INSTANCE_TYPE = "ml.m5.xlarge"


class Settings(TypedDict, total=False):
    """What every ``get_pipeline`` takes beside its own arguments; each may be left out.

    ``check_engine`` says whose checks there are: ``sagemaker``, Model Monitor and Clarify, which are closed to new
    customers; or ``project``, this project's own as ordinary processing jobs. See ``compiling.check_engine``.

    Instance types are arguments because the service takes no parameter for them. ``kms_key`` and those after it reach
    every job: see ``Security``. ``tags``, ``[{"Key": ..., "Value": ...}]``, are every job's, as is
    ``sagemaker_project_name``; run-pipeline copies the tags of ``sagemaker_project_arn``'s project to the pipeline.
    ``session`` is the boto3.Session that create, upsert and start use; a new one by default.
    """

    check_engine: str | None
    processing_instance_type: str
    training_instance_type: str
    transform_instance_type: str
    kms_key: str | None
    subnets: Sequence[str] | None
    security_group_ids: Sequence[str] | None
    enable_network_isolation: bool
    encrypt_inter_container_traffic: bool
    tags: Sequence[Mapping[str, str]] | None
    sagemaker_project_name: str | None
    sagemaker_project_arn: str | None
    session: Any


#: What every ``get_pipeline`` takes by name before its settings.
NAMED = ("region", "role", "default_bucket", "model_package_group_name", "pipeline_name", "base_job_prefix")


@dataclass(frozen=True)
class Security:
    """Settings that reach every job; None where the account's own defaults shall hold.

    ``kms_key`` (key id or ARN) encrypts volumes and outputs. ``subnets`` and ``security_group_ids`` go together. The
    checks that ask a model are never isolated: Clarify's job has to reach the endpoint that it makes.
    """

    kms_key: str | None = None
    subnets: Sequence[str] | None = None
    security_group_ids: Sequence[str] | None = None
    enable_network_isolation: bool = False
    encrypt_inter_container_traffic: bool = False

    def __post_init__(self) -> None:
        for name in ("subnets", "security_group_ids"):
            if isinstance(getattr(self, name), str):
                raise UsageError(f"{name} must be a list of ids; {getattr(self, name)!r} is one text")
        for name in ("enable_network_isolation", "encrypt_inter_container_traffic"):
            if not isinstance(getattr(self, name), bool):
                raise UsageError(f"{name} must be true or false; it is {getattr(self, name)!r}")
        if bool(self.subnets) != bool(self.security_group_ids):
            raise UsageError("subnets and security_group_ids go together: give both or neither")

    def network(self, may_isolate: bool = True) -> NetworkConfig | None:
        """What a processing job takes; None where nothing is asked for. Not isolated where it could not work so."""
        isolated = self.enable_network_isolation and may_isolate
        if not (self.subnets or isolated or self.encrypt_inter_container_traffic):
            return None
        return NetworkConfig(
            enable_network_isolation=isolated,
            encrypt_inter_container_traffic=self.encrypt_inter_container_traffic,
            subnets=list(self.subnets or ()) or None,
            security_group_ids=list(self.security_group_ids or ()) or None,
        )


@dataclass(frozen=True)
class BuildContext:
    """Session, role, names and settings; one value that each builder gets."""

    region: str
    role: str
    bucket: str
    prefix: str
    check_engine: str
    processing_instance_type: Any
    training_instance_type: Any
    transform_instance_type: Any
    security: Security
    tags: Sequence[Mapping[str, str]]
    pipeline_tags: Sequence[Mapping[str, str]]
    session: PipelineSession
    caller_session: Any
    recording: Recording = field(repr=False)

    @property
    def scikit_learn_image(self) -> str:
        """URI of the scikit-learn image in this region."""
        return image_uris.retrieve("sklearn", self.region, version=SCIKIT_LEARN)

    @property
    def xgboost_image(self) -> str:
        """URI of the built-in XGBoost image in this region."""
        return image_uris.retrieve("xgboost", self.region, version=XGBOOST)

    def tensorflow_image(self, scope: str) -> str:
        """URI of the TensorFlow image in this region; ``scope`` is training or inference, which are two."""
        python = "py312" if scope == "training" else None
        return image_uris.retrieve(
            "tensorflow",
            self.region,
            version=TENSORFLOW,
            image_scope=scope,
            instance_type=INSTANCE_TYPE,
            py_version=python,
        )

    def s3(self, *parts: str) -> str:
        """A URI below the pipeline's prefix in the bucket."""
        return "/".join([f"s3://{self.bucket}", self.prefix, *parts])

    def of_execution(self, folder: str) -> Join:
        """A prefix that each execution has for itself: nothing of another one is ever read or overwritten."""
        return Join(on="/", values=[self.s3(), ExecutionVariables.PIPELINE_EXECUTION_ID, folder])

    def function_arn(self, name: str) -> str:
        """ARN of a Lambda function of this account; one that is given as an ARN is it already."""
        _, partition, _, _, account, _ = self.role.split(":", 5)
        return name if name.startswith("arn:") else f"arn:{partition}:lambda:{self.region}:{account}:function:{name}"

    def code(self, script: str) -> str:
        """The URI of a container script, below a hash of its content; it is uploaded with the pipeline.

        The SDK would do the same under a hash that the file's path goes into: another clone, other bytes.
        """
        return self.recording.add_below_hash(f"{self.prefix}/code", *container_code(script))

    def source(self, script: str) -> str:
        """The URI of a training script's archive, below a hash of its content; it is uploaded with the pipeline."""
        return self.recording.add_below_hash(f"{self.prefix}/code", "sourcedir.tar.gz", source_archive(script))

    @property
    def code_hash(self) -> str:
        """SHA-256 of code and configuration of all steps that have been defined so far: their keys carry the hashes."""
        keys = "\n".join(sorted(key for _, key in self.recording.uploads))
        return hashlib.sha256(keys.encode()).hexdigest()

    def pipeline(self, name: str, parameters: Sequence[Any], steps: Sequence[Any]) -> Pipeline:
        """The pipeline of these steps: the SDK's, or what a builder made of one and calls ``step``."""
        _check("pipeline_name", name, r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}", "of A-Z, a-z, 0-9 and inner '-'")
        return Pipeline(
            name=name,
            parameters=[one for given in parameters for one in _flat(given)],
            steps=sdk_steps(steps),
            compiling=self.session,
            recording=self.recording,
            role=self.role,
            session=self.caller_session,
            tags=self.pipeline_tags,
        )


def sdk_steps(made: Sequence[Any]) -> list[Any]:
    """The SDK's steps, of what builders made."""
    return [getattr(one, "step", one) for one in made]


def _flat(given: Any) -> tuple[Any, ...]:
    """A parameter, those of a check, or none."""
    return given if isinstance(given, tuple) else () if given is None else (given,)


def _check(name: str, value: Any, pattern: str, what: str) -> None:
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise UsageError(f"{name} must be {what}; {value!r} is not")


def open_context(
    region: str | None,
    role: str | None,
    default_bucket: str | None,
    base_job_prefix: str,
    settings: Settings,
    **parameters: Any,
) -> BuildContext:
    """Jobs on a session that records: nothing is called, nothing uploaded. Placeholders stand in for a role or bucket
    that is not given.

    Args:
        region: the AWS region; AWS_REGION or AWS_DEFAULT_REGION where it is not given.
        role: ARN of the role that the jobs assume. Without it and ``default_bucket``, placeholders stand in: enough to
            read the definition and to run it on this machine, refused by an upsert to AWS.
        default_bucket: for code, outputs and models.
        base_job_prefix: the folder of what the pipeline writes to the bucket.
        settings: see ``Settings``. Of get_pipeline's other arguments ``pipeline_name`` is the pipeline's name, and
            ``model_package_group_name`` where its model is registered.
        parameters: instance types that are parameters of the pipeline, and so no settings; only processing and
            transform jobs may have them.

    Raises:
        UsageError: no region anywhere, or an argument that is unknown or cannot be what it should.
    """
    region = region_or_environment(region)
    _check_settings(settings, parameters)
    bucket = default_bucket or placeholder_bucket(region)
    _check("region", region, r"[a-z]{2}(-[a-z]+)+-\d", "a region, such as us-east-1")
    _check(
        "role", role or PLACEHOLDER_ROLE, r"arn:aws[a-z-]*:iam::\d{12}:role/.+", "an ARN (arn:aws:iam::...:role/...)"
    )
    _check("default_bucket", bucket, r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "a bucket's name")
    _check(
        "base_job_prefix", base_job_prefix, r"[A-Za-z0-9][A-Za-z0-9/_-]*", "a prefix of A-Z, a-z, 0-9, '/', '_' and '-'"
    )
    recording = Recording(bucket)
    name = settings.get("sagemaker_project_name")
    project = [{"Key": OWNER, "Value": name}] if name else []
    given: dict[str, Any] = {**settings, **parameters}
    return BuildContext(
        region=region,
        role=role or PLACEHOLDER_ROLE,
        bucket=bucket,
        prefix=base_job_prefix,
        check_engine=check_engine(settings.get("check_engine")),
        **{kind: given.get(kind, INSTANCE_TYPE) for kind in INSTANCE_TYPES},
        security=Security(**{one.name: given[one.name] for one in fields(Security) if one.name in given}),
        tags=[*(settings.get("tags") or ()), *project],
        pipeline_tags=project,
        session=compiling_session(region, recording),
        caller_session=settings.get("session"),
        recording=recording,
    )


def _check_settings(settings: Settings, parameters: Mapping[str, Any]) -> None:
    """Raise UsageError where one is unknown, is a parameter of the pipeline, or is no list of tags."""
    for name in settings:
        if name in parameters:
            raise UsageError(f"{name} is a parameter of this pipeline: give it to the execution")
        if name not in Settings.__annotations__:
            known = [*NAMED, *Settings.__annotations__]
            raise UsageError(f"get_pipeline takes no {name!r}{did_you_mean(name, known)}; it takes {', '.join(known)}")
    tags = settings.get("tags") or ()
    if not is_tags(list(tags)):
        raise UsageError(f"tags must be a list of {{'Key': text, 'Value': text}}; {tags!r} is not")

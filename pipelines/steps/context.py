"""Define what all jobs of a pipeline have in common: ``BuildContext``, and the settings that it is made of."""

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
from pipelines.compiling.offline import PLACEHOLDER_ROLE, Recording, placeholder_bucket, resolve_region
from pipelines.compiling.offline_pipeline import Pipeline, compiling_session

from sagemaker.core import image_uris
from sagemaker.core.network import NetworkConfig
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.core.workflow.pipeline_context import PipelineSession

#: The versions of the images that the steps run in; both are Python 3.12 with pandas 2.2.
SCIKIT_LEARN_VERSION, XGBOOST_VERSION = "1.9-0", "3.2-0"
#: The newest version that exists for both training and inference; CPU.
TENSORFLOW_VERSION = "2.19.0"


INSTANCE_TYPES = ("processing_instance_type", "training_instance_type", "transform_instance_type")
#: The default for all three.
INSTANCE_TYPE = "ml.m5.xlarge"


class Settings(TypedDict, total=False):
    """Describes the optional arguments that every ``get_pipeline`` takes in addition to its own.

    ``check_engine`` selects the checks: ``sagemaker`` for Model Monitor and Clarify, which are closed to new customers;
    or ``project`` for this project's own, which are ordinary processing jobs. See ``compiling.check_engine``.

    Instance types are arguments because the service takes no parameter for them. ``kms_key`` and the four after it
    apply to every job: see ``Security``. ``tags``, ``[{"Key": ..., "Value": ...}]``, are added to every job, and so is
    a tag with ``sagemaker_project_name``; run-pipeline copies the tags of ``sagemaker_project_arn``'s project to the
    pipeline. ``session`` is the boto3.Session that create, upsert and start use; a new one by default.
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


#: The arguments that every ``get_pipeline`` takes before its settings.
NAMED_ARGUMENTS = ("region", "role", "default_bucket", "model_package_group_name", "pipeline_name", "base_job_prefix")


@dataclass(frozen=True)
class Security:
    """Security settings that apply to every job; None keeps the account's own default.

    ``kms_key`` (key id or ARN) encrypts volumes and outputs. ``subnets`` and ``security_group_ids`` go together. Checks
    that invoke a model are never isolated: Clarify's job has to reach the endpoint that it makes.
    """

    kms_key: str | None = None
    subnets: Sequence[str] | None = None
    security_group_ids: Sequence[str] | None = None
    enable_network_isolation: bool = False
    encrypt_inter_container_traffic: bool = False

    def __post_init__(self) -> None:
        for name in ("subnets", "security_group_ids"):
            if isinstance(getattr(self, name), str):
                raise UsageError(f"{name} must be a list of ids; {getattr(self, name)!r} is a string")
        for name in ("enable_network_isolation", "encrypt_inter_container_traffic"):
            if not isinstance(getattr(self, name), bool):
                raise UsageError(f"{name} must be true or false; it is {getattr(self, name)!r}")
        if bool(self.subnets) != bool(self.security_group_ids):
            raise UsageError("subnets and security_group_ids go together: give both or neither")

    def network(self, may_isolate: bool = True) -> NetworkConfig | None:
        """Return the NetworkConfig of a processing job, or None if no network setting was given.

        Args:
            may_isolate: False for jobs that call an endpoint or an API, which an isolated job cannot.
        """
        is_isolated = self.enable_network_isolation and may_isolate
        if not (self.subnets or is_isolated or self.encrypt_inter_container_traffic):
            return None
        return NetworkConfig(
            enable_network_isolation=is_isolated,
            encrypt_inter_container_traffic=self.encrypt_inter_container_traffic,
            subnets=list(self.subnets or ()) or None,
            security_group_ids=list(self.security_group_ids or ()) or None,
        )


@dataclass(frozen=True)
class BuildContext:
    """Session, role, names and settings of a pipeline's jobs; each builder takes it as its first argument."""

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
        """The URI of the scikit-learn image in this region."""
        return image_uris.retrieve("sklearn", self.region, version=SCIKIT_LEARN_VERSION)

    @property
    def xgboost_image(self) -> str:
        """The URI of the built-in XGBoost image in this region."""
        return image_uris.retrieve("xgboost", self.region, version=XGBOOST_VERSION)

    def tensorflow_image(self, scope: str) -> str:
        """Return the URI of a TensorFlow image in this region; ``scope`` is training or inference: two images."""
        python = "py312" if scope == "training" else None
        return image_uris.retrieve(
            "tensorflow",
            self.region,
            version=TENSORFLOW_VERSION,
            image_scope=scope,
            instance_type=INSTANCE_TYPE,
            py_version=python,
        )

    def s3(self, *parts: str) -> str:
        """Return a URI below the pipeline's prefix in the bucket."""
        return "/".join([f"s3://{self.bucket}", self.prefix, *parts])

    def execution_prefix(self, folder: str) -> Join:
        """Return a prefix of the execution's own, so that executions never read or overwrite each other's files."""
        return Join(on="/", values=[self.s3(), ExecutionVariables.PIPELINE_EXECUTION_ID, folder])

    def function_arn(self, name: str) -> str:
        """Return the ARN of a Lambda function of this account; an ARN is returned unchanged."""
        _, partition, _, _, account, _ = self.role.split(":", 5)
        return name if name.startswith("arn:") else f"arn:{partition}:lambda:{self.region}:{account}:function:{name}"

    def code(self, script: str) -> str:
        """Return the URI of a container script, below a hash of its content; it is uploaded with the pipeline.

        The SDK does the same, but hashes the file's path, too, so that another clone would compile to another
        definition.
        """
        return self.recording.add_below_hash(f"{self.prefix}/code", *container_code(script))

    def source(self, script: str) -> str:
        """Return the URI of a training script's archive, below a hash of its content; it is uploaded, too."""
        return self.recording.add_below_hash(f"{self.prefix}/code", "sourcedir.tar.gz", source_archive(script))

    @property
    def code_hash(self) -> str:
        """The SHA-256 of code and configuration of all steps defined so far; their keys contain the hashes."""
        keys = "\n".join(sorted(key for _, key in self.recording.uploads))
        return hashlib.sha256(keys.encode()).hexdigest()

    def pipeline(self, name: str, parameters: Sequence[Any], steps: Sequence[Any]) -> Pipeline:
        """Return the pipeline with these steps, which are builders' results, or steps of the SDK."""
        _check("pipeline_name", name, r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}", "of A-Z, a-z, 0-9 and inner '-'")
        return Pipeline(
            name=name,
            parameters=[parameter for entry in parameters for parameter in _flatten(entry)],
            steps=sdk_steps(steps),
            compiling=self.session,
            recording=self.recording,
            role=self.role,
            session=self.caller_session,
            tags=self.pipeline_tags,
        )


def sdk_steps(results: Sequence[Any]) -> list[Any]:
    """Return the SDK's steps from the results of builders; steps of the SDK are returned unchanged."""
    return [getattr(result, "step", result) for result in results]


def _flatten(entry: Any) -> tuple[Any, ...]:
    """Return the parameters of an entry: a tuple for a check, a single parameter, or None."""
    return entry if isinstance(entry, tuple) else () if entry is None else (entry,)


def _check(name: str, value: Any, pattern: str, expected: str) -> None:
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise UsageError(f"{name} must be {expected}; {value!r} is not")


def open_context(
    region: str | None,
    role: str | None,
    default_bucket: str | None,
    base_job_prefix: str,
    settings: Settings,
    **parameters: Any,
) -> BuildContext:
    """Return the context for a pipeline's steps; its session only records, so nothing is called or uploaded.

    Args:
        region: the AWS region; by default that of AWS_REGION or AWS_DEFAULT_REGION.
        role: ARN of the role that the jobs assume. Without it or ``default_bucket``, a placeholder is used. That is
            enough to read the definition and to run it on this machine; an upsert to AWS refuses it.
        default_bucket: the bucket for code, outputs and models.
        base_job_prefix: the folder of everything that the pipeline writes to the bucket.
        settings: see ``Settings``. Two more arguments of get_pipeline: ``pipeline_name`` is the pipeline's name,
            ``model_package_group_name`` the group in which its model is registered.
        parameters: instance types that are parameters of the pipeline, and therefore not settings; possible for
            processing and transform jobs only.

    Raises:
        UsageError: no region is set, or an argument is unknown or has an invalid value.
    """
    region = resolve_region(region)
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
    project_name = settings.get("sagemaker_project_name")
    project_tags = [{"Key": OWNER, "Value": project_name}] if project_name else []
    values: dict[str, Any] = {**settings, **parameters}
    return BuildContext(
        region=region,
        role=role or PLACEHOLDER_ROLE,
        bucket=bucket,
        prefix=base_job_prefix,
        check_engine=check_engine(settings.get("check_engine")),
        **{name: values.get(name, INSTANCE_TYPE) for name in INSTANCE_TYPES},
        security=Security(
            **{setting.name: values[setting.name] for setting in fields(Security) if setting.name in values}
        ),
        tags=[*(settings.get("tags") or ()), *project_tags],
        pipeline_tags=project_tags,
        session=compiling_session(region, recording),
        caller_session=settings.get("session"),
        recording=recording,
    )


def _check_settings(settings: Settings, parameters: Mapping[str, Any]) -> None:
    """Raise UsageError if a setting is unknown, is a parameter of the pipeline, or should be a list of tags."""
    for name in settings:
        if name in parameters:
            raise UsageError(f"{name} is a parameter of this pipeline: give it to the execution")
        if name not in Settings.__annotations__:
            names = [*NAMED_ARGUMENTS, *Settings.__annotations__]
            raise UsageError(f"get_pipeline takes no {name!r}{did_you_mean(name, names)}; it takes {', '.join(names)}")
    tags = settings.get("tags") or ()
    if not is_tags(list(tags)):
        raise UsageError(f"tags must be a list of {{'Key': string, 'Value': string}}; {tags!r} is not")

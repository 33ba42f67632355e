"""Work around the defects of the SageMaker SDK v3, with one function for each defect.

Import this module before any ``sagemaker`` module. Each function describes what is wrong upstream.
``tests/pipelines/compiling/test_sdk.py`` has a test for each defect, which fails once the defect is fixed upstream.
Then the function can be removed.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from local_sagemaker import credentials, project
from local_sagemaker.service_model import read_models_once
from local_sagemaker.tools.command_errors import ProjectError
from pipelines.compiling.offline import Recording

import boto3
from packaging.version import Version

OLDEST, TOO_NEW = Version("3.27"), Version("4")
REQUIREMENT = "sagemaker>=3.27,<4"
#: Used only while the SDK is imported, and only if no region is set; no call is made with it.
_ANY_REGION = "us-east-1"
#: The file name of a check's configuration.
ANALYSIS_CONFIG = "analysis_config.json"


class SdkError(ProjectError):
    """Raised when the SageMaker SDK is missing or of the wrong version."""

    exit_code = 2


def require_version() -> None:
    """Check that the SDK's version is one that this project works with; the images of Studio contain 3.12.

    Raises:
        SdkError: it is not; the message has the command to install another version.
    """
    try:
        installed = Version(version("sagemaker"))
    except PackageNotFoundError:
        raise SdkError(f"the SageMaker SDK is not installed; run: pip install '{REQUIREMENT}'") from None
    if not OLDEST <= installed < TOO_NEW:
        raise SdkError(
            f"SageMaker SDK {installed} is installed; run: pip install '{REQUIREMENT}', and restart the kernel"
        )


@contextmanager
def offline(region: str = _ANY_REGION) -> Iterator[None]:
    """Hide the user's credentials from the SDK, and set a region if the environment has none.

    ``import sagemaker.mlops`` creates AWS clients, which look for credentials in files, by ``credential_process`` and
    in the instance's metadata, and raises NoRegionError without a region (aws/sagemaker-python-sdk#5935). Creating a
    ProcessingStep or a TransformStep does the same, as it opens a LocalSession only to get a name.
    """
    before, default_session = dict(os.environ), boto3.DEFAULT_SESSION
    for name in filter(credentials.is_credential_variable, before):
        del os.environ[name]
    boto3.DEFAULT_SESSION = None
    os.environ |= {"AWS_DEFAULT_REGION": before.get("AWS_DEFAULT_REGION") or region} | credentials.NO_CREDENTIALS
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ |= before
        boto3.DEFAULT_SESSION = default_session  # the SDK has created one that ignores the user's profile


def defer_registry_clients() -> None:
    """Make the class AIRHub create its two clients on first use, so that they have the user's credentials.

    The SDK creates them on import (3.27.0, sagemaker.ai_registry.air_hub), which happens here without credentials.
    """
    hub: Any = import_module("sagemaker.ai_registry.air_hub").AIRHub
    hub._sagemaker_client, hub._s3_client = _LazyClient("sagemaker"), _LazyClient("s3")


class _LazyClient:
    """A class attribute whose AWS client is created when it is first read."""

    def __init__(self, service: str) -> None:
        client: Any = boto3.client  # its type annotations accept only literal names of services
        self._make = cache(partial(client, service))

    def __get__(self, instance: object, owner: type) -> Any:
        return self._make()


def reduce_logging() -> None:
    """Suppress the SDK's messages about defaults, and its warning that nothing is run when a pipeline is defined.

    The SDK logs every default that it uses and every member that it leaves out. These are filters, since the SDK sets
    its loggers' levels again while it runs.
    """
    for name, level in _LOG_LEVELS.items():
        logging.getLogger(f"sagemaker.{name}").addFilter(partial(_at_least, level))
    warnings.filterwarnings("ignore", message="Running within a PipelineSession")
    # Importing the SDK makes the root logger print INFO; botocore would then log where it found each credential.
    logging.getLogger("botocore").setLevel(logging.WARNING)


def _at_least(level: int, record: logging.LogRecord) -> bool:
    return record.levelno >= level


_LOG_LEVELS = {
    "config": logging.WARNING,
    "core.image_uris": logging.WARNING,
    "core.model_monitor.clarify_model_monitoring": logging.WARNING,
    "core.telemetry.telemetry_logging": logging.WARNING,
    "core.utils.utils": logging.WARNING,
    "core.workflow.utilities": logging.ERROR,
    "mlops.workflow.model_step": logging.ERROR,
}


def switch_off_telemetry() -> None:
    """Stop the SDK from reporting the account ID and error texts to AWS, even while it compiles.

    To opt out in its configuration would take seconds: each look-up would validate the whole configuration again
    (3.27.0, sagemaker.core.config).
    """
    telemetry: Any = import_module("sagemaker.core.telemetry.telemetry_logging")
    telemetry._send_telemetry_request = lambda *args, **kwargs: None


def session_without_defaults(session_class: Any, **arguments: Any) -> Any:
    """Return a session of this class that does not read the SDK's defaults files.

    Defaults would change the definition, and each look-up would validate all of them again. The SDK reads them
    whenever the configuration is missing or empty.
    """
    helper: Any = import_module("sagemaker.core.helper.session_helper")
    load, helper.load_sagemaker_config = helper.load_sagemaker_config, lambda *args, **kwargs: {}
    try:
        return session_class(**arguments)
    finally:
        helper.load_sagemaker_config = load


def forget_default_session() -> None:
    """Remove the client that sagemaker-core has cached as the process's default.

    It caches the first client that it creates, so that code without a session of its own would continue to call the
    account of an earlier session (3.27.0, sagemaker.core.utils.utils).
    """
    client = import_module("sagemaker.core.utils.utils").SageMakerClient
    cached = type(client)._instances.get(client, {})
    cached.pop(type(client)._DEFAULT_KEY, None)


def processing_s3_output(local_path: str, s3_uri: Any = None, continuous: bool = False) -> Any:
    """Return a ProcessingS3Output; without an s3_uri the service chooses the prefix.

    The class requires an s3_uri. If it is a string that is not a URI, the service chooses
    ``s3://<bucket>/<pipeline>/<execution>/<step>/output/<name>``.

    Args:
        local_path: the output's folder in the container.
        s3_uri: where to upload it to.
        continuous: whether to upload while the job runs, not when it ends.
    """
    shapes, mode = import_module("sagemaker.core.shapes"), "Continuous" if continuous else "EndOfJob"
    return shapes.ProcessingS3Output(s3_uri=s3_uri or "auto", local_path=local_path, s3_upload_mode=mode)


def hyperparameters(values: dict[str, Any]) -> dict[str, Any]:
    """Return hyperparameters as strings; the SDK emits a numeric parameter as a number, which the service rejects."""
    return {name: value.to_string() if hasattr(value, "to_string") else str(value) for name, value in values.items()}


def check_step_network(config: Any) -> Any:
    """Return a NetworkConfig as JSON; a check step would put the object itself into its request, which is not JSON."""
    return config and config._to_request_dict()


def clarify_check_step(recording: Recording, prefix: str, **arguments: Any) -> Any:
    """Return a ClarifyCheckStep whose two configurations are uploaded below the hash of their content.

    The SDK uploads the analysis configuration to a fixed key, so that compiling again would change what a deployed
    pipeline reads, and the one for monitoring to a new key each time.
    """
    before = set(recording.uploads)
    step = import_module("sagemaker.mlops.workflow.clarify_check_step").ClarifyCheckStep(**arguments)
    moved = {}
    for bucket, key in recording.uploads.keys() - before:
        content = recording.uploads.pop((bucket, key))
        moved[f"s3://{bucket}/{key}"] = recording.add_below_hash(f"{prefix}/config", ANALYSIS_CONFIG, content)
    source, config = step._processing_params["config_input"].s3_input, step.clarify_check_config
    source.s3_uri = moved[source.s3_uri]
    config.monitoring_analysis_config_uri = moved[config.monitoring_analysis_config_uri]
    return step


def lambda_step(function_arn: str, session: Any, name: str, **arguments: Any) -> Any:
    """Return a LambdaStep for a function that is deployed separately.

    The SDK's step warns, whenever it is compiled, that it does not deploy the function; and its ``Lambda`` creates its
    own session if it gets none.
    """
    function = import_module("sagemaker.core.lambda_helper").Lambda(function_arn=function_arn, session=session)
    step = import_module("sagemaker.mlops.workflow.lambda_step").LambdaStep(name, lambda_func=function, **arguments)
    step._get_function_arn = lambda: function_arn
    return step


def use_model_package(step_args: Any, package: Any) -> Any:
    """Replace the container in a model's request with a model package: ``ModelBuilder.build`` does not support one."""
    step_args.create_model_request["PrimaryContainer"] = {"ModelPackageName": package}
    return step_args


def with_instance_count(step_args: Any, count: Any) -> Any:
    """Put the instance count into the request, as ``Transformer`` accepts an integer, but no pipeline parameter."""
    return _change_request(step_args, lambda request: request["TransformResources"].update(InstanceCount=count))


def with_security(step_args: Any, volume_key: str | None, **flags: bool) -> Any:
    """Put security settings into a tuning job's request, as ``HyperparameterTuner`` silently drops some.

    It keeps the trainer's subnets and the key of its outputs, and drops its network isolation, its encryption of
    traffic between containers and the key of its volumes.
    """

    def add_settings(request: dict[str, Any]) -> None:
        definition = request["TrainingJobDefinition"]
        definition |= {name: True for name, is_on in flags.items() if is_on}
        definition["ResourceConfig"] |= {"VolumeKmsKeyId": volume_key} if volume_key else {}

    return _change_request(step_args, add_settings)


def _change_request(step_args: Any, change: Callable[[dict[str, Any]], Any]) -> Any:
    """Return a step's arguments, with a request that is changed each time that the SDK creates it."""
    create = step_args.func

    def create_and_change(caller: Any, *arguments: Any, **options: Any) -> None:
        create(caller, *arguments, **options)
        change(caller.sagemaker_session.context.args)

    step_args.func = create_and_change
    return step_args


def model_builder(**arguments: Any) -> Any:
    """Return a ModelBuilder without dependencies.

    Otherwise ``ModelBuilder.register`` without build() would put empty SAGEMAKER_PROGRAM and
    SAGEMAKER_SUBMIT_DIRECTORY into the package.
    """
    return import_module("sagemaker.serve.model_builder").ModelBuilder(dependencies={}, **arguments)


project.refuse_two_frameworks()
require_version()
# For each image URI, and to name each step, the SDK creates a session or a table of endpoints, which read files.
read_models_once()
with offline():
    # These import sagemaker.train, whose modules create clients on import; so import them here, offline.
    import_module("sagemaker.mlops.workflow.pipeline")
    import_module("sagemaker.serve.model_builder")
defer_registry_clients()
switch_off_telemetry()
reduce_logging()

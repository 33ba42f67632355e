"""SageMaker SDK v3: everything that this project has to work around, one function a defect.

Import this module before any ``sagemaker`` module. Each function names what is wrong upstream;
``tests/pipelines/compiling/test_sdk.py`` has a test for each that fails once it is mended there, and then the function
goes.
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
#: Only while the SDK is imported, and only where nobody names a region: no call is made with it.
_ANY_REGION = "us-east-1"
#: The name of a check's configuration.
ANALYSIS_CONFIG = "analysis_config.json"


class SdkError(ProjectError):
    """Raised when the SageMaker SDK is missing or of the wrong version."""

    exit_code = 2


def require_version() -> None:
    """Refuse an SDK that this project does not work with; the images of Studio carry 3.12.

    Raises:
        SdkError: with the words to install another.
    """
    try:
        found = Version(version("sagemaker"))
    except PackageNotFoundError:
        raise SdkError(f"the SageMaker SDK is not installed; run: pip install '{REQUIREMENT}'") from None
    if not OLDEST <= found < TOO_NEW:
        raise SdkError(f"SageMaker SDK {found} is installed; run: pip install '{REQUIREMENT}', and restart the kernel")


@contextmanager
def offline(region: str = _ANY_REGION) -> Iterator[None]:
    """Hide the user's credentials from the SDK, and name a region if the environment names none.

    ``import sagemaker.mlops`` makes clients of AWS, which look for credentials in files, by ``credential_process`` and
    at the instance's metadata, and raises NoRegionError without a region (aws/sagemaker-python-sdk#5935). Making a
    ProcessingStep or a TransformStep does the same, as it opens a LocalSession for a mere name.
    """
    before, default_session = dict(os.environ), boto3.DEFAULT_SESSION
    for name in filter(credentials.is_credential_variable, before):
        del os.environ[name]
    boto3.DEFAULT_SESSION = None
    os.environ |= {"AWS_DEFAULT_REGION": before.get("AWS_DEFAULT_REGION") or region} | credentials.NONE
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ |= before
        boto3.DEFAULT_SESSION = default_session  # the SDK has made one that knows no profile


def make_registry_clients_late() -> None:
    """The class AIRHub makes two clients as it is imported, without credentials here; now it makes them when it is
    first asked for one (3.27.0, sagemaker.ai_registry.air_hub).
    """
    hub: Any = import_module("sagemaker.ai_registry.air_hub").AIRHub
    hub._sagemaker_client, hub._s3_client = _LateClient("sagemaker"), _LateClient("s3")


class _LateClient:
    def __init__(self, service: str) -> None:
        client: Any = boto3.client  # by its types, it takes no service that is not known when it is written
        self._make = cache(partial(client, service))

    def __get__(self, instance: object, owner: type) -> Any:
        return self._make()


def say_less() -> None:
    """The SDK tells of every default that it takes and of every member that it leaves out, and warns that nothing is
    run when a pipeline is defined. Filters, since it sets its loggers' levels anew as it goes.
    """
    for name, level in _LOUD.items():
        logging.getLogger(f"sagemaker.{name}").addFilter(partial(_at_least, level))
    warnings.filterwarnings("ignore", message="Running within a PipelineSession")
    # Importing the SDK makes the root logger print INFO; botocore then tells where it found each credential.
    logging.getLogger("botocore").setLevel(logging.WARNING)


def _at_least(level: int, record: logging.LogRecord) -> bool:
    return record.levelno >= level


_LOUD = {
    "config": logging.WARNING,
    "core.image_uris": logging.WARNING,
    "core.model_monitor.clarify_model_monitoring": logging.WARNING,
    "core.telemetry.telemetry_logging": logging.WARNING,
    "core.utils.utils": logging.WARNING,
    "core.workflow.utilities": logging.ERROR,
    "mlops.workflow.model_step": logging.ERROR,
}


def switch_off_telemetry() -> None:
    """The SDK reports account id and error texts to AWS, offline too. Opting out by its configuration costs seconds:
    each look-up then validates the whole configuration again (3.27.0, sagemaker.core.config).
    """
    telemetry: Any = import_module("sagemaker.core.telemetry.telemetry_logging")
    telemetry._send_telemetry_request = lambda *args, **kwargs: None


def session_without_defaults(kind: Any, **arguments: Any) -> Any:
    """A session of this class that reads no SDK defaults files: they change a definition's bytes, and each look-up then
    validates all of them anew. The SDK reads them whenever it is given no configuration, an empty one included.
    """
    helper: Any = import_module("sagemaker.core.helper.session_helper")
    load, helper.load_sagemaker_config = helper.load_sagemaker_config, lambda *args, **kwargs: {}
    try:
        return kind(**arguments)
    finally:
        helper.load_sagemaker_config = load


def forget_default_session() -> None:
    """sagemaker-core keeps the first client it made as the process's default, so whatever asks for none in particular
    would go on talking to the account of an earlier session (3.27.0, sagemaker.core.utils.utils).
    """
    client = import_module("sagemaker.core.utils.utils").SageMakerClient
    cached = type(client)._instances.get(client, {})
    cached.pop(type(client)._DEFAULT_KEY, None)


def processing_s3_output(local_path: str, s3_uri: Any = None, at_once: bool = False) -> Any:
    """``ProcessingS3Output`` insists on an s3_uri; any text that is none lets the service choose
    ``s3://<bucket>/<pipeline>/<execution>/<step>/output/<name>``. ``at_once``: while the job runs, not in its end.
    """
    shapes, mode = import_module("sagemaker.core.shapes"), "Continuous" if at_once else "EndOfJob"
    return shapes.ProcessingS3Output(s3_uri=s3_uri or "auto", local_path=local_path, s3_upload_mode=mode)


def hyperparameters(values: dict[str, Any]) -> dict[str, Any]:
    """A numeric parameter among hyperparameters is emitted as a number, which the service refuses: they are strings."""
    return {name: value.to_string() if hasattr(value, "to_string") else str(value) for name, value in values.items()}


def check_network(config: Any) -> Any:
    """A check step puts a NetworkConfig into its request as the object that it is, which is no JSON."""
    return config and config._to_request_dict()


def clarify_check_step(recording: Recording, prefix: str, **arguments: Any) -> Any:
    """ClarifyCheckStep uploads its configuration to a fixed key, so that a new compile would change what a deployed
    pipeline reads, and the one for monitoring to a key of its own each time. Both get the key of their content.
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
    """A LambdaStep of a function that is deployed on its own warns, whenever it is compiled, that it does not deploy
    it; and its ``Lambda`` makes a session of its own where it is given none.
    """
    function = import_module("sagemaker.core.lambda_helper").Lambda(function_arn=function_arn, session=session)
    step = import_module("sagemaker.mlops.workflow.lambda_step").LambdaStep(name, lambda_func=function, **arguments)
    step._get_function_arn = lambda: function_arn
    return step


def of_package(step_args: Any, package: Any) -> Any:
    """``ModelBuilder.build`` knows images and data, no model packages: in its request the container becomes one."""
    step_args.create_model_request["PrimaryContainer"] = {"ModelPackageName": package}
    return step_args


def with_instance_count(step_args: Any, count: Any) -> Any:
    """``Transformer`` takes no parameter for its count (pydantic: an integer), so it is put into the request."""
    return _changed(step_args, lambda request: request["TransformResources"].update(InstanceCount=count))


def with_security(step_args: Any, volume_key: str | None, **flags: bool) -> Any:
    """``HyperparameterTuner`` keeps the trainer's subnets and the key of its outputs, and drops without a word its
    network isolation, its encryption of traffic between containers and the key of its volumes.
    """

    def keep(request: dict[str, Any]) -> None:
        definition = request["TrainingJobDefinition"]
        definition |= {name: True for name, is_on in flags.items() if is_on}
        definition["ResourceConfig"] |= {"VolumeKmsKeyId": volume_key} if volume_key else {}

    return _changed(step_args, keep)


def _changed(step_args: Any, change: Callable[[dict[str, Any]], Any]) -> Any:
    """The arguments of a step, whose request is changed each time that it is made."""
    create = step_args.func

    def created(caller: Any, *arguments: Any, **options: Any) -> None:
        create(caller, *arguments, **options)
        change(caller.sagemaker_session.context.args)

    step_args.func = created
    return step_args


def model_builder(**arguments: Any) -> Any:
    """``ModelBuilder.register`` without build() puts empty SAGEMAKER_PROGRAM and SAGEMAKER_SUBMIT_DIRECTORY into the
    package, unless it is told that there are no dependencies.
    """
    return import_module("sagemaker.serve.model_builder").ModelBuilder(dependencies={}, **arguments)


project.refuse_two_frameworks()
require_version()
# The SDK makes a session, or a table of endpoints, for the URI of each image and for each step's mere name.
read_models_once()
with offline():
    # Whatever pulls in sagemaker.train's module-level clients, once and here.
    import_module("sagemaker.mlops.workflow.pipeline")
    import_module("sagemaker.serve.model_builder")
make_registry_clients_late()
switch_off_telemetry()
say_less()

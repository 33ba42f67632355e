"""Check that the SDK still has the defects that ``pipelines/compiling/sdk.py`` works around, with a test for each.

A test fails when its defect is fixed upstream. Then the workaround and the test can be removed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version

import pytest

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from local_sagemaker.credentials import NO_CREDENTIALS
from pipelines.abalone.pipeline import get_pipeline
from pipelines.compiling import sdk
from pipelines.compiling.sdk import SdkError

pytestmark = pytest.mark.long


def run_python(code, **environment):
    """Run code in a new interpreter without a region; return its exit code and stderr."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | NO_CREDENTIALS
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={**clean, **environment}
    )
    return process.returncode, process.stderr


def test_importing_the_sdk_still_needs_a_region():
    code, error = run_python("import sagemaker.mlops.workflow.pipeline")

    assert code == 1
    assert "NoRegionError" in error


#: Code that counts how often the interpreter looks for credentials.
COUNT_CREDENTIAL_LOOKUPS = """
import botocore.credentials
looks, load = [], botocore.credentials.CredentialResolver.load_credentials
botocore.credentials.CredentialResolver.load_credentials = lambda self: looks.append(1) or load(self)
"""


def test_importing_the_sdk_still_looks_for_credentials_to_create_the_clients_of_a_class():
    code, error = run_python(
        f"""{COUNT_CREDENTIAL_LOOKUPS}
import sagemaker.ai_registry.air_hub as air_hub
assert len(looks) == 2, looks
assert air_hub.AIRHub._s3_client.meta.service_model.service_name == "s3"
""",
        AWS_DEFAULT_REGION="eu-west-1",
    )  # fmt: skip

    assert code == 0, error


def test_these_clients_are_created_on_first_use_and_with_the_users_credentials():
    code, error = run_python(
        """
from pipelines.compiling import sdk
import boto3, sagemaker.ai_registry.air_hub as air_hub
assert boto3.DEFAULT_SESSION is None
client = air_hub.AIRHub._s3_client
assert client is air_hub.AIRHub._s3_client
assert client._request_signer._credentials.access_key == "INVENTED"
""",
        AWS_ACCESS_KEY_ID="INVENTED", AWS_SECRET_ACCESS_KEY="INVENTED", AWS_DEFAULT_REGION="eu-west-1",
        PYTHONPATH=os.pathsep.join(p for p in sys.path if p),
    )  # fmt: skip

    assert code == 0, error


def test_a_pipeline_is_compiled_without_reading_the_users_files(tmp_path):
    tmp_path.joinpath(".aws").mkdir()
    marker = tmp_path / "called"
    config = f"[default]\ncredential_process = touch {marker}\n[profile mine]\ncredential_process = touch {marker}\n"
    tmp_path.joinpath(".aws", "config").write_text(config)
    code, error = run_python(
        """
import os
variables = dict(os.environ)
from pipelines.abalone.pipeline import get_pipeline
get_pipeline(region="eu-west-1").definition()
assert dict(os.environ) == variables
""",
        HOME=str(tmp_path), AWS_PROFILE="mine", AWS_CONFIG_FILE=str(tmp_path / ".aws" / "config"),
        PYTHONPATH=os.pathsep.join(p for p in sys.path if p),
    )  # fmt: skip

    assert code == 0, error
    assert not marker.exists()


def test_each_session_still_reads_the_same_models_again():
    code, error = run_python(
        """
import botocore.loaders, boto3
read, load = [], botocore.loaders.JSONFileLoader.load_file
botocore.loaders.JSONFileLoader.load_file = lambda self, path: read.append(path) or load(self, path)
for _ in range(2):
    boto3.Session(region_name="us-east-1").client("sts")
assert len(set(read)) < len(read), "botocore reads each once: read_models_once can go"
"""
    )

    assert code == 0, error


def test_a_model_is_read_once_for_all_sessions():
    first, second = (_offline_session()._session.get_component("data_loader") for _ in range(2))

    assert first is not second
    assert first.load_data("endpoints") is second.load_data("endpoints")


def test_processing_and_transform_steps_still_need_a_region():
    code, error = run_python(
        """
from pipelines.compiling import sdk
import sagemaker.core.local.local_session as local
local.LocalSagemakerClient()
""",
        PYTHONPATH=os.pathsep.join(p for p in sys.path if p),
    )

    assert code == 1
    assert "region" in error


def test_sessions_still_read_defaults_files(tmp_path, monkeypatch):
    from sagemaker.core.helper.session_helper import Session

    defaults = tmp_path / "config.yaml"
    tags = "      Tags:\n        - Key: from-file\n          Value: 'yes'\n"
    defaults.write_text(f"SchemaVersion: '1.0'\nSageMaker:\n  PythonSDK:\n    Modules: {{}}\n  Pipeline:\n{tags[2:]}")
    monkeypatch.setenv("SAGEMAKER_USER_CONFIG_OVERRIDE", str(defaults))
    boto_session = _offline_session()

    assert Session(boto_session=boto_session, default_bucket="b", sagemaker_config={}).sagemaker_config
    assert not sdk.session_without_defaults(Session, boto_session=boto_session, default_bucket="b").sagemaker_config


def test_the_first_client_still_becomes_the_processs_default():
    from sagemaker.core.utils.utils import SageMakerClient

    sdk.forget_default_session()
    first, second = (SageMakerClient(session=_offline_session()) for _ in range(2))

    assert SageMakerClient() is first
    sdk.forget_default_session()
    third = SageMakerClient(session=_offline_session())
    assert SageMakerClient() is third
    assert second is not third


def test_an_output_still_requires_a_uri():
    from pydantic import ValidationError
    from sagemaker.core.shapes import ProcessingS3Output

    with pytest.raises(ValidationError, match="s3_uri"):
        ProcessingS3Output(local_path="/opt/ml/processing/x", s3_upload_mode="EndOfJob")


def test_numeric_hyperparameters_are_still_not_strings():
    from sagemaker.core.workflow.parameters import ParameterInteger

    parameter = ParameterInteger("Seed", default_value=0)

    assert json.loads(json.dumps(parameter.expr)) == {"Get": "Parameters.Seed"}
    assert sdk.hyperparameters({"seed": parameter, "eta": 0.2})["seed"].expr == {
        "Std:Join": {"On": "", "Values": [{"Get": "Parameters.Seed"}]}
    }
    assert sdk.hyperparameters({"eta": 0.2}) == {"eta": "0.2"}


def test_registration_still_adds_empty_script_settings_without_the_workaround(monkeypatch):
    import sagemaker.serve.model_builder as upstream

    settings = {"SAGEMAKER_PROGRAM": "", "SAGEMAKER_SUBMIT_DIRECTORY": ""}
    environment = _registered_environment()
    monkeypatch.setattr(sdk, "model_builder", lambda **arguments: upstream.ModelBuilder(**arguments))
    upstream_environment = _registered_environment()

    assert environment == {}
    assert settings.items() <= upstream_environment.items()


def test_a_check_step_still_puts_network_settings_into_its_request_as_an_object():
    from pipelines.compiling import sdk
    from pipelines.steps.checks import DataQualityCheckConfig, QualityCheckStep

    from sagemaker.core.network import NetworkConfig
    from sagemaker.mlops.workflow.check_job_config import CheckJobConfig

    def create_step(network):
        job = CheckJobConfig(
            role="arn:aws:iam::111122223333:role/r", network_config=network, sagemaker_session=_offline_session_of_sdk()
        )
        config = DataQualityCheckConfig("s3://bucket/data", {"csv": {"header": True}}, output_s3_uri="s3://bucket/out")
        return QualityCheckStep("Check", quality_check_config=config, check_job_config=job)

    network = NetworkConfig(enable_network_isolation=True)
    with pytest.raises(TypeError):
        json.dumps(create_step(network).arguments)
    assert json.loads(json.dumps(create_step(sdk.check_step_network(network)).arguments))["NetworkConfig"]


def test_a_transformer_still_takes_no_parameter_for_its_instance_count():
    from pipelines.steps.transform import Transformer

    from pydantic import ValidationError
    from sagemaker.core.workflow.parameters import ParameterInteger, ParameterString
    from sagemaker.mlops.workflow.steps import TransformStep

    def create_step(count, shim):
        transformer = Transformer(
            ParameterString("Model"),
            count,
            "ml.m5.large",
            output_path="s3://b/out",
            accept="text/csv",
            sagemaker_session=_offline_session_of_sdk(),
        )
        with sdk.offline():
            return TransformStep("Transform", step_args=shim(transformer.transform("s3://b/in")))

    count = ParameterInteger("Count", default_value=2)
    with pytest.raises((ValidationError, ValueError)):
        _ = create_step(count, lambda step_args: step_args).arguments
    arguments = create_step(1, lambda step_args: sdk.with_instance_count(step_args, count)).arguments
    assert arguments["TransformResources"]["InstanceCount"] is count


def test_a_tuner_still_drops_isolation_encryption_of_traffic_and_the_key_of_volumes():
    from pipelines.steps.context import open_context
    from pipelines.steps.training import csv_channels, trainer

    from sagemaker.core.parameter import IntegerParameter
    from sagemaker.mlops.workflow.steps import TuningStep
    from sagemaker.train.tuner import HyperparameterTuner

    flags = {"enable_network_isolation": True, "encrypt_inter_container_traffic": True, "kms_key": "a-key"}
    context = open_context("us-east-1", None, None, "Shells", flags)
    ranges = {"max_depth": IntegerParameter(1, 2)}

    def definition(shim):
        tuner = HyperparameterTuner(
            trainer(context, "Tune", context.xgboost_image, {}, "models"), "validation:rmse", ranges, max_jobs=1
        )
        step = TuningStep("Tune", step_args=shim(tuner.tune(inputs=csv_channels({"train": "s3://b/train"}))))
        return step.arguments["TrainingJobDefinition"]

    upstream = definition(lambda step_args: step_args)
    assert not {"EnableNetworkIsolation", "EnableInterContainerTrafficEncryption"} & upstream.keys()
    assert "VolumeKmsKeyId" not in upstream["ResourceConfig"]
    assert upstream["OutputDataConfig"]["KmsKeyId"] == "a-key", "so the trainer has the key"

    fixed = definition(lambda step_args: sdk.with_security(step_args, "a-key", EnableNetworkIsolation=True))
    assert fixed["EnableNetworkIsolation"] is True
    assert fixed["ResourceConfig"]["VolumeKmsKeyId"] == "a-key"


def test_a_lambda_step_still_warns_that_it_deploys_nothing():
    from sagemaker.core.lambda_helper import Lambda
    from sagemaker.mlops.workflow.lambda_step import LambdaStep

    arn, session = "arn:aws:lambda:us-east-1:111122223333:function:f", _offline_session_of_sdk()
    with pytest.warns(UserWarning, match="won't be updated"):
        LambdaStep("Call", lambda_func=Lambda(function_arn=arn, session=session)).to_request()
    assert sdk.lambda_step(arn, session, "Call").to_request()["FunctionArn"] == arn


def test_a_model_builder_still_takes_no_model_packages():
    import inspect

    from sagemaker.serve.model_builder import ModelBuilder

    assert not [name for name in inspect.signature(ModelBuilder).parameters if "package" in name]


def test_the_hash_of_code_still_depends_on_its_path(tmp_path):
    from sagemaker.core.workflow.utilities import hash_files_or_dirs

    for name in "ab":
        tmp_path.joinpath(name).mkdir()
        tmp_path.joinpath(name, "script.py").write_text("pass")

    first, second = (hash_files_or_dirs([str(tmp_path / name / "script.py")]) for name in "ab")

    assert first != second


def test_telemetry_is_off_and_still_on_by_default():
    import sagemaker.core.telemetry.telemetry_logging as telemetry

    assert telemetry._send_telemetry_request.__module__ == "pipelines.compiling.sdk"
    code, error = run_python(
        "import sagemaker.core.telemetry.telemetry_logging as t, sys;"
        "sys.exit(t._send_telemetry_request.__module__ != t.__name__)",
        AWS_DEFAULT_REGION="us-east-1",
    )
    assert code == 0, error


@pytest.mark.parametrize("installed", ["2.257.7", "3.12.0", "4.0.0"])
def test_an_sdk_of_another_version_is_refused_with_the_command_to_install(installed, monkeypatch):
    monkeypatch.setattr(sdk, "version", lambda name: installed)

    with pytest.raises(SdkError, match=r"SageMaker SDK .* is installed; run: pip install 'sagemaker>=3\.27,<4'"):
        sdk.require_version()


def test_the_installed_sdk_meets_the_requirement():
    assert version("sagemaker").startswith("3.")
    sdk.require_version()


def _registered_environment():
    definition = json.loads(get_pipeline("us-east-1").definition())
    register = definition["Steps"][-1]["Arguments"]["IfSteps"][0]
    return register["Arguments"]["InferenceSpecification"]["Containers"][0]["Environment"]


def _offline_session():
    from pipelines.compiling.offline import Recording

    return Recording("bucket").session("us-east-1")


def _offline_session_of_sdk():
    from pipelines.compiling.offline import Recording
    from pipelines.compiling.offline_pipeline import compiling_session

    return compiling_session("us-east-1", Recording("bucket"))

"""Check what get_pipeline defines: names that users know, parameters with an effect, settings that reach every job."""

from __future__ import annotations

import hashlib
import inspect
import json

from local_sagemaker.definition.expressions import references
from local_sagemaker.definition.graph import graph_of
from local_sagemaker.tools.command_errors import UsageError
from pipelines.abalone.pipeline import get_pipeline
from pipelines.compiling.offline import PLACEHOLDER_ACCOUNT
from pipelines.scripts.preprocess import OUTPUTS
from pipelines.steps.context import Settings

import pytest

ROLE = "arn:aws:iam::111122223333:role/test"  # the account of AWS's own examples


def compile_graph(**arguments):
    return graph_of(get_pipeline("us-east-1", **arguments).definition())


def jobs(definition):
    return {
        n: s.arguments
        for n, s in definition.steps.items()
        if s.type in ("ClarifyCheck", "Processing", "QualityCheck", "Training", "Transform")
    }


def test_names_and_the_order_of_arguments_are_those_that_users_know():
    documented = [
        "region", "role", "default_bucket", "model_package_group_name", "pipeline_name", "base_job_prefix",
    ]  # fmt: skip
    names = [name for name in inspect.signature(get_pipeline).parameters if name != "settings"]

    assert names == [*documented, "approval_queue_url"]
    assert {"processing_instance_type", "training_instance_type", "sagemaker_project_name"} < set(
        Settings.__annotations__
    )
    assert list(compile_graph().parameters) == [
        "ProcessingInstanceCount", "ModelApprovalStatus", "InputDataUrl", "RandomSeed", "MseThreshold",
        "SkipDataQualityCheck", "RegisterNewDataQualityBaseline",
        "DataQualitySuppliedStatistics", "DataQualitySuppliedConstraints",
        "SkipDataBiasCheck", "RegisterNewDataBiasBaseline", "DataBiasSuppliedBaselineConstraints",
        "SkipModelQualityCheck", "RegisterNewModelQualityBaseline",
        "ModelQualitySuppliedStatistics", "ModelQualitySuppliedConstraints",
        "SkipModelBiasCheck", "RegisterNewModelBiasBaseline", "ModelBiasSuppliedBaselineConstraints",
        "SkipModelExplainabilityCheck", "RegisterNewModelExplainabilityBaseline",
        "ModelExplainabilitySuppliedBaselineConstraints",
    ]  # fmt: skip


def test_every_parameter_is_used_somewhere():
    definition = compile_graph()
    used = {p for step in definition.steps.values() for p in references([step.arguments, step.settings])}

    assert {f"Parameters.{name}" for name in definition.parameters} <= used


def test_the_gate_compares_with_the_parameter_and_not_with_a_literal():
    condition = compile_graph().steps["CheckMSEAbaloneEvaluation"].arguments["Conditions"][0]

    assert condition["RightValue"] == {"Get": "Parameters.MseThreshold"}


def test_the_outputs_are_those_that_the_script_writes():
    outputs = jobs(compile_graph())["PreprocessAbaloneData"]["ProcessingOutputConfig"]["Outputs"]

    assert [o["OutputName"] for o in outputs] == list(OUTPUTS)


def test_security_settings_and_tags_reach_every_job():
    tags = [{"Key": "team", "Value": "shells"}]
    definition = compile_graph(
        kms_key="key-1",
        subnets=["subnet-1", "subnet-2"],
        security_group_ids=["sg-1"],
        enable_network_isolation=True,
        encrypt_inter_container_traffic=True,
        tags=tags,
        sagemaker_project_name="project",
    )

    vpc = {"Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}
    expected_tags = [*tags, {"Key": "sagemaker:project-name", "Value": "project"}]
    assert len(jobs(definition)) == 9
    for name, arguments in jobs(definition).items():
        assert arguments["Tags"] == expected_tags, name
        if definition.steps[name].type == "Transform":  # its network settings are the model's
            assert arguments["TransformResources"]["VolumeKmsKeyId"] == "key-1"
            assert arguments["TransformOutput"]["KmsKeyId"] == "key-1"
        elif definition.steps[name].type == "Training":
            assert arguments["ResourceConfig"]["VolumeKmsKeyId"] == "key-1"
            assert arguments["OutputDataConfig"]["KmsKeyId"] == "key-1"
            assert arguments["VpcConfig"] == vpc
            assert arguments["EnableNetworkIsolation"] is True
            assert arguments["EnableInterContainerTrafficEncryption"] is True
        else:
            assert arguments["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"] == "key-1"
            assert arguments["ProcessingOutputConfig"]["KmsKeyId"] == "key-1"
            assert arguments["NetworkConfig"] == {
                # Clarify calls the model's endpoint from within its job, which an isolated job cannot.
                "EnableNetworkIsolation": name not in ("ModelBiasCheckStep", "ModelExplainabilityCheckStep"),
                "EnableInterContainerTrafficEncryption": True,
                "VpcConfig": vpc,
            }

    model = definition.steps["AbaloneCreateModel"].arguments
    assert model["VpcConfig"] == vpc
    assert model["EnableNetworkIsolation"] is True
    assert model["Tags"] == expected_tags


def test_the_quality_check_reads_this_executions_predictions_and_takes_the_label_as_ground_truth():
    steps = compile_graph().steps
    check, transform = steps["ModelQualityCheckStep"].arguments, steps["AbaloneTransform"].arguments

    assert check["ProcessingInputs"][0]["S3Input"]["S3Uri"] == {
        "Get": "Steps.AbaloneTransform.TransformOutput.S3OutputPath"
    }
    assert {"Get": "Execution.PipelineExecutionId"} in transform["TransformOutput"]["S3OutputPath"]["Std:Join"][
        "Values"
    ]
    assert transform["DataProcessing"] == {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    environment = check["Environment"]
    assert (environment["ground_truth_attribute"], environment["inference_attribute"]) == ("_c0", "_c1")


def analysis_configuration(name, **arguments):
    """Return the analysis configuration that a check of Clarify reads."""
    pipeline = get_pipeline("us-east-1", **arguments)
    uploads = {f"s3://{bucket}/{key}": content for (bucket, key), content in pipeline.uploads.items()}
    definition = graph_of(pipeline.definition())
    inputs = {i["InputName"]: i["S3Input"]["S3Uri"] for i in definition.steps[name].arguments["ProcessingInputs"]}
    return json.loads(uploads[inputs["analysis_config"]])


def test_bias_is_measured_for_all_sexes_and_above_a_decimal_threshold():
    for name, method in (("DataBiasCheckStep", "pre_training_bias"), ("ModelBiasCheckStep", "post_training_bias")):
        config = analysis_configuration(name)

        assert list(config["methods"]) == [method, "report"]
        assert [f["name_or_index"] for f in config["facet"]] == ["sex_F", "sex_I", "sex_M"]
        assert config["label_values_or_threshold"] == [15.0]
        assert config["headers"][0] == config["label"] == "rings"
        assert len(config["headers"]) == 11


def test_shap_values_are_exact_and_compare_with_the_average_shell_of_each_sex():
    shap = analysis_configuration("ModelExplainabilityCheckStep")["methods"]["shap"]

    assert shap["num_samples"] == 2**10 - 2
    assert shap["seed"] == 123
    assert [row[:7] for row in shap["baseline"]] == [[0.0] * 7] * 3
    assert [row[7:] for row in shap["baseline"]] == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]


def test_a_checks_configuration_is_stored_below_a_hash_of_its_content():
    pipeline = get_pipeline("us-east-1")

    keys = {key: content for (_, key), content in pipeline.uploads.items() if key.endswith("analysis_config.json")}

    assert len(keys) == 5, "both checks of bias share the configuration for monitoring"
    for key, content in keys.items():
        assert key == f"Abalone/config/{hashlib.sha256(content).hexdigest()}/analysis_config.json"


def test_all_six_families_of_baselines_are_registered():
    register = compile_graph().steps["RegisterAbaloneModel"].arguments

    metrics, baselines = register["ModelMetrics"], register["DriftCheckBaselines"]
    assert {family: set(files) for family, files in metrics.items()} == {
        "ModelDataQuality": {"Statistics", "Constraints"},
        "ModelQuality": {"Statistics", "Constraints"},
        "Bias": {"PreTrainingReport", "PostTrainingReport", "Report"},
        "Explainability": {"Report"},
    }
    assert {family: set(files) for family, files in baselines.items()} == {
        "ModelDataQuality": {"Statistics", "Constraints"},
        "ModelQuality": {"Statistics", "Constraints"},
        "Bias": {"PreTrainingConstraints", "PostTrainingConstraints", "ConfigFile"},
        "Explainability": {"Constraints", "ConfigFile"},
    }
    for family in ("Bias", "Explainability"):
        assert "/config/" in baselines[family]["ConfigFile"]["S3Uri"]


def test_names_are_arguments():
    definition = compile_graph(
        role=ROLE,
        default_bucket="my-bucket",
        model_package_group_name="Group",
        base_job_prefix="Prefix",
        processing_instance_type="ml.c5.large",
        training_instance_type="ml.c5.xlarge",
        transform_instance_type="ml.c5.2xlarge",
    )

    requests = jobs(definition)
    assert {a["RoleArn"] for a in requests.values() if "RoleArn" in a} == {ROLE}
    assert definition.steps["AbaloneCreateModel"].arguments["ExecutionRoleArn"] == ROLE
    assert requests["AbaloneTransform"]["TransformResources"]["InstanceType"] == "ml.c5.2xlarge"
    assert requests["TrainAbaloneModel"]["OutputDataConfig"]["S3OutputPath"] == "s3://my-bucket/Prefix/AbaloneTrain"
    assert requests["TrainAbaloneModel"]["ResourceConfig"]["InstanceType"] == "ml.c5.xlarge"
    cluster = requests["PreprocessAbaloneData"]["ProcessingResources"]["ClusterConfig"]
    assert cluster["InstanceType"] == "ml.c5.large"
    assert definition.steps["RegisterAbaloneModel"].arguments["ModelPackageGroupName"] == "Group"
    assert PLACEHOLDER_ACCOUNT not in json.dumps(definition.raw)


def test_hyperparameters_are_strings():
    hyperparameters = jobs(compile_graph())["TrainAbaloneModel"]["HyperParameters"]

    assert {type(v) for n, v in hyperparameters.items() if n != "seed"} == {str}
    assert hyperparameters["seed"] == {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.RandomSeed"}]}}


def test_the_registration_carries_the_properties_of_the_contract():
    from pipelines.model_package import PROPERTIES

    properties = compile_graph().steps["RegisterAbaloneModel"].arguments["CustomerMetadataProperties"]

    assert properties.keys() == PROPERTIES.keys()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"role": "MyRole"}, "role must be an ARN"),
        ({"subnets": ["subnet-1"]}, "subnets and security_group_ids go together"),
    ],
)
def test_invalid_arguments_are_refused(arguments, message):
    with pytest.raises(UsageError, match=message):
        get_pipeline("us-east-1", **arguments)


def test_the_region_comes_from_the_environment_by_default(monkeypatch):
    with pytest.raises(UsageError, match="no region: set AWS_REGION"):
        get_pipeline()
    monkeypatch.setenv("AWS_REGION", "eu-west-1")

    assert "-eu-west-1/" in json.dumps(graph_of(get_pipeline().definition()).raw)


def test_with_a_queue_a_reviewer_decides_about_a_model_that_has_passed_the_gate():
    definition = compile_graph(approval_queue_url="https://sqs.us-east-1.amazonaws.com/111122223333/approvals")

    gate, approval, registration = (
        definition.steps[name] for name in ("CheckMSEAbaloneEvaluation", "ApproveAbaloneModel", "RegisterAbaloneModel")
    )
    assert gate.branches["IfSteps"] == ("ApproveAbaloneModel", "RegisterAbaloneModel")
    assert approval.type == "Callback"
    assert approval.settings["SqsQueueUrl"].endswith("/approvals")
    assert approval.arguments["Metric"] == "regression_metrics.mse.value"
    assert registration.arguments["ModelApprovalStatus"] == {
        "Get": "Steps.ApproveAbaloneModel.OutputParameters['ModelApprovalStatus']"
    }
    assert "ApproveAbaloneModel" not in compile_graph().steps

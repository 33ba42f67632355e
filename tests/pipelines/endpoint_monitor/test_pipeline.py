"""Test the pipeline that monitors an endpoint: its definition, and runs on this machine."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from local_sagemaker import project
from local_sagemaker import session as local_session
from local_sagemaker.definition.expressions import references
from local_sagemaker.definition.graph import graph_of
from local_sagemaker.testing import validate_responses, wait_for_end
from local_sagemaker.tools.service.results import exit_code, summary
from local_sagemaker.tools.service.violations import find_violations as violations
from local_sagemaker.tools.targets import Target
from model_monitor.data_quality.metrics import ENDPOINT_NAMESPACE
from pipelines.endpoint_monitor.pipeline import get_pipeline

import model_versions
from capture_files import capture, rows_of

REGION, NAME = "us-east-1", "AbaloneEndpointMonitor"
FOLDER = "datacapture/shells-prod/AllTraffic"


def test_every_parameter_is_read_somewhere():
    definition = graph_of(get_pipeline(REGION).definition())
    read = {p for step in definition.steps.values() for p in references([step.arguments, step.settings])}

    assert {f"Parameters.{name}" for name in definition.parameters} <= read


def test_the_baseline_has_a_prefix_of_the_version_and_is_cached():
    steps = {step["Name"]: step for step in json.loads(get_pipeline(REGION).definition())["Steps"]}
    baseline_step = steps["BaselineOfEndpoint"]

    assert baseline_step["CacheConfig"] == {"Enabled": True, "ExpireAfter": "P365D"}
    (output,) = baseline_step["Arguments"]["ProcessingOutputConfig"]["Outputs"]
    base, version = output["S3Output"]["S3Uri"]["Std:Join"]["Values"]
    assert base.endswith(f"/{NAME}/baselines")
    assert version == {"Get": "Steps.LambdaStepGetApprovedModel.OutputParameters['ModelPackageVersion']"}


@pytest.fixture
def run_monitor(abalone_csv, tmp_path):
    """Register a model; return a function that monitors its endpoint, with captured rows that ``change`` modifies."""
    version = model_versions.train_model(tmp_path / "model", abalone_csv)
    session = validate_responses(local_session.open(tmp_path / "root", project.config()))
    s3 = session.client("s3")
    s3.create_bucket(Bucket=model_versions.BUCKET)
    model_versions.register(session, version)

    def run(change=None, hours=3, **settings):
        rows = rows_of(version, "validation")
        if change:
            change(rows)
        file, hour = tmp_path / "a.jsonl", datetime.now(UTC) - timedelta(hours=1)
        capture(file, version.booster, rows, rows_per_request=5)
        s3.upload_file(str(file), model_versions.BUCKET, f"{FOLDER}/{hour:%Y/%m/%d/%H}/a.jsonl")
        pipeline = get_pipeline(REGION, session=session)
        pipeline.upsert()
        parameters = {"CaptureUrl": f"s3://{model_versions.BUCKET}/{FOLDER}", "ModelPackageVersion": 1, "Hours": hours}
        return session, wait_for_end(session, pipeline.start(parameters=parameters | settings).arn)

    return run


def shift_weights(rows):
    rows[:, 3] += 1.0  # whole_weight, in standard deviations


def test_data_like_those_of_the_evaluation_pass(run_monitor):
    _, execution = run_monitor()

    assert execution.status == "Succeeded"
    assert execution.steps["CheckEndpointDrift"]["Metadata"]["Condition"]["Outcome"] == "False"


def test_metrics_are_named_as_those_of_model_monitor(run_monitor, tmp_path):
    session, _ = run_monitor(shift_weights, FailOnViolation=False)

    cloudwatch, now = session.client("cloudwatch"), datetime.now(UTC)
    dimensions = [{"Name": "Endpoint", "Value": "shells-prod"}, {"Name": "MonitoringSchedule", "Value": NAME}]
    metrics = cloudwatch.list_metrics(Namespace=ENDPOINT_NAMESPACE, Dimensions=dimensions)["Metrics"]
    assert {metric["MetricName"] for metric in metrics} >= {"feature_data_prediction", "feature_non_null_whole_weight"}

    def value(name, statistic):
        (point,) = cloudwatch.get_metric_statistics(
            Namespace=ENDPOINT_NAMESPACE, MetricName=name, Dimensions=dimensions, Statistics=[statistic],
            StartTime=now - timedelta(hours=1), EndTime=now + timedelta(hours=1), Period=7200,
        )["Datapoints"]  # fmt: skip
        return point[statistic]

    assert value("feature_baseline_drift_whole_weight", "Sum") > 0.1 > value("feature_baseline_drift_length", "Sum")
    (file,) = (tmp_path / "root" / "s3").rglob("endpoint_quality/statistics.json")
    statistics = json.loads(file.read_text())
    weight = next(feature for feature in statistics["features"] if feature["name"] == "whole_weight")[
        "numerical_statistics"
    ]
    assert value("feature_data_whole_weight", "Average") == pytest.approx(weight["mean"])
    assert value("feature_data_whole_weight", "Maximum") == weight["max"]
    assert value("feature_non_null_whole_weight", "Sum") == weight["common"]["num_present"]


def test_an_isolated_job_sends_no_metrics():
    assert "--metrics" in monitor_arguments(enable_network_isolation=False)
    assert "--metrics" not in monitor_arguments(enable_network_isolation=True)


def monitor_arguments(**settings):
    graph = graph_of(get_pipeline(REGION, **settings).definition())
    return graph.steps["MonitorEndpoint"].arguments["AppSpecification"]["ContainerArguments"]


def test_drift_ends_the_execution_with_the_columns_and_exit_code_3(run_monitor):
    session, execution = run_monitor(shift_weights)

    assert execution.status == "Failed"
    assert "whole_weight" in execution.steps["EndpointDrift"]["FailureReason"]
    target = Target(session)
    assert {violation["column"] for violation in violations(target, execution.arn)} == {"whole_weight", "prediction"}
    description = session.client("sagemaker").describe_pipeline_execution(PipelineExecutionArn=execution.arn)
    assert exit_code(summary(target, description, NAME)) == 3


def test_drift_can_be_reported_without_failing(run_monitor):
    _, execution = run_monitor(shift_weights, FailOnViolation=False)

    assert execution.status == "Succeeded"
    assert "MonitorEndpoint" in execution.steps


def test_with_zero_hours_only_the_baseline_is_computed(run_monitor):
    session, execution = run_monitor(hours=0)

    assert execution.status == "Succeeded"
    assert "MonitorEndpoint" not in execution.steps
    bucket = get_pipeline(REGION).definition().partition("s3://")[2].partition("/")[0]
    objects = session.client("s3").list_objects_v2(Bucket=bucket, Prefix=f"{NAME}/baselines/1/")["Contents"]
    assert {item["Key"].rpartition("/")[2] for item in objects} == {"statistics.json", "constraints.json"}

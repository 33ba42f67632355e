"""The pipeline that monitors an endpoint: what it defines, and run on this machine."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

pytest.importorskip("sagemaker.core", reason="needs the SageMaker SDK")

from local_sagemaker import project
from local_sagemaker import session as local_session
from local_sagemaker.definition.expressions import references
from local_sagemaker.definition.graph import graph_of
from local_sagemaker.testing import check_session, finish
from local_sagemaker.tools.service.results import exit_code, summary
from local_sagemaker.tools.service.violations import find_violations as violations
from local_sagemaker.tools.targets import Target
from model_monitor.data_quality.metrics import OF_ENDPOINT
from pipelines.endpoint_monitor.pipeline import get_pipeline

import model_versions
from capture_files import capture, rows_of

REGION, NAME = "us-east-1", "AbaloneEndpointMonitor"
FOLDER = "datacapture/shells-prod/AllTraffic"


def test_every_parameter_is_read_somewhere():
    definition = graph_of(get_pipeline(REGION).definition())
    read = {p for step in definition.steps.values() for p in references([step.arguments, step.settings])}

    assert {f"Parameters.{name}" for name in definition.parameters} <= read


def test_the_baseline_lies_at_a_place_of_the_version_and_is_kept():
    steps = {one["Name"]: one for one in json.loads(get_pipeline(REGION).definition())["Steps"]}
    made = steps["BaselineOfEndpoint"]

    assert made["CacheConfig"] == {"Enabled": True, "ExpireAfter": "P365D"}
    (output,) = made["Arguments"]["ProcessingOutputConfig"]["Outputs"]
    base, version = output["S3Output"]["S3Uri"]["Std:Join"]["Values"]
    assert base.endswith(f"/{NAME}/baselines")
    assert version == {"Get": "Steps.LambdaStepGetApprovedModel.OutputParameters['ModelPackageVersion']"}


@pytest.fixture
def monitored(abalone_csv, tmp_path):
    """Register a model, and monitor an endpoint of it that has captured rows, as ``change`` makes them."""
    version = model_versions.train_model(tmp_path / "model", abalone_csv)
    session = check_session(local_session.open(tmp_path / "root", project.config()))
    s3 = session.client("s3")
    s3.create_bucket(Bucket=model_versions.BUCKET)
    model_versions.register(session, version)

    def run(change=None, hours=3, **given):
        rows = rows_of(version, "validation")
        if change:
            change(rows)
        file, hour = tmp_path / "a.jsonl", datetime.now(UTC) - timedelta(hours=1)
        capture(file, version.booster, rows, rows_per_request=5)
        s3.upload_file(str(file), model_versions.BUCKET, f"{FOLDER}/{hour:%Y/%m/%d/%H}/a.jsonl")
        pipeline = get_pipeline(REGION, session=session)
        pipeline.upsert()
        parameters = {"CaptureUrl": f"s3://{model_versions.BUCKET}/{FOLDER}", "ModelPackageVersion": 1, "Hours": hours}
        return session, finish(session, pipeline.start(parameters=parameters | given).arn)

    return run


def shifted(rows):
    rows[:, 3] += 1.0  # whole_weight, in standard deviations


def test_an_endpoint_that_receives_what_its_model_was_evaluated_on_is_left_alone(monitored):
    _, ran = monitored()

    assert ran.status == "Succeeded"
    assert ran.steps["CheckEndpointDrift"]["Metadata"]["Condition"]["Outcome"] == "False"


def test_metrics_are_named_as_those_of_model_monitor(monitored, tmp_path):
    session, _ = monitored(shifted, FailOnViolation=False)

    cloudwatch, now = session.client("cloudwatch"), datetime.now(UTC)
    dimensions = [{"Name": "Endpoint", "Value": "shells-prod"}, {"Name": "MonitoringSchedule", "Value": NAME}]
    listed = cloudwatch.list_metrics(Namespace=OF_ENDPOINT, Dimensions=dimensions)["Metrics"]
    assert {one["MetricName"] for one in listed} >= {"feature_data_prediction", "feature_non_null_whole_weight"}

    def value(name, statistic):
        (point,) = cloudwatch.get_metric_statistics(
            Namespace=OF_ENDPOINT, MetricName=name, Dimensions=dimensions, Statistics=[statistic],
            StartTime=now - timedelta(hours=1), EndTime=now + timedelta(hours=1), Period=7200,
        )["Datapoints"]  # fmt: skip
        return point[statistic]

    assert value("feature_baseline_drift_whole_weight", "Sum") > 0.1 > value("feature_baseline_drift_length", "Sum")
    (file,) = (tmp_path / "root" / "s3").rglob("endpoint_quality/statistics.json")
    read = json.loads(file.read_text())
    weight = next(one for one in read["features"] if one["name"] == "whole_weight")["numerical_statistics"]
    assert value("feature_data_whole_weight", "Average") == pytest.approx(weight["mean"])
    assert value("feature_data_whole_weight", "Maximum") == weight["max"]
    assert value("feature_non_null_whole_weight", "Sum") == weight["common"]["num_present"]


def test_a_job_without_a_network_is_not_asked_for_metrics():
    assert "--metrics" in arguments_of_monitor(enable_network_isolation=False)
    assert "--metrics" not in arguments_of_monitor(enable_network_isolation=True)


def arguments_of_monitor(**settings):
    graph = graph_of(get_pipeline(REGION, **settings).definition())
    return graph.steps["MonitorEndpoint"].arguments["AppSpecification"]["ContainerArguments"]


def test_drift_ends_the_execution_with_the_columns_and_exit_code_3(monitored):
    session, ran = monitored(shifted)

    assert ran.status == "Failed"
    assert "whole_weight" in ran.steps["EndpointDrift"]["FailureReason"]
    target = Target(session)
    assert {one["column"] for one in violations(target, ran.arn)} == {"whole_weight", "prediction"}
    described = session.client("sagemaker").describe_pipeline_execution(PipelineExecutionArn=ran.arn)
    assert exit_code(summary(target, described, NAME)) == 3


def test_drift_may_be_told_only(monitored):
    _, ran = monitored(shifted, FailOnViolation=False)

    assert ran.status == "Succeeded"
    assert "MonitorEndpoint" in ran.steps


def test_where_nothing_is_looked_at_the_baseline_alone_is_made(monitored):
    session, ran = monitored(hours=0)

    assert ran.status == "Succeeded"
    assert "MonitorEndpoint" not in ran.steps
    bucket = get_pipeline(REGION).definition().partition("s3://")[2].partition("/")[0]
    found = session.client("s3").list_objects_v2(Bucket=bucket, Prefix=f"{NAME}/baselines/1/")["Contents"]
    assert {one["Key"].rpartition("/")[2] for one in found} == {"statistics.json", "constraints.json"}

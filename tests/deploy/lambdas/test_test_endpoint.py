"""Tests the function that tests an endpoint: its real handler and a real server of a real model, with moto as AWS."""

from __future__ import annotations

import itertools
import json

import pytest

pytest.importorskip("moto.server", reason="AWS is a moto server, of the extra 'test'")

import boto3
import model_versions
import numpy as np
import permissions
import xgboost as xgb
from botocore.config import Config
from handlers import load_handler
from model_server import Server, endpoint
from moto_over_http import REGION

ENDPOINT = "shells-staging"
ALL = 10_000  # more rows than there are
HANDLER = load_handler("test_endpoint")


@pytest.fixture(scope="module")
def version(abalone_csv, tmp_path_factory):
    return model_versions.train_model(tmp_path_factory.mktemp("version") / "model", abalone_csv)


def start_server(folder, booster):
    """Start a server of this model, and wait until it answers."""
    folder.joinpath("model").mkdir(parents=True)
    booster.save_model(folder / "model" / "xgboost-model.ubj")
    server = Server("xgboost", folder)
    assert server.wait() == 200
    return server


@pytest.fixture(scope="module")
def good(version, tmp_path_factory):
    """Return the URL of an endpoint with the evaluated model."""
    server = start_server(tmp_path_factory.mktemp("good"), version.booster)
    with endpoint(server) as url:
        yield url
    server.end()


@pytest.fixture
def account(aws, version):
    """Create an endpoint with a registered version; return the version's ARN."""
    location = {"LocationConstraint": REGION}
    aws.client("s3").create_bucket(Bucket=model_versions.BUCKET, CreateBucketConfiguration=location)
    arn = model_versions.register(boto3.Session(region_name=REGION), version)
    deploy(aws, {"ModelPackageName": arn})
    aws.calls.clear()
    return arn


def deploy(aws, container, name=ENDPOINT):
    client, role = aws.client("sagemaker"), "arn:aws:iam::123456789012:role/model"
    client.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container)
    variant = {"VariantName": "AllTraffic", "ModelName": name, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    client.create_endpoint(EndpointName=name, EndpointConfigName=name)


def clients(url, **changed):
    session, once = boto3.Session(region_name=REGION), Config(retries={"total_max_attempts": 1})
    runtime = session.client("sagemaker-runtime", endpoint_url=url, config=once)
    service_clients = (session.client(service) for service in ("sagemaker", "s3", "codepipeline"))
    sagemaker, s3, codepipeline = service_clients
    return HANDLER.Clients(sagemaker, runtime, s3, codepipeline, **changed)


def ask(url, context=None, clients=clients, **event):
    return HANDLER.lambda_handler({"EndpointName": ENDPOINT, **event}, context, clients(url))


@pytest.mark.parametrize("accept", ["text/csv", "application/json"])
@pytest.mark.parametrize("rows_per_request", [1, 50])
def test_the_evaluated_model_has_its_evaluations_error(account, good, version, accept, rows_per_request):
    report = json.loads(version.file("evaluation/evaluation.json").read_text())

    figures = ask(good, MaxRows=ALL, RowsPerRequest=rows_per_request, Accept=accept)

    evaluated = report["regression_metrics"]["mse"]["value"]
    assert figures["ErrorEvaluated"] == evaluated
    assert figures["Error"] == pytest.approx(evaluated, rel=1e-5), "with all rows the error is the same"
    assert figures["Rows"] == report["rows"]
    assert figures["ErrorMayDifferBy"] == pytest.approx(0.001 * evaluated)
    assert figures["ModelPackageArn"] == account
    assert 0 < figures["P50Milliseconds"] <= figures["P95Milliseconds"] <= figures["P99Milliseconds"]


@pytest.mark.usefixtures("account")
def test_the_error_of_random_rows_is_within_the_limits_of_chance(good):
    figures = ask(good, MaxRows=100)

    assert figures["Rows"] == 100
    apart = abs(figures["Error"] - figures["ErrorEvaluated"])
    assert 0.001 * figures["ErrorEvaluated"] < apart < figures["ErrorMayDifferBy"]
    assert ask(good, MaxRows=100)["Error"] == figures["Error"], "it draws the same rows each time"


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("rows", [400, ALL])
@pytest.mark.parametrize("skew", [-3.0, 3.0])
def test_a_skewed_model_fails_with_both_errors_in_the_message(version, tmp_path, rows, skew):
    train = np.loadtxt(version.file("train/train.csv"), delimiter=",")
    matrix = xgb.DMatrix(train[:, 1:], label=train[:, 0] + skew)
    server = start_server(tmp_path, xgb.train(model_versions.HYPERPARAMETERS, matrix, num_boost_round=50))

    with endpoint(server) as url, pytest.raises(HANDLER.EndpointTestFailed) as raised:
        ask(url, MaxRows=rows)
    server.end()

    message, report = str(raised.value), json.loads(version.file("evaluation/evaluation.json").read_text())
    evaluated = report["regression_metrics"]["mse"]["value"]
    assert f"{ENDPOINT}: the error of {min(rows, report['rows'])} rows is" in message
    assert f"but the model was evaluated with {evaluated:.6g}: this is another model, or it is served" in message
    assert '"P99Milliseconds"' in message


@pytest.mark.usefixtures("account")
def test_a_slow_endpoint_fails_by_the_percentile_that_is_too_long(good):
    late = [0.01] * 90 + [0.8] * 6 + [3.0] * 4  # seconds of each request
    ticks = list(itertools.accumulate(itertools.chain.from_iterable((0.0, seconds) for seconds in late)))

    def slow(url):
        clock = iter(ticks)
        return clients(url, clock=lambda: next(clock))

    with pytest.raises(
        HANDLER.EndpointTestFailed, match=r"95 % of the requests took up to 800\.0 ms, but only 500 ms are"
    ):
        ask(good, clients=slow, MaxRows=100, MaxP95Milliseconds=500)
    with pytest.raises(
        HANDLER.EndpointTestFailed, match=r"99 % of the requests took up to 3000\.0 ms, but only 1000 ms are"
    ):
        ask(good, clients=slow, MaxRows=100, MaxP99Milliseconds=1000)
    assert ask(good, clients=slow, MaxRows=100)["P95Milliseconds"] == 800.0


@pytest.mark.usefixtures("account")
def test_an_endpoint_that_does_not_answer_fails(version, tmp_path):
    server = start_server(tmp_path, version.booster)

    with endpoint(server, before=lambda: server.process.poll() is None and server.end()) as url:
        with pytest.raises(HANDLER.EndpointTestFailed, match=f"{ENDPOINT} does not answer"):
            ask(url)


@pytest.mark.usefixtures("account")
def test_an_endpoint_that_does_not_answer_with_a_number_for_each_row_fails(version, tmp_path):
    train = np.loadtxt(version.file("train/train.csv"), delimiter=",")
    matrix = xgb.DMatrix(train[:, 1:], label=train[:, 0] > 10)
    server = start_server(
        tmp_path, xgb.train({"objective": "multi:softprob", "num_class": 2}, matrix, num_boost_round=2)
    )

    with (
        endpoint(server) as url,
        pytest.raises(HANDLER.EndpointTestFailed, match=r"returned '.*' for 1 rows, not a number"),
    ):
        ask(url)
    server.end()


@pytest.mark.usefixtures("account")
def test_when_time_is_up_the_error_has_the_progress(good):
    class Context:
        remaining = 6_000.0

        def get_remaining_time_in_millis(self):
            self.remaining -= 100
            return self.remaining

    with pytest.raises(HANDLER.EndpointTestFailed, match=r"time is up after 10 of 6\d\d rows; .* a lower MaxRows"):
        ask(good, context=Context())


def test_other_rows_can_be_given(aws, account, good, version):
    rows = version.file("test/test.csv").read_text().splitlines()
    changed_rows = [f"{30 - number},{row.partition(',')[2]}" for number, row in enumerate(rows)]
    aws.client("s3").put_object(Bucket=model_versions.BUCKET, Key="other.csv", Body="\n".join(changed_rows).encode())

    with pytest.raises(HANDLER.EndpointTestFailed, match=f"the error of {len(rows)} rows is"):
        ask(good, MaxRows=ALL, TestDataUri=f"s3://{model_versions.BUCKET}/other.csv")


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"EndpointName": ""}, "needs EndpointName"),
        ({"Endpoint": "x"}, "the event has unknown members: Endpoint; it may have Accept, EndpointName"),
        ({"MaxRows": 0}, "MaxRows is 0"),
        ({"RowsPerRequest": "5"}, "RowsPerRequest is '5'"),
        ({"Accept": "text/html"}, "Accept is 'text/html'; give one of text/csv, application/json"),
    ],
)
def test_an_invalid_event_is_an_error_before_any_call(aws, event, message):
    with pytest.raises(ValueError, match=message):
        ask("http://127.0.0.1:9", **event)
    assert not aws.calls


def test_an_endpoint_that_is_not_in_service_or_serves_no_version_fails(aws, account, good):
    deploy(aws, {"Image": "an-image", "ModelDataUrl": "s3://b/model.tar.gz"}, "by-hand")

    with pytest.raises(ValueError, match="by-hand serves by-hand, which is not a version of a model package group"):
        ask(good, EndpointName="by-hand")
    stopped = {"EndpointStatus": "Updating", "EndpointConfigName": "x"}
    client = boto3.Session(region_name=REGION).client("sagemaker")
    client.meta.events.register("after-call.sagemaker.DescribeEndpoint", lambda parsed, **_: parsed.update(stopped))
    with pytest.raises(HANDLER.EndpointTestFailed, match=f"{ENDPOINT} is Updating: wait until it is InService"):
        HANDLER.served_model(client, ENDPOINT)


@pytest.mark.parametrize(
    ("problem", "cut", "label", "prediction", "error"),
    [
        ("BinaryClassification", 0.5, 1.0, 0.4, 1.0),
        ("BinaryClassification", 0.3, 1.0, 0.4, 0.0),
        ("BinaryClassification", 0.3, 0.0, 0.4, 1.0),
        ("MulticlassClassification", 0.5, 2.0, 2.0, 0.0),
        ("MulticlassClassification", 0.5, 2.0, 1.0, 1.0),
        ("Regression", 0.5, 2.0, 5.0, 9.0),
    ],
)
def test_the_error_of_a_row_depends_on_the_problem_type(problem, cut, label, prediction, error):
    quality = HANDLER.quality
    member, metric, *_ = quality.QUALITY_MEASURES[problem]
    files = {
        "EvaluationUri": {member: {metric: {"value": 0.9}}, "rows": 1},
        "FeaturizerUri": {"label": {"probability_threshold": cut}},
    }
    expected = quality.read_expected({"ProblemType": problem} | dict.fromkeys(files, "s3://b/x"), files.get)

    figures = quality.measure(expected, [f"{label},1,2".encode()], [prediction], row_count=1)

    assert figures["Error"] == error
    assert figures["ErrorEvaluated"] == pytest.approx(0.9 if problem == "Regression" else 0.1)


def test_the_policy_allows_exactly_the_functions_calls(aws, account, good):
    ask(good)

    answers = {"codepipeline:PutJobSuccessResult", "codepipeline:PutJobFailureResult"}
    more = {
        "sagemaker:InvokeEndpoint",
        "kms:Decrypt",
    } | answers  # for actions of CodePipeline, and for a bucket with a key
    assert permissions.needed_actions(aws.operations()) | more | permissions.LOG == permissions.allowed_actions(
        "test_endpoint"
    )

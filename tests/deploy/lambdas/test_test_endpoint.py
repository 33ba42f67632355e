"""The function that tests an endpoint: its real handler, asking a real server of a real model, with moto as AWS."""

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
from handlers import handler_of
from model_server import Server, endpoint
from moto_over_http import REGION

ENDPOINT = "shells-staging"
ALL = 10_000  # rows, and more than there are
HANDLER = handler_of("test_endpoint")


@pytest.fixture(scope="module")
def version(abalone_csv, tmp_path_factory):
    return model_versions.train_model(tmp_path_factory.mktemp("version") / "model", abalone_csv)


def served(folder, booster):
    """A server of this model, that answers."""
    folder.joinpath("model").mkdir(parents=True)
    booster.save_model(folder / "model" / "xgboost-model.ubj")
    server = Server("xgboost", folder)
    assert server.wait() == 200
    return server


@pytest.fixture(scope="module")
def good(version, tmp_path_factory):
    """The model that was evaluated, as an endpoint."""
    server = served(tmp_path_factory.mktemp("good"), version.booster)
    with endpoint(server) as url:
        yield url
    server.end()


@pytest.fixture
def account(aws, version):
    """An endpoint of a version that is registered; its ARN."""
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
    named = (session.client(service) for service in ("sagemaker", "s3", "codepipeline"))
    sagemaker, s3, codepipeline = named
    return HANDLER.Clients(sagemaker, runtime, s3, codepipeline, **changed)


def ask(url, context=None, clients=clients, **event):
    return HANDLER.lambda_handler({"EndpointName": ENDPOINT, **event}, context, clients(url))


@pytest.mark.parametrize("accept", ["text/csv", "application/json"])
@pytest.mark.parametrize("rows_per_request", [1, 50])
def test_the_model_that_was_evaluated_has_its_figure(account, good, version, accept, rows_per_request):
    report = json.loads(version.file("evaluation/evaluation.json").read_text())

    found = ask(good, MaxRows=ALL, RowsPerRequest=rows_per_request, Accept=accept)

    evaluated = report["regression_metrics"]["mse"]["value"]
    assert found["ErrorEvaluated"] == evaluated
    assert found["Error"] == pytest.approx(evaluated, rel=1e-5), "of every row, and so the same"
    assert found["Rows"] == report["rows"]
    assert found["ErrorMayDifferBy"] == pytest.approx(0.001 * evaluated)
    assert found["ModelPackageArn"] == account
    assert 0 < found["P50Milliseconds"] <= found["P95Milliseconds"] <= found["P99Milliseconds"]


@pytest.mark.usefixtures("account")
def test_some_rows_at_random_are_within_what_chance_makes_of_them(good):
    found = ask(good, MaxRows=100)

    assert found["Rows"] == 100
    apart = abs(found["Error"] - found["ErrorEvaluated"])
    assert 0.001 * found["ErrorEvaluated"] < apart < found["ErrorMayDifferBy"]
    assert ask(good, MaxRows=100)["Error"] == found["Error"], "the same rows each time"


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("rows", [400, ALL])
@pytest.mark.parametrize("skew", [-3.0, 3.0])
def test_a_skewed_model_fails_with_both_figures(version, tmp_path, rows, skew):
    train = np.loadtxt(version.file("train/train.csv"), delimiter=",")
    matrix = xgb.DMatrix(train[:, 1:], label=train[:, 0] + skew)
    server = served(tmp_path, xgb.train(model_versions.HYPERPARAMETERS, matrix, num_boost_round=50))

    with endpoint(server) as url, pytest.raises(HANDLER.EndpointTestFailed) as raised:
        ask(url, MaxRows=rows)
    server.end()

    said, report = str(raised.value), json.loads(version.file("evaluation/evaluation.json").read_text())
    evaluated = report["regression_metrics"]["mse"]["value"]
    assert f"{ENDPOINT}: the error of {min(rows, report['rows'])} rows is" in said
    assert f"where the model was evaluated with {evaluated:.6g}: this is another model, or it is not served as" in said
    assert '"P99Milliseconds"' in said


@pytest.mark.usefixtures("account")
def test_a_slow_one_fails_by_the_percentile_that_is_too_long(good):
    late = [0.01] * 90 + [0.8] * 6 + [3.0] * 4  # seconds of each request
    ticks = list(itertools.accumulate(itertools.chain.from_iterable((0.0, one) for one in late)))

    def slow(url):
        clock = iter(ticks)
        return clients(url, clock=lambda: next(clock))

    with pytest.raises(HANDLER.EndpointTestFailed, match=r"95 % of the requests took up to 800\.0 ms, where 500 are"):
        ask(good, clients=slow, MaxRows=100, MaxP95Milliseconds=500)
    with pytest.raises(HANDLER.EndpointTestFailed, match=r"99 % of the requests took up to 3000\.0 ms, where 1000 are"):
        ask(good, clients=slow, MaxRows=100, MaxP99Milliseconds=1000)
    assert ask(good, clients=slow, MaxRows=100)["P95Milliseconds"] == 800.0


@pytest.mark.usefixtures("account")
def test_one_that_does_not_answer_fails(version, tmp_path):
    server = served(tmp_path, version.booster)

    with endpoint(server, before=lambda: server.process.poll() is None and server.end()) as url:
        with pytest.raises(HANDLER.EndpointTestFailed, match=f"{ENDPOINT} does not answer"):
            ask(url)


@pytest.mark.usefixtures("account")
def test_one_that_answers_other_than_a_number_each_fails(version, tmp_path):
    train = np.loadtxt(version.file("train/train.csv"), delimiter=",")
    matrix = xgb.DMatrix(train[:, 1:], label=train[:, 0] > 10)
    server = served(tmp_path, xgb.train({"objective": "multi:softprob", "num_class": 2}, matrix, num_boost_round=2))

    with endpoint(server) as url, pytest.raises(HANDLER.EndpointTestFailed, match=r"answers 1 rows with '.*a number"):
        ask(url)
    server.end()


@pytest.mark.usefixtures("account")
def test_where_time_runs_out_it_says_how_far_it_came(good):
    class Context:
        left = 6_000.0

        def get_remaining_time_in_millis(self):
            self.left -= 100
            return self.left

    with pytest.raises(HANDLER.EndpointTestFailed, match=r"time is up after 10 of 6\d\d rows; .* by MaxRows"):
        ask(good, context=Context())


def test_other_rows_can_be_named(aws, account, good, version):
    rows = version.file("test/test.csv").read_text().splitlines()
    known = [f"{30 - number},{row.partition(',')[2]}" for number, row in enumerate(rows)]
    aws.client("s3").put_object(Bucket=model_versions.BUCKET, Key="other.csv", Body="\n".join(known).encode())

    with pytest.raises(HANDLER.EndpointTestFailed, match=f"the error of {len(rows)} rows is"):
        ask(good, MaxRows=ALL, TestDataUri=f"s3://{model_versions.BUCKET}/other.csv")


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"EndpointName": ""}, "needs EndpointName"),
        ({"Endpoint": "x"}, "the event has Endpoint; it may have Accept, EndpointName"),
        ({"MaxRows": 0}, "MaxRows is 0"),
        ({"RowsPerRequest": "5"}, "RowsPerRequest is '5'"),
        ({"Accept": "text/html"}, "Accept is 'text/html'; text/csv, application/json are read"),
    ],
)
def test_an_event_that_cannot_be_is_refused_before_anything_is_asked(aws, event, said):
    with pytest.raises(ValueError, match=said):
        ask("http://127.0.0.1:9", **event)
    assert not aws.calls


def test_an_endpoint_that_is_not_in_service_or_of_no_version(aws, account, good):
    deploy(aws, {"Image": "an-image", "ModelDataUrl": "s3://b/model.tar.gz"}, "by-hand")

    with pytest.raises(ValueError, match="by-hand serves by-hand, which is no version of a model package group"):
        ask(good, EndpointName="by-hand")
    stopped = {"EndpointStatus": "Updating", "EndpointConfigName": "x"}
    client = boto3.Session(region_name=REGION).client("sagemaker")
    client.meta.events.register("after-call.sagemaker.DescribeEndpoint", lambda parsed, **_: parsed.update(stopped))
    with pytest.raises(HANDLER.EndpointTestFailed, match=f"{ENDPOINT} is Updating: wait until it is InService"):
        HANDLER.served(client, ENDPOINT)


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
def test_the_error_of_a_row_is_that_of_its_problem(problem, cut, label, prediction, error):
    quality = HANDLER.quality
    member, metric, *_ = quality.PROBLEMS[problem]
    files = {
        "EvaluationUri": {member: {metric: {"value": 0.9}}, "rows": 1},
        "FeaturizerUri": {"label": {"probability_threshold": cut}},
    }
    expected = quality.expected({"ProblemType": problem} | dict.fromkeys(files, "s3://b/x"), files.get)

    found = quality.measured(expected, [f"{label},1,2".encode()], [prediction], of=1)

    assert found["Error"] == error
    assert found["ErrorEvaluated"] == pytest.approx(0.9 if problem == "Regression" else 0.1)


def test_the_policy_allows_what_the_function_asks_for_and_nothing_else(aws, account, good):
    ask(good)

    answers = {"codepipeline:PutJobSuccessResult", "codepipeline:PutJobFailureResult"}
    more = {"sagemaker:InvokeEndpoint", "kms:Decrypt"} | answers  # where it is an action; where the bucket has a key
    assert permissions.needed_actions(aws.operations()) | more | permissions.LOG == permissions.allowed_actions(
        "test_endpoint"
    )
